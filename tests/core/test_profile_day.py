"""Which rows are of a day: each moment once, whatever clocks do that day."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.core.contact import ItemRead, ProfileRow
from gateway.core.meter_seen import Figure
from gateway.core.profile_day import ProfileDay

BERLIN = ZoneInfo("Europe/Berlin")
PAN = "600727000000000161"


def day_of(year, month, day, zone=BERLIN):
    """The day that ends with this one's midnight."""
    return ProfileDay(int(datetime(year, month, day, tzinfo=zone).timestamp()), zone)


def row(moment, number=1, **more):
    return ProfileRow(moment, (ItemRead("1.8.0", "1.8.0", str(number), number, 3, "kWh"),), **more)


def quarters(begins, count, zone):
    """Rows of so many quarter-hours as a meter without offsets writes them."""
    moments = (begins + timedelta(minutes=15 * (n + 1)) for n in range(count))
    return [row(at.astimezone(zone).replace(tzinfo=None).isoformat(), n) for n, at in enumerate(moments)]


@pytest.mark.parametrize(("ends", "rows"), [((2026, 11, 26), 96), ((2026, 10, 26), 100), ((2026, 3, 30), 92)])
def test_a_day_has_all_of_its_rows_also_where_clocks_change(ends, rows):
    day = day_of(*ends)
    begun = day.begins.astimezone(UTC)
    kept = day.rows(PAN, quarters(begun, rows + 5, BERLIN), {})
    assert [one.at_s for one in kept] == [int(begun.timestamp()) + 900 * (n + 1) for n in range(rows)], (
        "the last hour of summer time is there twice"
    )
    assert [one.values[0].number for one in kept] == list(range(rows))


def test_rows_of_other_days_and_without_a_moment_are_left_out():
    day = day_of(2026, 11, 26)
    moments = ["2026-11-25T00:00:00", "2026-11-25T00:15:00", "2026-11-26T00:00:00", "2026-11-26T00:15:00"]
    kept = day.rows(PAN, [row(moment) for moment in [*moments, "never"]], {})
    assert [datetime.fromtimestamp(one.at_s, BERLIN).isoformat()[:16] for one in kept] == [
        "2026-11-25T00:15",
        "2026-11-26T00:00",
    ]


def test_of_two_rows_of_one_moment_the_first_is_kept():
    twice = [row("2026-11-25T12:00:00+01:00", 1), row("2026-11-25T11:00:00+00:00", 2)]
    (kept,) = day_of(2026, 11, 26).rows(PAN, twice, {})
    assert kept.values[0].number == 1


def test_values_have_the_names_of_the_model_and_what_is_no_number_is_left_out():
    values = (
        ItemRead("1/0-0:96.10.1.255/2", "1/0-0:96.10.1.255/2", "32", 32),
        ItemRead("1.8.0", "1.8.0", "5.000", 5000, 3, "kWh"),
        ItemRead("1.5.0", "1.5.0", "-"),
    )
    (kept,) = day_of(2026, 11, 26).rows(PAN, [ProfileRow("2026-11-25T12:00:00", values)], {"1.8.0": "energy"})
    assert (kept.pan, kept.values, kept.status) == (PAN, (Figure("energy", 5000, 3, "kWh"),), "32")


def test_rows_are_asked_for_after_the_beginning_of_the_day():
    assert day_of(2026, 11, 26).first.isoformat() == "2026-11-25T00:01:00+01:00"
