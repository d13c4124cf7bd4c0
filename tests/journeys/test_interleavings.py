"""Every order in which a payment, its repeats, advices, reversals and hand-overs can come, with restarts.

Each run has its own payment reference; the runs go side by side through one database, a step of all of
them in one batch, and before every step the poster is thrown away and begins anew from what is stored. A
small model of the rules, written without the product's code, says what each answer must be; at the end the
independent checker reads the whole book.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, replace

import pytest

import schemas
from adapters.db.journal_reader import JournalReader
from gateway.core.outcome import Approved, Declined, Undone
from gateway.endpoints.bank_profile import BankProfile
from gateway.endpoints.bank_request import asked
from gateway.endpoints.iso8583_orders import MessageOrders
from gateway.endpoints.soap_orders import command_of
from gateway.proof.check import check_books
from tests.builders import (
    NOON,
    Till,
    bank_orders,
    collection_contract,
    drn,
    identity,
    posting_batch,
    pricing,
)

EVENTS = ("pay", "other", "advice", "ask", "reverse", "give")
METERS = 60
AMOUNT, OTHER = 1_000, 2_000


@dataclass
class Rules:
    """What must be answered to one payment's messages: the rules, as a person would keep them in his head."""

    in_answer: bool
    bound: int | None = None
    first: object = None
    paid: bool = False
    token: str | None = None
    undone: bool = False
    claimed: bool = False

    def expected(self, event: str) -> str:
        if event in {"pay", "other", "advice"}:
            return self._payment(OTHER if event == "other" else AMOUNT)
        if event == "ask":
            if self.bound is None:
                return "reversed" if self.undone else "original_unknown"
            return self._repeat(AMOUNT)
        if event == "reverse":
            return self._reversal()
        return self._hand_over()

    def _payment(self, amount: int) -> str:
        if self.bound is not None:
            return self._repeat(amount)
        self.bound = amount
        if self.undone:
            return "reversed"
        self.paid = True
        if self.in_answer:
            self.token = "out"
            return "approved with token"
        return "approved"

    def _repeat(self, amount: int) -> str:
        if amount != self.bound:
            return "key_reused"
        if self.undone:
            return "reversed"
        return "approved with token" if self.in_answer else "approved"

    def _reversal(self) -> str:
        if self.undone:
            return "undone"
        if self.token is not None:
            self.claimed = True
            return "token_out"
        self.undone = True
        return "undone"

    def _hand_over(self) -> str:
        if self.undone:
            return "reversed"
        if self.bound is None:
            return "original_unknown"
        self.token = "out"
        return "approved with token"


def said(content: object) -> str:
    match content:
        case Approved():
            return "approved with token" if content.token else "approved"
        case Undone():
            return "undone"
        case Declined():
            return content.reason.value
    return repr(content)


def command(till: Till, event: str, number: int):
    reference, pan = f"run-{number}", identity(1 + number % METERS).pan
    if event == "pay":
        return till.pay(reference, AMOUNT, pan=pan, digest=str(AMOUNT))
    if event == "other":
        return till.pay(reference, OTHER, pan=pan, digest=str(OTHER))
    if event == "advice":
        return replace(till.pay(reference, AMOUNT, pan=pan, digest=str(AMOUNT)), is_advice=True)
    if event == "ask":
        return replace(till.ask(reference, AMOUNT), digest=str(AMOUNT))
    return till.reverse(reference) if event == "reverse" else till.hand_over(reference)


class Doors:
    """Both doors of one bank: each message comes in at one of them, as real bytes."""

    def __init__(self, *, in_answer: bool):
        self._profile = BankProfile.from_tables(schemas.load("iso8583/default.json"))
        self._contract = collection_contract()
        terms = {"token_in_answer": in_answer, "tid_lead_max": 1_000_000}
        # Whether an advice posts is the bank's setting; here both kinds come.
        self._orders = {posts: bank_orders(posts, pricing(), **terms) for posts in (True, False)}
        self._dice = random.Random(f"doors {in_answer}")

    def command(self, event: str, number: int):
        """What a door makes of a message."""
        orders = self._orders[event != "ask"]
        made = self._soap(event, number) if self._dice.random() < 0.5 else self._message(event, number)
        if isinstance(made, bytes):
            return command_of(self._contract.read(made)[1], orders, NOON)
        spec = self._profile.spec
        message = spec.decode(spec.encode(*made))
        return MessageOrders(self._profile, orders).command(asked(message, self._profile), message, NOON)

    def _message(self, event: str, number: int) -> tuple[str, dict[int, str]]:
        fields = {
            11: f"{1 + number % 999_999:06d}",
            13: "1123",
            37: f"{number + 1:012d}",
            41: "T1",
            49: "156",
        }
        if event == "reverse":
            return "0400", fields | {3: "500000"}
        code = "390000" if event == "give" else "500000"
        amount = OTHER if event == "other" else AMOUNT
        fields |= {3: code, 4: f"{amount:012d}", 48: f"MT11{drn(1 + number % METERS)}"}
        return "0220" if event in {"advice", "ask"} else "0200", fields

    def _soap(self, event: str, number: int) -> bytes:
        known = f"<reference>{number + 1:012d}</reference><date>2026-11-23</date>"
        if event in {"give", "reverse"}:
            return enveloped("QueryResult" if event == "give" else "Reverse", known)
        amount = OTHER if event == "other" else AMOUNT
        advice = "<isAdvice>true</isAdvice>" if event in {"advice", "ask"} else ""
        tender = f"<amount>{amount // 100}.00</amount><currency>CNY</currency>"
        return enveloped("Pay", f"{known}{tender}{advice}<meter>{drn(1 + number % METERS)}</meter>")


def enveloped(operation: str, elements: str) -> bytes:
    return (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        f'<{operation} xmlns="urn:powertill:collection:1">{elements}</{operation}></e:Body></e:Envelope>'
    ).encode()


class Verbs:
    """No door at all: the commands themselves."""

    def __init__(self, *, in_answer: bool):
        self._till = Till(token_in_answer=in_answer, tid_lead_max=1_000_000)

    def command(self, event: str, number: int):
        return command(self._till, event, number)


def play(fresh, runs: list[tuple[str, ...]], *, in_answer: bool, restart, through=Verbs) -> None:
    orders = through(in_answer=in_answer)
    engine = fresh.database(METERS)
    models = [Rules(in_answer) for _ in runs]
    answers: dict[tuple[int, str], object] = {}
    batch = posting_batch(engine)
    for step in range(max(len(run) for run in runs)):
        if restart(step):
            batch.close()
            batch = posting_batch(engine)
        live = [n for n, run in enumerate(runs) if step < len(run)]
        for start in range(0, len(live), 500):
            numbers = live[start : start + 500]
            contents = batch.run([orders.command(runs[n][step], n) for n in numbers])
            for n, content in zip(numbers, contents, strict=True):
                event = runs[n][step]
                assert said(content) == models[n].expected(event), f"{runs[n][: step + 1]}"
                if said(content).startswith("approved"):
                    kind = "give" if event == "give" and not in_answer else "pay"
                    assert answers.setdefault((n, kind), content) == content, "a repeat said something else"
    journal = JournalReader(engine)
    assert check_books(journal) == []
    tokens, sales = list(journal.tokens()), list(journal.sales())
    assert len(sales) == sum(model.paid for model in models)
    assert len(tokens) == sum(model.token is not None for model in models)
    states = [(model.claimed, model.paid and model.undone) for model in models]
    assert sum(sale.state == "claimed" for sale in sales) == sum(claimed for claimed, _ in states)
    assert sum(sale.state == "reversed" for sale in sales) == sum(undone for _, undone in states)
    batch.close()
    engine.dispose()


@pytest.mark.sim
@pytest.mark.slow
@pytest.mark.parametrize("in_answer", [True, False])
@pytest.mark.parametrize("through", [Verbs, Doors])
def test_every_interleaving_to_depth_five_keeps_the_rules(fresh, in_answer, through):
    runs = list(itertools.product(EVENTS, repeat=5))
    play(fresh, runs, in_answer=in_answer, restart=lambda _step: True, through=through)


@pytest.mark.sim
@pytest.mark.slow
@pytest.mark.parametrize("in_answer", [True, False])
@pytest.mark.parametrize("through", [Verbs, Doors])
def test_a_thousand_longer_seeded_interleavings_keep_the_rules(fresh, in_answer, through):
    dice = random.Random(f"interleavings {in_answer}")
    runs = [tuple(dice.choices(EVENTS, k=dice.randint(6, 24))) for _ in range(1_000)]
    restarts = {step for step in range(24) if dice.random() < 0.5}
    play(fresh, runs, in_answer=in_answer, restart=restarts.__contains__, through=through)


@pytest.mark.parametrize("in_answer", [True, False])
def test_an_interleaving_within_one_batch_keeps_the_rules(fresh, in_answer):
    till = Till(token_in_answer=in_answer, tid_lead_max=1_000_000)
    engine = fresh.database(METERS)
    batch = posting_batch(engine)
    for number, run in enumerate(itertools.product(EVENTS, repeat=3)):
        model = Rules(in_answer)
        contents = batch.run([command(till, event, number) for event in run])
        assert [said(content) for content in contents] == [model.expected(event) for event in run], run
    assert check_books(JournalReader(engine)) == []
    batch.close()
    engine.dispose()
