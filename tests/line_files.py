"""Books of an office with lines: two meters at customers, one before a feeder, and their ways."""

from __future__ import annotations

from dataclasses import replace

from gateway.core.meter_way import LineKind, MeterWay
from gateway.core.network import NetworkKind, NetworkPlace
from gateway.core.staff import Branch, Operator
from tests.builders import NOON, books, identity, meter

PAN, OTHER, FEEDER = (identity(serial).pan for serial in (1, 2, 3))


def way(pan=PAN, **changes):
    """A way as a form brings it: new."""
    usual = MeterWay(pan, LineKind.MODEM, "08715550123", "161", "dlt645-2007", version=0)
    return replace(usual, **changes)


def line_office():
    """An office in which both meters hang, the first in the branch north; nobody has a way yet."""
    on = books(meter(1), meter(2))
    on.office.operators = {"li": Operator("li", "Li Na"), "no": Operator("no", "Nora", branch="north")}
    on.office.branches = {"north": Branch("north", "North")}
    on.office.branch_of = {PAN: "north", OTHER: "south"}
    on.files.network = {
        "east": NetworkPlace("east", NetworkKind.AREA, "East"),
        "f-7": NetworkPlace("f-7", NetworkKind.FEEDER, "Feeder 7", "east"),
    }
    return on


def post(on, command, now=NOON):
    """Decide a command on books, and enter what it decides."""
    decision = command.decide(on, now)
    if decision.writes:
        on.apply(command, decision)
    return decision


def why(decision):
    """Say why nothing was done."""
    return decision.content.reason
