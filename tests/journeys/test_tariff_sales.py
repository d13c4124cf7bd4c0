"""Sales under tariffs with debts, fees, free energy, change: through the poster and back from the store."""

from dataclasses import dataclass, replace

import pytest

from adapters.db.journal_reader import JournalReader
from gateway.core import chart
from gateway.core.books import Decision, Needs
from gateway.core.ledger import EntryKind, transfer
from gateway.core.outcome import Approved, Declined, Deposited, Undone
from gateway.core.refusal import Refusal
from gateway.multi_tariff.quote_price import TariffPricing
from gateway.proof.check import check_books
from tests.builders import Till, drn, meter_file, posting_batch
from tests.prepayment.test_tariff_sales import ARREARS, BLOCKS, EVERYTHING, version


@dataclass(frozen=True)
class OpenDebt:
    """Enter an old debt of a customer, as registration will."""

    account: str
    minor: int
    digest = "debt"
    channel = "office"

    @property
    def key(self):
        return f"debt/{self.account}"

    def needs(self):
        return Needs(keys=(self.key,))

    def decide(self, books, now):
        entry = transfer(
            EntryKind.DEPOSIT, debit=self.account, credit="SUSPENSE", amount=self.minor, unit="CNY"
        )
        content = Deposited(books.next_position, self.minor, "CNY")
        return Decision(content, remembered=True, entries=(entry,))


class Shop:
    """A till whose orders go through the poster's batches on a real database."""

    def __init__(self, fresh, *versions, files=None, **changes):
        self.till = Till(**changes)
        self.till.pricing = TariffPricing(versions)
        self.engine = fresh.database(1, meters=files)
        self.batch = posting_batch(self.engine)

    def run(self, *commands):
        return self.batch.run(list(commands))

    def balances(self):
        return {row.code: row.balance for row in JournalReader(self.engine).accounts()}

    def sound(self):
        assert check_books(JournalReader(self.engine)) == []


@pytest.fixture(params=[True, False], ids=["token", "waits"])
def shop(request, fresh):
    made = Shop(fresh, version(**EVERYTHING), token_in_answer=request.param)
    made.run(OpenDebt(ARREARS, 9_000))
    yield made
    made.sound()


def test_debts_and_change_are_seen_by_the_next_payment_of_the_batch_and_of_the_next(shop):
    till = shop.till
    first, second = shop.run(till.pay("r1", 20_033), till.pay("r2", 9_033))
    assert (dict(first.lines)["ARREARS"], dict(second.lines)["ARREARS"]) == (6_010, 2_710)
    assert "CHANGE_USED" in dict(second.lines)
    (third,) = shop.run(till.pay("r3", 5_000))
    assert dict(third.lines)["ARREARS"] == 280
    assert shop.balances()[ARREARS] == 0
    assert "SERVICE" not in dict(second.lines)
    assert (second.free, third.free) == (None, None)
    for paid, minor in ((first, 20_033), (second, 9_033), (third, 5_000)):
        assert sum(amount for _, amount in paid.lines) == minor


def test_a_repeat_gets_the_same_answer_with_its_free_token(shop):
    (paid,) = shop.run(shop.till.pay("r1", 20_033))
    again, once_more = shop.run(shop.till.pay("r1", 20_033), shop.till.pay("r1", 20_033))
    assert paid == again == once_more
    assert paid.free.energy_wh == 5_000


def test_a_reversal_of_what_waits_restores_the_customer_s_accounts(fresh):
    shop = Shop(fresh, version(**EVERYTHING), token_in_answer=False)
    shop.run(OpenDebt(ARREARS, 9_000))
    till = shop.till
    paid, undone = shop.run(till.pay("r1", 20_033), till.reverse("r1"))
    assert isinstance(undone, Undone)
    assert shop.balances()[ARREARS] == 9_000
    assert shop.balances()[chart.customer("A1")] == 0
    (again,) = shop.run(till.pay("r2", 20_033))
    assert (again.lines, again.energy_wh, again.free) == (paid.lines, paid.energy_wh, paid.free)
    shop.sound()


def test_a_credit_with_a_free_token_is_handed_over_once(fresh):
    shop = Shop(fresh, version(**EVERYTHING), token_in_answer=False)
    till = shop.till
    (paid,) = shop.run(till.pay("r1", 20_033))
    got, again = shop.run(till.hand_over("r1"), till.hand_over("r1"))
    assert got == again
    assert (paid.free.token, got.free.energy_wh) == (None, 5_000)
    assert len(list(JournalReader(shop.engine).tokens())) == 2
    assert shop.balances()["E.FREE"] == -5_000
    shop.sound()


def test_a_claim_after_the_token_leaves_the_counters(fresh):
    shop = Shop(fresh, version(**EVERYTHING))
    till = shop.till
    _, refused = shop.run(till.pay("r1", 20_033), till.reverse("r1"))
    assert refused == Declined(Refusal.TOKEN_OUT)
    (second,) = shop.run(till.pay("r2", 20_033))
    assert ("SERVICE" in dict(second.lines), second.free) == (False, None)
    shop.sound()


def test_two_payments_in_one_batch_and_in_two_use_each_block_once(fresh):
    shop = Shop(fresh, version(energy=BLOCKS))
    till = shop.till
    together = [one.energy_wh for one in shop.run(till.pay("r1", 4_000), till.pay("r2", 4_000))]
    (alone,) = shop.run(till.pay("r3", 4_000))
    assert [*together, alone.energy_wh] == [40_000, 25_000, 20_000]
    shop.sound()


def test_schemes_proportions_and_contracts_come_with_the_meter(fresh):
    per_kw = {"code": "DEMAND", "amount_per_kw": "2", "period": "month"}
    sheet = {"scheme": "POOR", "factor": "0.50"}
    main = version("v1", preferential=sheet, fixed_charges=[per_kw])
    file = replace(
        meter_file(1), contract_w=5_000, schemes=("POOR",), proportions=(("domestic", 50), ("shop", 50))
    )
    shop = Shop(fresh, main, version("s1", power_type="shop"), files=[file])
    (paid,) = shop.run(shop.till.pay("r1", 8_500))
    assert isinstance(paid, Approved)
    assert dict(paid.lines) == {"ENERGY": 2_500, "DEMAND": 1_000, "ENERGY.shop": 5_000}
    assert paid.energy_wh == 100_000
    assert shop.balances()["PREF"] == 2_500
    assert drn(1) in paid.pan
    shop.sound()
