"""Names: one person however he is written, and what can be a name or a reason at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.person import is_said, is_same_person


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


@pytest.mark.parametrize("text", ["", "  ", "a\nb", "a\x1b[2J", "x" * 11])
def test_what_is_empty_too_long_or_cannot_be_printed_is_not_said(text):
    assert not is_said(text, 10)
    assert is_said("Li Na 李", 10)
