"""Which password may be chosen: its length counts, and that it is not among the first tried."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.password_rule import (
    _FIRST_TRIED,
    _WORDS_TRIED,
    PASSWORD_LEAST,
    PASSWORD_MAX,
    PasswordFault,
    normal,
    password_fault,
)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse",
        "ten.chars!",
        "пароль-на-лето",
        "电表每月读一次真的很好",
        "aaaaaaaaab" * 3,
        "7391 0558 26",
        " " * 9 + "x",
    ],
)
def test_a_long_password_may_be_made_of_anything(password):
    assert password_fault(password, "anna") is None


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("", PasswordFault.TOO_SHORT),
        ("x9k2m4q7z", PasswordFault.TOO_SHORT),
        ("k" + "x7" * 64, PasswordFault.TOO_LONG),
        ("correct\nhorse", PasswordFault.UNPRINTABLE),
        ("correct\x00horse", PasswordFault.UNPRINTABLE),
        ("correct\udc80horse", PasswordFault.UNPRINTABLE),
        ("correct\u200bhorse", PasswordFault.UNPRINTABLE),
        ("Anna.Smith", PasswordFault.LOGIN),
        ("anna.smith2026", PasswordFault.LOGIN),
        ("**anna.smith**", PasswordFault.LOGIN),
        ("anna.smithANNA.SMITH", PasswordFault.LOGIN),
        ("QWERTYUIOP", PasswordFault.FIRST_TRIED),
        ("1234567890", PasswordFault.FIRST_TRIED),
        ("Password2026!", PasswordFault.FIRST_TRIED),
        ("powertill-2026", PasswordFault.FIRST_TRIED),
        ("пароль123456", PasswordFault.FIRST_TRIED),  # noqa: RUF001 - Cyrillic is meant
        ("aaaaaaaaaaaa", PasswordFault.FIRST_TRIED),
        ("12121212121", PasswordFault.FIRST_TRIED),
        ("abcdabcdabcdab", PasswordFault.FIRST_TRIED),
        ("\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff10", PasswordFault.FIRST_TRIED),
    ],
)
def test_what_is_guessed_first_cannot_be_chosen(password, fault):
    assert password_fault(password, "anna.smith") is fault


@pytest.mark.parametrize("login", ["a1", "x-9", "li"])
def test_a_short_login_stands_in_nobody_s_way(login):
    assert password_fault("correct horse battery", login) is None


def test_the_lists_are_written_as_they_are_compared():
    assert all(len(one) >= PASSWORD_LEAST for one in _FIRST_TRIED)
    assert all(one == normal(one).casefold() for one in _FIRST_TRIED | _WORDS_TRIED)
    assert all(one.isalpha() for one in _WORDS_TRIED)


def test_the_figures_are_those_of_the_sentences():
    assert f" {PASSWORD_LEAST} " in PasswordFault.TOO_SHORT.value
    assert f" {PASSWORD_MAX} " in PasswordFault.TOO_LONG.value


@given(st.text(max_size=140), st.from_regex(r"[a-z][a-z0-9._-]{1,31}", fullmatch=True))
def test_the_normal_form_is_judged_as_what_was_typed(password, login):
    assert password_fault(normal(password), login) is password_fault(password, login)
