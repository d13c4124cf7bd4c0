"""How a claim ends in the books, and what every page and proof says of it then: on both databases."""

from __future__ import annotations

import pytest

from adapters.db.journal_reader import JournalReader
from adapters.db.views import ViewReader
from gateway.core.bank_day import Counted
from gateway.core.money import Money
from gateway.core.payment import deposit_key
from gateway.core.sale import SaleState
from gateway.core.token_reasons import Reason
from gateway.core.token_story import story_of
from gateway.core.views import DayTotals
from gateway.core.views_booked import SaleFile
from gateway.core.views_found import TokenQuestion
from gateway.core.views_sales import Sales
from gateway.core.views_watch import Banks, Dashboard
from gateway.office.orders import ResolveOrder
from gateway.prepayment.deposit_float import DepositFloat
from gateway.proof.check import check_books
from gateway.proof.check_days import check_days
from gateway.proof.verify import verify
from tests.builders import CHAIN_SECRET, NOON, Till, identity, posting_batch

DAY, PAN = NOON.date(), identity(1).pan
#: A bank that settles afterwards, and one that pays in advance; each claims two payments.
BANKS = ("east", "west")


class Books:
    """Of each bank three payments, two of them reversed after the token was out."""

    def __init__(self, fresh):
        self.engine = fresh.database(1)
        self.batch = posting_batch(self.engine)
        self.reader = ViewReader(self.engine)
        cover = DepositFloat(deposit_key("west", "d1"), "west", Money(50_000, "CNY"), "CNY", covered=True)
        self.post(cover)
        for bank in BANKS:
            till = Till(bank=bank, covered=bank == "west")
            self.post(*(till.pay(f"r{n}", n * 1_000) for n in (1, 2, 3)))
            self.post(till.reverse("r1"), till.reverse("r2"))

    def post(self, *commands):
        done = self.batch.run(commands)
        assert not [one for one in done if isinstance(one, Exception)]
        return done

    def trouble(self, payment):
        (found,) = self.reader.totals(SaleFile(branch=None, key=payment)).troubles
        return found

    def end(self, payment, resolution):
        trouble = self.trouble(payment)
        amount = 1_000 * int(payment[-1])
        return ResolveOrder(trouble.id, trouble.kind, resolution, payment, trouble.bank, PAN, amount).command(
            "cleo", "as the bank says"
        )

    def ended(self):
        for bank in BANKS:
            self.post(self.end(f"pay/{bank}/r1", "upheld"), self.end(f"pay/{bank}/r2", "conceded"))
        return self

    def state(self, payment):
        return self.reader.totals(SaleFile(branch=None, key=payment)).sale.state

    def is_sound(self):
        with JournalReader(self.engine).snapshot() as journal:
            assert check_books(journal) == []
            assert check_days(journal, journal.standing().days, journal.closed_days()) == []
            assert verify(journal.sealed(), CHAIN_SECRET, journal.standing(), {}).findings == []


@pytest.fixture
def books(fresh):
    return Books(fresh)


def test_the_books_are_sound_with_claims_that_stand_and_with_claims_that_ended(books):
    books.is_sound()
    books.post(books.end("pay/east/r1", "upheld"), books.end("pay/west/r2", "conceded"))
    books.is_sound()
    books.ended().is_sound()


def test_a_claim_ends_with_one_entry_of_its_sale_and_closes_its_exception(books):
    books.ended()
    for bank in BANKS:
        for payment, kind, state in (
            (f"pay/{bank}/r1", "claim_upheld", SaleState.ISSUED),
            (f"pay/{bank}/r2", "claim_conceded", SaleState.CONCEDED),
        ):
            facts = books.reader.totals(SaleFile(branch=None, key=payment))
            assert [entry.kind for entry in facts.entries] == ["sale", "claim", kind]
            assert (facts.sale.state, facts.sale.is_token_out) == (state, True)
            assert [one.is_open for one in facts.troubles] == [False]
            assert f"claim/{payment}" in {key.key for key in facts.keys}


def test_the_same_order_twice_books_once_in_one_batch_or_two(books):
    order = books.end("pay/east/r1", "conceded")
    first, again = books.post(order, order)
    (later,) = books.post(order)
    assert first == again == later
    facts = books.reader.totals(SaleFile(branch=None, key="pay/east/r1"))
    assert [entry.kind for entry in facts.entries] == ["sale", "claim", "claim_conceded"]
    books.is_sound()


def test_each_bank_s_day_adds_up(books):
    books.ended()
    ((east,), (west,)) = (books.reader.totals(DayTotals(bank, DAY)) for bank in BANKS)
    for day in (east, west):
        assert (day.claims, day.upheld, day.conceded) == (
            Counted(2, 3_000), Counted(1, 1_000), Counted(1, 2_000),
        )  # fmt: skip
    assert east.owed_opening + east.net - east.claims.amount + east.upheld.amount == east.owed_closing
    covered = west.deposits.amount - west.net + west.conceded.amount
    assert west.covers_opening + covered == west.covers_closing == 46_000


def test_the_banks_standing_counts_what_ended_and_has_nothing_in_dispute(books):
    for one in books.ended().reader.rows(Banks(DAY)):
        assert (one.claimed_minor, one.claims) == (0, Counted(2, 3_000))
        assert (one.upheld, one.conceded) == (Counted(1, 1_000), Counted(1, 2_000))


def test_lists_and_sums_tell_what_was_conceded_apart(books):
    books.ended()
    conceded = books.reader.rows(Sales(branch=None, state=SaleState.CONCEDED))
    assert {one.key for one in conceded} == {"pay/east/r2", "pay/west/r2"}
    (totals,) = books.reader.totals(Sales(branch=None))
    assert (totals.claimed_count, totals.conceded_count, totals.conceded_minor) == (0, 2, 4_000)
    assert (totals.kept_count, totals.kept_minor) == (4, 8_000)


def test_the_overview_s_hours_are_what_its_channels_say_stands(books):
    books.post(books.end("pay/east/r2", "conceded"))
    query = Dashboard(None, DAY, 0)
    channels, hours = books.reader.totals(query).channels, books.reader.rows(query)
    assert sum(one.totals.kept_count for one in channels) == sum(one.count for one in hours) == 2
    assert sum(one.totals.kept_minor for one in channels) == sum(one.minor for one in hours) == 6_000
    assert sum(one.totals.kept_wh for one in channels) == sum(one.energy_wh for one in hours)


def test_whoever_asks_for_the_token_is_told_how_the_claim_ended(books):
    books.ended()
    asked = {
        case.key: story_of(case).reason
        for name in ("r1", "r2")
        for case in books.reader.rows(TokenQuestion(branch=None, reference=f"pay/east/{name}"))
    }
    assert asked["pay/east/r2"] is Reason.CONCEDED
    assert asked["pay/east/r1"] in {Reason.OUT, Reason.OUT_NOT_TOLD}
