"""A month of a large town, read over 32 lines, on a simulated clock."""

import pytest

from gateway.core.line_work.call import PassedOver
from gateway.core.line_work.policy import Policy
from gateway.core.line_work.slot import SlotState
from gateway.core.line_work.work_kind import WorkKind
from tests.reading_town import ZONE, Places, Town

pytestmark = [pytest.mark.slow, pytest.mark.sim, pytest.mark.once]

METERS, DAYS, LINES, RESERVED = 100_000, 30, 32, 2


def said(town: Town) -> str:
    states = {state.value: n for state, n in town.rounds.counts.items() if n}
    reasons = {f"{state.value}, {why.value}": n for (state, why), n in sorted(town.whys.items(), key=str)}
    told = {name: n for name, n in sorted(town.told.items(), key=str) if isinstance(name, str)}
    waits = town.watch.waits
    waited = f"{len(waits)} urgent orders, {sum(map(bool, waits))} waited, {max(waits)} s at most"
    return f"slots {states}; became {reasons}; {waited}; {told}"


def test_a_hundred_thousand_meters_over_thirty_days_on_thirty_two_lines(counted):
    """Every slot is read or a gap with its reason; no limit is broken; no urgent order waits long.

    A line does some ninety calls an hour, so 32 lines cannot call 100,000 meters in a night. The town is read
    as such towns are: 40,000 meters stand behind 160 concentrators, which have the day's values of 250 meters
    each and give them in one call of up to 900 s each night; 8,000 large customers have modems and are called
    each night; 52,000 have modems and are called once a month, a 28th part of them on each of its first 28
    days. That is some 10,000 calls a night between 00:10 and 08:00 on 30 lines: two thirds of what they can.

    Two lines are kept for urgent work: 600 tokens a day at any hour, to any meter; and 100 readings on demand
    come on top. Of all calls 5 % find the number busy, 2 % nobody, 2 % no carrier, and 3 % break off. One
    number in a hundred is dead for one to fourteen days, one concentrator in twenty for one to three, one
    meter in two hundred behind them for up to fourteen, and some refuse their password for good. Each line
    has no dial tone for some hours three times, and one hears no carrier for a day or two. Meters keep their
    values for ten days.

    ``Watch`` sees at each call that line, number, bus and meters are free, that calls and their length are
    within limits, and that urgent work began at the end of one running call at the latest.
    """
    policy = Policy(ZONE, kept_days=10)
    town = Town(Places(160, 8_000, 52_000), policy, lines=LINES, reserved=RESERVED, days=DAYS, seed=9)
    assert len(town.places.all) == METERS
    town.order(WorkKind.URGENT, 600)
    town.order(WorkKind.ON_DEMAND, 100)
    town.run()
    counted(said(town))
    counts, gaps = town.rounds.counts, list(town.rounds.gaps())
    assert counts[SlotState.READ] + counts[SlotState.GAP] + counts[SlotState.LOST] == town.places.slots(DAYS)
    assert counts[SlotState.WAITING] == counts[SlotState.RUNNING] == 0
    assert len(gaps) == counts[SlotState.GAP]
    assert all(gap.why is not None for gap in gaps)
    assert all(why is not None for _, why in town.whys)
    # Nearly all is read, though each kind of trouble was met, and lines were enough.
    assert counts[SlotState.READ] > 0.99 * town.places.slots(DAYS)
    assert counts[SlotState.LOST] > 0
    assert sum(n for (_, why), n in town.whys.items() if why is PassedOver.NO_TIME) < 0.001 * METERS * DAYS
    assert len(town.watch.waits) > 17_000
