"""The page of the day's work says what is: its pages, rights, roles, verbs, accounts, refusals."""

import ast
import re
from pathlib import Path

import pytest

from admin_web.all_pages import ROUTES
from admin_web.route import Right
from gateway.core.authority import AT_TIMES_FOUR_EYES, FOUR_EYES, NO_GRANT, Function, Level
from gateway.core.chart import CHART
from gateway.core.office import OfficeRefusal
from gateway.office.standard_roles import STANDARD_ROLES
from tests.tidy.test_docs import ROOT, rows, section

PAGE = ROOT / "docs/daily-work.md"
DEEDS = rows(section(PAGE, "## What is done where"))
REFUSED = rows(section(PAGE, "## What is refused"))
ROOMS = ("gateway/prepayment", "gateway/metering", "gateway/office")
QUOTED = re.compile(r"`([^`]*)`")
#: What a working day has a form for.
OF_THE_DAY = {
    Function.DICTIONARY, Function.REGISTRATION, Function.STOCK, Function.INSTALLATION, Function.SHIFTS,
    Function.SELLING, Function.RESETS, Function.CORRECTIONS, Function.INVOICES, Function.AMENDMENT,
    Function.TERMS, Function.READINGS, Function.REPLACEMENT, Function.CANCELLATION, Function.LINES,
    Function.RELAYS,
}  # fmt: skip


def verb_of(cell: str) -> Path:
    (name,) = QUOTED.findall(cell)
    found = [ROOT / room / f"{name}.py" for room in ROOMS]
    (path,) = (one for one in found if one.exists())
    return path


@pytest.mark.parametrize("row", DEEDS, ids=lambda row: row[0])
def test_a_deed_of_the_page_has_the_right_of_its_form_and_the_roles_that_have_it(row):
    _, page, right, who, two, verb, _ = row
    (path,), (function,) = QUOTED.findall(page), QUOTED.findall(right)
    (route,) = (one for one in ROUTES if (one.method, one.path) == ("POST", path))
    needs = route.needs
    assert isinstance(needs, Right)
    assert (needs.function.value, needs.level) == (function, Level.DO)
    granted = {one.code: one.grants.get(needs.function, NO_GRANT).level for one in STANDARD_ROLES}
    assert who.split(", ") == [code for code, level in granted.items() if level >= Level.DO]
    assert (two == "always") is (needs.function in FOUR_EYES)
    assert not two.startswith("at times") or needs.function in AT_TIMES_FOUR_EYES
    assert verb_of(verb).exists()


@pytest.mark.parametrize("row", DEEDS, ids=lambda row: row[0])
def test_a_deed_of_the_page_posts_on_accounts_that_there_are(row):
    for account in QUOTED.findall(row[-1]):
        assert account.partition(":")[0] in CHART, account


def test_every_function_of_the_day_has_its_deeds_on_the_page():
    assert {Function(QUOTED.findall(row[2])[0]) for row in DEEDS} >= OF_THE_DAY


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row[0])
def test_a_refusal_of_the_page_is_one_that_its_verb_gives(row):
    verb, words = row
    said = ast.get_docstring(ast.parse(verb_of(verb).read_text(encoding="utf-8"))) or ""
    refusals = QUOTED.findall(words)
    assert refusals
    for name in refusals:
        assert name.upper() in OfficeRefusal.__members__, name
        assert re.search(rf"\b{name}\b", said) or "those of a departure" in said, f"{verb} never says {name}"
