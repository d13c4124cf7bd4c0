"""The life of a tariff version: its steps, who is whom, and how a version stands at a moment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.core.tariff_life import (
    LEAD_S,
    TRANSITIONS,
    IllegalTariffStep,
    PricedType,
    Standing,
    TariffEvent,
    TariffState,
    standing,
    step,
    terms_of,
)
from tests.builders import NOON
from tests.multi_tariff.builders import DAY, approved, draft

SECOND = timedelta(seconds=1)


def test_the_table_has_three_steps_and_every_other_one_is_an_error_of_ours():
    assert len(TRANSITIONS) == 3
    for state in TariffState:
        for event in TariffEvent:
            if (state, event) not in TRANSITIONS:
                with pytest.raises(IllegalTariffStep, match=f"{state.value} cannot {event.value}"):
                    step(state, event)


def test_a_withdrawn_version_stays_so():
    gone = draft().withdrawn("li", NOON, "a slip")
    with pytest.raises(IllegalTariffStep):
        gone.approved("zhang", NOON)
    with pytest.raises(IllegalTariffStep):
        gone.withdrawn("zhang", NOON, "again")


def test_a_step_changes_who_and_when_and_nothing_else():
    before = draft()
    after = before.approved("zhang", NOON)
    kept = (
        "power_type",
        "version",
        "from_moment",
        "body",
        "drafted_by",
        "drafted_at",
        "withdrawn_by",
        "reason",
    )
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    assert (after.state, after.approved_by, after.approved_at) == (TariffState.APPROVED, "zhang", NOON)


def stand(version, versions, now=NOON):
    return standing(version, versions, now)


def test_of_the_approved_versions_the_one_that_began_last_is_in_force():
    old, new, coming = approved("v1", -20), approved("v2", -10), approved("v3", 10)
    gone = draft("v4", 5).withdrawn("li", NOON, "a slip")
    all_of_them = [new, gone, coming, old]
    found = {one.version: stand(one, all_of_them) for one in all_of_them}
    assert found == {
        "v1": Standing.REPLACED, "v2": Standing.IN_FORCE, "v3": Standing.APPROVED, "v4": Standing.WITHDRAWN,
    }  # fmt: skip


def test_a_version_is_in_force_from_its_very_moment_on():
    version = approved("v1", 1)
    assert stand(version, [version], version.from_moment - timedelta(microseconds=1)) is Standing.APPROVED
    assert stand(version, [version], version.from_moment) is Standing.IN_FORCE


def test_a_draft_can_be_approved_up_to_a_minute_before_its_moment():
    version = draft("v1", 1)
    last = version.from_moment - LEAD_S * SECOND
    assert stand(version, [version], last) is Standing.DRAFT
    assert stand(version, [version], last + SECOND) is Standing.LAPSED


def test_a_withdrawn_version_is_never_the_one_before():
    known = PricedType(
        (approved("v1", -20), draft("v2", -10).withdrawn("li", NOON, "a slip")), has_meters=True
    )
    before = known.before(draft("v3", 5))
    assert before is not None
    assert before.version == "v1"
    assert known.before(draft("v3", -20)) is None


def test_a_version_is_not_its_own_rival():
    version = approved("v1", 5)
    known = PricedType((version, draft("v2", 5)), has_meters=True)
    assert known.at(version) is None
    rival = known.at(draft("v2", 5))
    assert rival is not None
    assert rival.version == "v1"


@pytest.mark.parametrize("body", ["", "[]", "{}", "nonsense", '{"currency": "CNY"}', "3"])
def test_a_body_that_cannot_be_read_has_no_terms(body):
    assert terms_of(body) is None


def test_days_are_what_the_builders_say():
    assert draft("v1", 1).from_moment == NOON + DAY
