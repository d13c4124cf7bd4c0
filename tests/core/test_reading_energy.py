"""What a reading proves of a meter's energy: nothing is lost and nothing comes from nowhere."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gateway.core import chart
from gateway.core.fitting import Fitting, Ratio
from gateway.core.ledger import EntryKind
from gateway.core.reading import Reading, ReadingState, Shown, Source, Sums, Told
from gateway.core.reading_energy import has_over_credits, issued_until, reading_entry, sums_of
from gateway.core.reading_rules import CreditOut, KnownMeter
from tests.builders import identity

PAN = identity(1).pan
FITTING = Fitting(PAN, "A1-1", "2026-11-01", (("total", 0),))


def shown(at_us, credit_wh=None, credits=None):  # noqa: A002 - the field's own name
    return Shown(PAN, at_us, (("total", 0),), credit_wh=credit_wh, credits=credits)


def out(*sold):
    """Credits by moment and energy."""
    return tuple(CreditOut(at_us, wh) for at_us, wh in sold)


class Counted:
    """A meter that is read again and again; ``balances`` are the accounts that its entries move."""

    def __init__(self, *sold, fitting=FITTING, fitted_us=0):
        self.known = KnownMeter(PAN, "", fitting=fitting, fitted_us=fitted_us, out=out(*sold))
        self.balances = {}
        self.count = 0

    def read(self, at_us, counted_wh, **more):
        one = shown(at_us, **more)
        before = Sums() if self.known.last is None else self.known.last.sums
        sums, counted = sums_of(one, self.known, counted_wh)
        entry = reading_entry(before, sums)
        for posting in () if entry is None else entry.postings:
            self.balances[posting.account] = self.balances.get(posting.account, 0) + posting.amount
        self.count += 1
        reading = Reading(
            self.count, at_us, one, Told(Source.MANUAL), "li", ReadingState.ACCEPTED, sums, counted
        )
        self.known = self.known.having(reading)
        return sums


def test_use_proves_that_at_least_so_much_was_loaded():
    meter = Counted((1, 100_000))
    sums = meter.read(10, 30_000)
    assert (sums.issued_wh, sums.loaded_wh, sums.used_wh, sums.gap_wh) == (100_000, 0, 30_000, 70_000)
    assert meter.balances == {chart.ENERGY_USED: 30_000, chart.ENERGY_ISSUED: -30_000}


def test_a_credit_that_is_shown_proves_what_stands_in_the_meter():
    meter = Counted((1, 100_000))
    assert meter.read(10, 30_000, credit_wh=65_000).gap_wh == 5_000
    assert meter.balances == {
        chart.ENERGY_USED: 30_000, chart.ENERGY_LOADED: 65_000, chart.ENERGY_ISSUED: -95_000,
    }  # fmt: skip


def test_what_was_in_the_meter_is_used_from_there():
    meter = Counted((1, 100_000))
    meter.read(10, 30_000, credit_wh=65_000)
    assert meter.read(20, 40_000).loaded_wh == 25_000
    assert meter.balances[chart.ENERGY_LOADED] == 25_000
    assert meter.balances[chart.ENERGY_ISSUED] == -95_000


def test_credits_that_the_meter_has_counted_were_loaded():
    meter = Counted((1, 40_000), (2, 50_000), (3, 60_000))
    sums = meter.read(10, 10_000, credits=2)
    assert (sums.loaded_wh, sums.gap_wh) == (80_000, 60_000)


def test_what_went_out_in_the_moment_of_the_reading_is_not_in_the_meter_yet():
    assert issued_until(out((1, 40_000), (10, 50_000)), 10) == 40_000


def test_what_is_used_beyond_all_that_went_out_comes_from_where_nobody_bought_it():
    meter = Counted((1, 100_000))
    assert meter.read(10, 130_000).new_gap_wh == -30_000
    assert meter.balances == {
        chart.ENERGY_USED: 130_000, chart.ENERGY_ISSUED: -100_000, chart.ENERGY_UNSOLD: -30_000,
    }  # fmt: skip


def test_what_was_lent_is_covered_by_what_is_bought_next():
    meter = Counted((1, 100_000), (15, 50_000))
    meter.read(10, 130_000)
    assert meter.read(20, 0).gap_wh == 20_000
    assert meter.balances[chart.ENERGY_UNSOLD] == 0
    assert meter.balances[chart.ENERGY_ISSUED] == -130_000


def test_a_meter_that_lends_shows_less_than_nothing():
    sums = Counted((1, 100_000)).read(10, 105_000, credit_wh=-5_000)
    assert (sums.loaded_wh, sums.gap_wh) == (-5_000, 0)


def test_what_a_meter_used_before_it_was_first_read_is_no_gap():
    meter = Counted((1, 900_000), (15, 50_000), fitting=None)
    assert meter.read(10, 0).first_gap_wh is None
    first = meter.read(12, 20_000, credit_wh=30_000)
    assert (first.first_gap_wh, first.new_gap_wh) == (850_000, 0)
    assert meter.read(20, 10_000, credit_wh=70_000).new_gap_wh == 0
    assert meter.read(30, 60_000, credit_wh=0, credits=2).new_gap_wh == 10_000


def test_what_went_out_before_a_meter_was_fitted_here_is_no_gap():
    meter = Counted((1, 900_000), (15, 50_000), fitted_us=10)
    assert meter.read(20, 20_000).new_gap_wh == 30_000


def test_a_register_that_was_set_anew_keeps_what_was_used_before():
    meter = Counted((1, 100_000))
    meter.read(10, 30_000)
    meter.known = replace(meter.known, anew_after=1)
    assert meter.read(20, 0).used_wh == 30_000
    assert meter.read(30, 5_000).used_wh == 35_000


def test_no_reading_rounds_what_another_has_rounded():
    fitting = replace(FITTING, current=Ratio(4, 3))
    meter = Counted((1, 100_000), fitting=fitting)
    sums = [meter.read(10 + n, 1).used_wh for n in range(9)]
    assert sums[-1] == 12


def test_more_credits_than_went_out_are_noticed():
    known = KnownMeter(PAN, "", out=out((1, 40_000), (2, 50_000)))
    assert not has_over_credits(shown(10, credits=2), known)
    assert has_over_credits(shown(10, credits=3), known)
    assert has_over_credits(shown(2, credits=2), known)


def test_a_reading_that_moves_nothing_books_nothing():
    assert reading_entry(Sums(9, 2, 3), Sums(12, 2, 3)) is None


def test_what_is_booked_says_that_a_meter_was_read():
    assert reading_entry(Sums(10), Sums(10, 0, 5)).kind is EntryKind.READING


READ = st.tuples(
    st.sampled_from(["sell", "read"]),
    st.integers(0, 400_000),
    st.none() | st.integers(-20_000, 400_000),
    st.none() | st.integers(0, 9),
)


@given(st.lists(READ, max_size=25), st.booleans())
def test_energy_is_conserved_whatever_is_sold_and_read(steps, is_fitted):
    meter = Counted(fitting=FITTING if is_fitted else None)
    for at_us, (what, wh, credit_wh, credits_) in enumerate(steps, 1):
        if what == "sell":
            sold = (*meter.known.out, CreditOut(at_us, wh))
            meter.known = replace(meter.known, out=sold)
            continue
        sums = meter.read(at_us, wh, credit_wh=credit_wh, credits=credits_)
        moved, issued = meter.balances.get, sum(one.energy_wh for one in meter.known.out)
        assert sums.issued_wh == issued
        # The accounts are what the row says, and together all that went out.
        assert moved(chart.ENERGY_USED, 0) == sums.used_wh
        assert moved(chart.ENERGY_LOADED, 0) == sums.loaded_wh
        assert sum(meter.balances.values()) == 0
        assert issued + moved(chart.ENERGY_ISSUED, 0) == max(sums.gap_wh, 0)
        assert moved(chart.ENERGY_UNSOLD, 0) == min(sums.gap_wh, 0)
