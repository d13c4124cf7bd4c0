"""Visits over lines that break, or fall silent, at each octet: what was read is kept, no more is claimed."""

import pytest

from gateway.core.contact import ContactWhy
from gateway.core.meter_event import EventKind
from gateway.core.reading_plan import Wants
from gateway.simulators.meters.relay import RelayState
from tests.failing_lines import FAULTS
from tests.visits import EVERY, Met, frozen, profile, registers

SLOTS = (registers(), frozen(2026, 12, 1), profile(2026, 12, 1))
#: Why something was not read where a line ends; a model without a load profile refuses it.
LINE = {
    "breaks": {ContactWhy.LOST, ContactWhy.REFUSED},
    "is deaf": {ContactWhy.TIMEOUT, ContactWhy.CHECKSUM, ContactWhy.REFUSED},
}


def met(model):
    """A meter that uses nothing any more, so that whenever it is read it shows the same; its clock is off."""
    one = Met(model, days=9, hours=0.12, ahead_s=90, build={"period_min": 60})
    one.house.order(RelayState.OPEN)
    return one


def of_kinds(ended):
    """Give what a visit brought, by what was wanted."""
    brought = ended.brought
    return {
        Wants.REGISTERS: set() if brought.seen is None else set(brought.seen.registers),
        Wants.FROZEN: {(one.at_s, each) for one in brought.frozen for each in one.registers},
        Wants.PROFILE: {(one.at_s, one.values) for one in brought.profile},
    }


def clock_sets(one):
    return sum(each.what == "clock set" for each in one.house.diary.events)


@pytest.mark.faults
@pytest.mark.parametrize("model", EVERY)
@pytest.mark.parametrize("fault", FAULTS)
def test_what_was_read_is_kept_and_nothing_else_is_claimed(model, fault, counted):
    one = met(model)
    whole = one.visit(*SLOTS)
    all_of_it, told = of_kinds(whole), {"read": 0, "partly": 0, "set": 0, "in doubt": 0}
    assert all(slot.fault is None or slot.why is ContactWhy.REFUSED for slot in whole.slots)
    octets = one.link.gone
    for at in range(octets):
        one = met(model)
        ended = one.visit(*SLOTS, **{FAULTS[fault]: at})
        brought = of_kinds(ended)
        assert [slot.slot for slot in ended.slots] == [slot.slot for slot in whole.slots]
        for slot, as_whole in zip(ended.slots, whole.slots, strict=True):
            kind = slot.slot.wants
            assert brought[kind] <= all_of_it[kind], (at, kind)
            if slot.fault is None:
                assert brought[kind] == all_of_it[kind], (at, kind)
            else:
                assert slot.why in LINE[fault] or slot.why is as_whole.why, (at, kind, str(slot.fault))
            told["read"] += slot.fault is None
            told["partly"] += slot.fault is not None and bool(brought[kind])
        was_set = ended.brought.contact.was_set
        assert clock_sets(one) <= 1, at
        assert not was_set or clock_sets(one) == 1, at
        assert was_set == any(event.kind is EventKind.CLOCK_SET for event in ended.brought.events)
        told["set"] += was_set
        told["in doubt"] += clock_sets(one) and not was_set
        assert one.kept.brought == [ended.brought]
    assert told["read"]
    # What fits into one list of DLMS comes whole, or not at all.
    assert told["partly"] or model.startswith("dlms")
    counted(f"{octets} octets: {told}")


@pytest.mark.faults
@pytest.mark.parametrize("model", ["dlt645-2007", "iec62056-21", "dlms-hdlc"])
def test_whatever_became_of_a_visit_the_next_one_ends_it(model, counted):
    one = met(model)
    whole = of_kinds(one.visit(*SLOTS))
    octets = range(0, one.link.gone, 7)  # a step that meets each part of a frame
    for at in octets:
        one = met(model)
        one.visit(*SLOTS, cut_at=at)
        again = one.visit(*SLOTS)
        assert of_kinds(again) == whole, at
        assert clock_sets(one) == 1, at
        assert abs(one.house.clock.ahead_ms) < 30_000, at
    counted(f"{len(octets)} broken visits, each followed by a good one")
