"""Printing an invoice: the line of the diary first, the first paper once, rights judged by the books."""

from __future__ import annotations

import pytest

from gateway.core.authority import Function, Grant, Level
from gateway.core.diary import Actor
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.session import Session, Stage
from gateway.core.staff import Operator, Role
from gateway.core.timeline import microseconds
from gateway.office.print_invoice import COPY, ORIGINAL, PrintInvoice
from tests.builders import NOON, books, meter

NOW_US = microseconds(NOON)
PAN = meter().pan
DO, SHOW = {Function.INVOICES: Grant(Level.DO)}, {Function.SHOW_TOKEN: Grant(Level.VIEW)}


def house(grants, branch=None, of_meter=""):
    """Books in which ``anna`` has these grants and is signed in."""
    made = books()
    made.office.roles = {"r": Role("r", "R", grants)}
    made.office.operators = {"anna": Operator("anna", "Anna", ("r",), branch)}
    made.office.sessions = {"s": Session("s", "anna", NOW_US, NOW_US, Stage.FULL)}
    made.office.branch_of = {PAN: of_meter}
    return made


def order(actor=None, *, shows_token=True):
    return PrintInvoice(
        actor or Actor("anna", "s"), "north-1", 7, "pay/east/r1", PAN, "A4, zh", shows_token=shows_token
    )


def decided(made, command):
    decision = command.decide(made, NOON)
    if decision.writes:
        made.apply(command, decision)
    (line,) = decision.diary
    return decision.content, line


def test_the_first_paper_is_the_original_once_and_each_has_its_line():
    made = house(DO | SHOW)
    found = [decided(made, order()) for _ in range(3)]
    assert [content for content, _ in found] == [
        Changed("north-1/7", ORIGINAL), Changed("north-1/7", COPY), Changed("north-1/7", COPY),
    ]  # fmt: skip
    assert [line.detail.partition(";")[0] for _, line in found] == [
        "invoice north-1/7, A4, zh, original",
        "invoice north-1/7, A4, zh, copy",
        "invoice north-1/7, A4, zh, copy",
    ]
    assert {(line.function, line.action.value, line.subject) for _, line in found} == {
        ("show_token", "print", "pay/east/r1")
    }


@pytest.mark.parametrize(
    ("grants", "shows_token", "function"),
    [(DO | SHOW, True, "show_token"), (DO | SHOW, False, "invoices"), (DO, False, "invoices")],
)
def test_whole_tokens_stand_in_the_diary_as_shown(grants, shows_token, function):
    content, line = decided(house(grants), order(shows_token=shows_token))
    assert (content, line.function, line.outcome.value) == (Changed("north-1/7", 1), function, "done")


@pytest.mark.parametrize(
    ("grants", "shows_token"),
    [(DO, True), (SHOW, True), (SHOW, False), ({Function.INVOICES: Grant(Level.VIEW)}, False), ({}, True)],
)
def test_both_rights_are_judged_and_what_was_refused_was_no_paper(grants, shows_token):
    made = house(grants)
    content, line = decided(made, order(shows_token=shows_token))
    assert (content.reason, line.outcome.value) == (OfficeRefusal.NOT_ALLOWED, "refused")
    assert made.known == {}


def test_another_branch_s_and_whoever_is_signed_out_are_refused():
    content, _ = decided(house(DO | SHOW, "south", "north"), order())
    assert content == NotDone(OfficeRefusal.OTHER_BRANCH)
    content, _ = decided(house(DO | SHOW), order(Actor("anna", "gone")))
    assert content == NotDone(OfficeRefusal.SIGNED_OUT)
