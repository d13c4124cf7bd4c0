"""Names: one person however he is written, and what can be a name or a reason at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.person import is_said, is_same_person, login_of


@pytest.mark.parametrize("other", ["li na", " Li Na ", "LI NA", "Li  Na", "Ｌｉ Ｎａ"])  # noqa: RUF001 - wide on purpose
def test_one_person_written_in_several_ways_is_one(other):
    assert is_same_person("Li Na", other)


def test_two_people_are_two():
    assert not is_same_person("li", "lin")
    assert is_same_person("STRASSE", "straße")


@given(st.text(min_size=1, max_size=20), st.sampled_from(["", " ", "  "]))
def test_case_and_spaces_around_a_name_never_make_another_person(name, space):
    assert is_same_person(name, f"{space}{name}{space}")
    assert is_same_person(name, name.casefold())


UNSEEN = [
    "\u200b",
    "\u200d",
    "\u2060",
    "\ufeff",
    "\u00ad",
    "\u034f",
    "\ufe0f",
    "\u3164",
    "\uffa0",
    "\U000e0101",
    "\u202e",
]


@pytest.mark.parametrize("unseen", UNSEEN)
@pytest.mark.parametrize("place", [0, 1, 4])
def test_what_nobody_sees_makes_no_other_person(unseen, place):
    assert is_same_person("anna", "anna"[:place] + unseen + "anna"[place:])


@pytest.mark.parametrize(
    "name", ["local:anna", "LOCAL:Anna", " local: anna", "local:local:anna", "lo\u200bcal:anna"]
)
def test_at_the_machine_or_in_a_browser_a_login_is_one_person(name):
    assert is_same_person("anna", name)


def test_a_login_that_only_begins_alike_is_another_person():
    assert not is_same_person("locale", "local:e")
    assert not is_same_person("local", "anna")
    assert not is_same_person("local:anna", "local:ben")
    assert (login_of("local:anna"), login_of("anna"), login_of("localanna")) == ("anna", "anna", "localanna")


@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12))
def test_to_be_one_person_is_the_same_either_way_round_and_goes_on(one, other, third):
    assert is_same_person(one, one)
    assert is_same_person(one, other) is is_same_person(other, one)
    if is_same_person(one, other) and is_same_person(other, third):
        assert is_same_person(one, third)


@pytest.mark.parametrize("text", ["", "  ", "a\nb", "a\x1b[2J", "x" * 11])
def test_what_is_empty_too_long_or_cannot_be_printed_is_not_said(text):
    assert not is_said(text, 10)
    assert is_said("Li Na 李", 10)
