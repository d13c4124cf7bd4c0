"""The process dies at every named point, under every kind of order; started again, it knows what it had said.

Each case has its own books and its own gateway, which is killed (SIGKILL) in the middle of a burst of orders.
A second gateway on the same books is asked everything again under the same keys. What had been answered must
be said again; what had not must be decided once; the independent checker reads the whole book.
"""

from __future__ import annotations

import ast
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from gateway.assembly.crash_points import POINTS
from tests.builders import drn
from tests.daemon import ROOT, Place, again, decided, make_place, token_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: Orders answered one by one before the burst, and the orders of the burst in which the process dies.
BEFORE, BURST = 2, 4
ORDERS = BEFORE + BURST
AMOUNT = 1_000


@dataclass(frozen=True)
class Kind:
    """A kind of order: which bank gives it, on what, and what is left of its sale in the end."""

    bank: str
    code: str
    state: str
    has_token: bool
    of: str | None = None


KINDS = {
    "payment": Kind("east", "00", "issued", has_token=True),
    "advice": Kind("east", "00", "issued", has_token=True),
    "reversal of a waiting credit": Kind("west", "00", "reversed", has_token=False, of="west"),
    "reversal after the token": Kind("east", "12", "claimed", has_token=False, of="east"),
    "hand-over": Kind("west", "00", "issued", has_token=True, of="west"),
}


@dataclass(frozen=True)
class Town:
    """Books in which both banks have paid already: West's credits wait, East's tokens are out."""

    place: Place
    paid: dict[str, list]


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Town:
    place = make_place(tmp_path_factory.mktemp("town") / "town", meters=4 * ORDERS)
    paid: dict[str, list] = {}
    with place.start().up() as gateway:
        for bank, first in (("east", 1), ("west", 1 + ORDERS)):
            with gateway.caller(bank) as caller:
                paid[bank] = [caller.messages.payment(drn(first + n), AMOUNT) for n in range(ORDERS)]
                assert {caller.ask(payment).fields[39] for payment in paid[bank]} == {"00"}
        gateway.stop()
    return Town(place, paid)


def orders_of(kind: str, town: Town, messages) -> list:
    """The orders of one case; what they are about was paid before, except for payments and advices."""
    make: dict[str, Callable] = {
        "reversal of a waiting credit": messages.reversal,
        "reversal after the token": messages.reversal,
        "hand-over": messages.query,
    }
    if kind in make:
        return [make[kind](paid) for paid in town.paid[KINDS[kind].of or ""]]
    payments = [messages.payment(drn(1 + 2 * ORDERS + n), AMOUNT) for n in range(ORDERS)]
    return payments if kind == "payment" else [messages.advice(payment) for payment in payments]


def crash(point: str) -> str:
    """The second order of the burst: each order passes each point once, and so does a sign-on's answer."""
    sign_ons = 1 if point in {"door.answering", "door.answered"} else 0
    return f"{point}:{sign_ons + BEFORE + 2}"


def die_and_come_back(point: str, kind: str, town: Town, folder: Path) -> None:
    place = town.place.copied(folder)
    heard: dict[str, object] = {}
    with place.start(crash(point)).up() as gateway, gateway.caller(KINDS[kind].bank, 1_000) as caller:
        orders = orders_of(kind, town, caller.messages)
        answers = [caller.ask(order) for order in orders[:BEFORE]]
        caller.send(*orders[BEFORE:])
        for answer in answers + caller.remaining():
            heard[answer.fields[11]] = decided(answer)
        assert gateway.ended() == -signal.SIGKILL, gateway.log()
        gateway.assert_no_fault()
    assert BEFORE <= len(heard) < ORDERS
    with place.start().up() as gateway, gateway.caller(KINDS[kind].bank, 2_000) as caller:
        answers = [caller.ask(again(caller.messages, order)) for order in orders]
        for answer in answers:
            said_before = heard.get(answer.fields[11], decided(answer))
            assert decided(answer) == said_before, "another answer than before"
        repeats = [caller.ask(again(caller.messages, order)) for order in orders]
        assert [decided(one) for one in repeats] == [decided(one) for one in answers]
        gateway.stop()
        gateway.assert_no_fault()
    assert_one_each(place, kind, orders, answers)


def assert_one_each(place: Place, kind: str, orders: list, answers: list) -> None:
    """Every order led to what its kind leads to, once; nothing is left that somebody would have to mend."""
    expected = KINDS[kind]
    assert {answer.fields[39] for answer in answers} == {expected.code}
    tokens = [token for answer in answers if (token := token_of(answer)) is not None]
    assert len(tokens) == len(set(tokens)) == (ORDERS if expected.has_token else 0)
    found = place.assert_sound()
    references = {order.fields[37] for order in orders}
    sales = found.sales
    of_bank = [sale for sale in sales if sale.bank == expected.bank]
    touched = [sale for sale in of_bank if any(reference in sale.key for reference in references)]
    assert [sale.state for sale in touched] == [expected.state] * ORDERS
    assert len(sales) == 2 * ORDERS + (0 if expected.of else ORDERS)
    with_token = [sale.id for sale in sales if sale.state in {"issued", "claimed"}]
    assert sorted(token.sale_id for token in found.tokens) == sorted(with_token)


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.once
@pytest.mark.parametrize("point", [point for point in POINTS if not point.startswith("lines.")])
def test_a_crash_at_a_point_changes_no_answer_and_loses_no_order(point, town, tmp_path):
    with ThreadPoolExecutor(len(KINDS)) as side_by_side:
        cases = {
            kind: side_by_side.submit(die_and_come_back, point, kind, town, tmp_path / kind.replace(" ", "-"))
            for kind in KINDS
        }
    for case in cases.values():
        case.result()


def test_every_point_in_the_code_is_tested():
    """A point is a call of ``reached`` with a name; one that the list lacks would be tried by nobody."""
    calls = [
        node
        for room in ("gateway", "adapters")
        for file in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2].lstrip("_") == "reached"
    ]
    assert {ast.literal_eval(call.args[0]) for call in calls} == set(POINTS)
