"""The levels that can be granted are those that open a page, order something or decide something."""

import ast
from pathlib import Path

import pytest

from admin_web.all_pages import ROUTES
from admin_web.listing_page import EXPORT_RIGHT
from admin_web.role_words import level_choices
from admin_web.route import Right
from gateway.core.authority import (
    AT_TIMES_FOUR_EYES,
    FOUR_EYES,
    LEVELS,
    Function,
    Grant,
    Level,
    Rights,
    dead_levels,
    worth,
)
from gateway.office.standard_roles import ADMINISTRATOR, STANDARD_ROLES

ROOT = Path(__file__).parents[2]
#: Calls that judge somebody by a function, with the level that is meant where none is named.
JUDGED = {
    "Right": Level.VIEW,
    "may": Level.VIEW,
    "Act": Level.DO,
    "staff_act": Level.DO,
    "file_act": Level.DO,
    "_life_act": Level.DO,
}


def opened():
    """What the pages' rights and the requests of a second person make of each function."""
    rights = [one.needs for one in ROUTES if isinstance(one.needs, Right)] + [EXPORT_RIGHT]
    found = {(right.function, right.level) for right in rights}
    # Who sees a function whose orders wait for a second person reads its requests; who approves decides them.
    of_two = FOUR_EYES | AT_TIMES_FOUR_EYES
    return found | {(one, level) for one in of_two for level in Level if level is not Level.NONE}


def named():
    """What the program's text asks for: each call of JUDGED that names a function, and its level."""
    for folder in ("admin_web", "gateway"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and (level := JUDGED.get(_name(node.func))) is not None:
                    said = [*node.args, *(one.value for one in node.keywords)]
                    functions, levels = (list(_members(said, of)) for of in ("Function", "Level"))
                    # Who is at the machine is not judged.
                    if functions and "assembly" not in path.parts:
                        yield Function[functions[0]], Level[levels[0]] if levels else level


def _name(called):
    return getattr(called, "attr", getattr(called, "id", ""))


def _members(said, of):
    """The names of an enum's members among what is said."""
    for one in said:
        if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id == of:
            yield one.attr


def test_the_levels_that_can_be_granted_are_those_that_do_something():
    there = {(function, level) for function, levels in LEVELS.items() for level in levels}
    assert there == opened()


def test_nothing_asks_for_a_level_that_cannot_be_granted():
    found = set(named())
    assert len(found) > 30
    assert [one for one in found if one[1] not in LEVELS[one[0]]] == []


def test_a_form_offers_nothing_and_the_levels_that_there_are():
    assert [value for value, _ in level_choices(Function.SALES)] == ["none", "view"]
    assert [value for value, _ in level_choices(Function.EXPORT)] == ["none", "do"]
    assert len(level_choices(Function.FLOATS)) == 4


def test_the_standard_roles_grant_no_level_that_there_is_not():
    assert [one.code for one in (ADMINISTRATOR, *STANDARD_ROLES) if dead_levels(one.grants)] == []


@pytest.mark.parametrize(
    ("function", "kept", "is_worth"),
    [
        (Function.SALES, Level.APPROVE, Level.VIEW),
        (Function.STOCK, Level.APPROVE, Level.DO),
        (Function.FLOATS, Level.DO, Level.DO),
        (Function.EXPORT, Level.VIEW, Level.NONE),
        (Function.EXPORT, Level.NONE, Level.NONE),
    ],
)
def test_a_level_that_there_is_not_is_worth_the_one_below(function, kept, is_worth):
    assert worth(function, kept) is is_worth


def test_who_holds_all_that_there_is_holds_what_an_older_role_has_too_much():
    now = Rights({Function.SALES: (Grant(Level.VIEW),)})
    assert now.holds(Rights({Function.SALES: (Grant(Level.APPROVE),), Function.EXPORT: (Grant(Level.VIEW),)}))
    assert not now.holds(Rights({Function.FLOATS: (Grant(Level.VIEW),)}))
