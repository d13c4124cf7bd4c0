"""Drafting, approving and withdrawing a version: what is kept, what is refused by which path, and said."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.core import person
from gateway.core import tariff_rules as rules
from gateway.core.tariff_life import LEAD_S, BodyTerms, TariffState
from gateway.core.tariff_rules import TariffRefusal, TariffRefused, TariffStep, TariffWarning
from gateway.multi_tariff.publish_tariff import ApproveTariff, DraftTariff, WithdrawTariff
from gateway.multi_tariff.read_version import read_version
from tests.builders import NOON
from tests.multi_tariff.builders import BODY, DAY, DOMESTIC, STANDARD, MemoryStore, approved, body, draft


def drafted(store, *, drafted_by="li", **changes):
    usual = {"power_type": "domestic", "version": "v2", "from_moment": NOON + 10 * DAY, "body": BODY}
    return store.post(DraftTariff(by=drafted_by, **{**usual, "standard": STANDARD, **changes}))


def approve(store, by="zhang", now=NOON, version="v2", power_type="domestic", standard=STANDARD):
    return store.post(ApproveTariff(power_type, version, by, standard), now)


def withdraw(store, by="wang", reason="a slip", now=NOON, version="v2", **more):
    return store.post(WithdrawTariff("domestic", version, by, reason, **more), now)


def refused(outcome) -> tuple[TariffRefusal, str]:
    assert isinstance(outcome, TariffRefused), outcome
    assert outcome.sentence
    return outcome.reason, outcome.path


def taken(outcome) -> TariffStep:
    assert isinstance(outcome, TariffStep), outcome
    return outcome


@pytest.fixture
def store():
    """One version is in force."""
    return MemoryStore(approved("v1"))


# -- the three steps -------------------------------------------------------------------------------------


def test_a_draft_is_kept_as_it_was_given_and_prices_nothing(store):
    step = taken(drafted(store))
    assert step.version == draft(drafted_at=NOON)
    assert step.warnings == ()
    assert [one.version for one in store.versions] == ["v1", "v2"]


def test_a_second_person_approves(store):
    drafted(store)
    version = taken(approve(store)).version
    assert (version.state, version.approved_by, version.approved_at) == (TariffState.APPROVED, "zhang", NOON)


@pytest.mark.parametrize("name", ["li", "LI", " Li ", "local:li"])
def test_who_drafted_cannot_approve_however_he_writes_his_name(store, name):
    drafted(store)
    assert refused(approve(store, by=name)) == (TariffRefusal.SAME_PERSON, "approved_by")
    assert store.versions[-1].state is TariffState.DRAFT


def test_names_are_kept_without_the_spaces_around_them(store):
    assert taken(drafted(store, drafted_by=" li ")).version.drafted_by == "li"
    assert taken(approve(store, by=" zhang ")).version.approved_by == "zhang"
    assert taken(withdraw(store, by=" wang ", reason=" a slip ")).version.reason == "a slip"


def test_a_draft_is_withdrawn_at_any_time_by_anybody(store):
    drafted(store)
    step = taken(withdraw(store, by="li", now=NOON + 20 * DAY))
    assert (step.version.state, step.version.withdrawn_by) == (TariffState.WITHDRAWN, "li")
    assert step.warnings == ()


def test_an_approved_version_is_withdrawn_before_it_is_in_force(store):
    drafted(store)
    approve(store)
    version = taken(withdraw(store)).version
    assert (version.approved_by, version.withdrawn_by, version.reason) == ("zhang", "wang", "a slip")


def test_who_may_withdraw_drafts_only_withdraws_nothing_that_was_approved_meanwhile(store):
    drafted(store)
    approve(store)
    assert refused(withdraw(store, only_draft=True)) == (TariffRefusal.NO_DRAFT, "version")
    assert store.versions[-1].state is TariffState.APPROVED
    drafted(store, version="v3")
    taken(withdraw(store, version="v3", only_draft=True))


def test_each_step_tells_the_diary_which_body_it_is_about(store):
    digest = hashlib.sha256(BODY.encode()).hexdigest()
    told = f"tariff domestic v2, from 2026-12-03T04:00:00+00:00, sha256 {digest}"
    for step in (drafted, approve, withdraw):
        taken(step(store))
        assert store.told == told
    withdraw(store)
    assert store.told == ""


# -- moments ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [0, -1, -3650])
def test_nothing_is_back_dated(store, days):
    late = drafted(store, from_moment=NOON + days * DAY)
    assert refused(late) == (TariffRefusal.BACK_DATED, "from_moment")
    assert len(store.versions) == 1


def test_a_moment_too_far_ahead_is_a_slip_of_the_pen(store):
    far = NOON + rules.AHEAD_DAYS * DAY
    assert refused(drafted(store, from_moment=far + DAY)) == (TariffRefusal.TOO_FAR_AHEAD, "from_moment")
    taken(drafted(store, from_moment=far))


def test_a_draft_is_approved_at_the_latest_a_minute_before_its_moment(store):
    drafted(store)
    last = NOON + 10 * DAY - timedelta(seconds=LEAD_S)
    late = approve(store, now=last + timedelta(microseconds=1))
    assert refused(late) == (TariffRefusal.TOO_LATE, "from_moment")
    taken(approve(store, now=last))


def test_an_approved_version_is_withdrawn_at_the_latest_a_minute_before_its_moment(store):
    drafted(store)
    approve(store)
    moment = NOON + 10 * DAY
    last = moment - timedelta(seconds=LEAD_S)
    near = withdraw(store, now=last + timedelta(microseconds=1))
    assert refused(near) == (TariffRefusal.NEARLY_IN_FORCE, "from_moment")
    assert refused(withdraw(store, now=moment)) == (TariffRefusal.IN_FORCE, "from_moment")
    taken(withdraw(store, now=last))


def test_what_has_been_in_force_stays_even_when_another_has_taken_over(store):
    store.versions.append(approved("v0", -60))
    assert refused(withdraw(store, version="v0")) == (TariffRefusal.IN_FORCE, "from_moment")


def test_two_versions_are_not_approved_for_the_same_moment_until_one_is_withdrawn(store):
    drafted(store)
    approve(store)
    assert taken(drafted(store, version="v3")).warnings == (TariffWarning.SAME_MOMENT,)
    twice = approve(store, version="v3")
    assert refused(twice) == (TariffRefusal.SAME_MOMENT, "from_moment")
    assert "(v2)" in twice.sentence
    withdraw(store)
    taken(approve(store, version="v3"))


def test_versions_of_another_power_type_may_begin_at_the_same_moment(store):
    store.versions.append(approved("c1", 10, power_type="commercial"))
    drafted(store)
    taken(approve(store))


def test_a_version_may_be_approved_for_before_one_that_is_approved_already(store):
    store.versions.append(approved("v3", 20))
    drafted(store)
    assert taken(approve(store)).warnings == ()


# -- names -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gone", [False, True])
def test_a_version_s_name_is_never_used_twice(store, gone):
    drafted(store)
    if gone:
        withdraw(store)
    assert refused(drafted(store)) == (TariffRefusal.NAME_TAKEN, "version")


def test_another_power_type_may_have_a_version_of_that_name(store):
    taken(drafted(store, power_type="commercial", version="v1"))


@pytest.mark.parametrize("name", ["", " ", "-1", "a b", "a/b", "é", "x" * (rules.NAME_MAX + 1), "v1\n"])
def test_a_version_s_name_must_fit_a_receipt(store, name):
    assert refused(drafted(store, version=name)) == (TariffRefusal.BAD_VERSION, "version")


@pytest.mark.parametrize("name", ["", "1st", "a:b", "a.b", "x" * (rules.NAME_MAX + 1)])
def test_a_power_type_s_name_must_fit_an_account(store, name):
    assert refused(drafted(store, power_type=name)) == (TariffRefusal.BAD_POWER_TYPE, "power_type")
    assert refused(approve(store, power_type=name)) == (TariffRefusal.BAD_POWER_TYPE, "power_type")


@pytest.mark.parametrize("name", ["2026-12", "domestic_2026.1", "x" * rules.NAME_MAX])
def test_usual_names_are_taken(store, name):
    taken(drafted(store, version=name))


@pytest.mark.parametrize("name", ["", "  ", "a\x1b[2J", "x" * (person.PERSON_MAX + 1)])
def test_everybody_who_acts_has_a_name(store, name):
    assert refused(drafted(store, drafted_by=name)) == (TariffRefusal.BAD_PERSON, "drafted_by")
    drafted(store)
    assert refused(approve(store, by=name)) == (TariffRefusal.BAD_PERSON, "approved_by")
    assert refused(withdraw(store, by=name)) == (TariffRefusal.BAD_PERSON, "withdrawn_by")


@pytest.mark.parametrize("reason", ["", " ", "a\nb", "x" * (person.REASON_MAX + 1)])
def test_who_withdraws_says_why(store, reason):
    drafted(store)
    assert refused(withdraw(store, reason=reason)) == (TariffRefusal.BAD_REASON, "reason")


def test_a_version_that_is_not_there_is_neither_approved_nor_withdrawn(store):
    assert refused(approve(store, version="v9")) == (TariffRefusal.UNKNOWN, "version")
    assert refused(withdraw(store, version="v9")) == (TariffRefusal.UNKNOWN, "version")


def test_a_step_asked_for_twice_is_refused_as_taken(store):
    drafted(store)
    approve(store)
    assert refused(approve(store, by="wang")) == (TariffRefusal.APPROVED_ALREADY, "version")
    withdraw(store)
    assert refused(withdraw(store)) == (TariffRefusal.WITHDRAWN_ALREADY, "version")
    assert refused(approve(store)) == (TariffRefusal.WITHDRAWN_ALREADY, "version")


def test_there_is_an_end_to_the_versions_of_a_power_type(store):
    store.versions += [approved(f"old{n}", -100 - n) for n in range(rules.VERSIONS_MAX - 1)]
    assert refused(drafted(store)) == (TariffRefusal.TOO_MANY, "power_type")


# -- the body --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "path", "words"),
    [
        (body(energy=None), "body.energy", "must say"),
        (body(currency="QQQ"), "body.currency", ""),
        (body(colour="red"), "body.colour", "not a key"),
        ("{", "body", "is not JSON: line 1, column 2"),
        ("[]", "body", "must be a JSON object"),
        ("[" * 60_000, "body", "nests too deeply"),
        ('{"name": ' + "1" * 5_000 + "}", "body", "more digits than any can have"),
        (body(note="\ud800"), "body", "half of a character"),
        (BODY[:-1] + ', "note2": NaN}', "body", "NaN is not JSON"),
        (BODY[:-1] + ', "taxes": []}', "body.taxes", "there twice"),
    ],
)
def test_a_body_that_cannot_be_priced_is_refused_by_the_path_of_the_field(store, wrong, path, words):
    outcome = drafted(store, body=wrong)
    assert refused(outcome) == (TariffRefusal.BAD_BODY, path)
    assert words in outcome.sentence


def test_a_wrong_rate_is_named_where_it_stands(store):
    energy = {**DOMESTIC["energy"], "blocks": [{"upto_kwh": None, "rate": 0.5}]}
    outcome = drafted(store, body=body(energy=energy))
    assert refused(outcome) == (TariffRefusal.BAD_BODY, "body.energy.blocks[0].rate")


def test_a_body_has_a_limit(store):
    large = body(note="x" * rules.BODY_BYTES_MAX)
    assert refused(drafted(store, body=large)) == (TariffRefusal.BODY_TOO_LARGE, "body")


def test_no_version_changes_the_currency(store):
    other = drafted(store, body=body(currency="IDR"), zone_may_change=True)
    assert refused(other) == (TariffRefusal.OTHER_CURRENCY, "body.currency")
    assert "(CNY, not IDR)" in other.sentence


def test_the_currency_is_the_utility_s_even_where_an_old_version_had_another(store):
    rupiah = BodyTerms("IDR", "Asia/Shanghai")
    found = [drafted(store, body=body(currency=unit), standard=rupiah) for unit in ("CNY", "IDR")]
    assert {refused(one) for one in found} == {(TariffRefusal.OTHER_CURRENCY, "body.currency")}


def test_the_first_of_a_power_type_has_the_utility_s_currency_and_zone():
    empty = MemoryStore()
    assert refused(drafted(empty, body=body(currency="IDR")))[0] is TariffRefusal.OTHER_CURRENCY
    assert refused(drafted(empty, body=body(timezone="Asia/Jakarta")))[0] is TariffRefusal.OTHER_ZONE
    taken(drafted(empty, body=body(timezone="Asia/Jakarta"), zone_may_change=True))


def test_another_zone_must_be_meant_and_is_said_to_whoever_approves(store):
    jakarta = body(timezone="Asia/Jakarta")
    assert refused(drafted(store, body=jakarta)) == (TariffRefusal.OTHER_ZONE, "body.timezone")
    step = taken(drafted(store, body=jakarta, zone_may_change=True))
    assert step.warnings == (TariffWarning.OTHER_ZONE,)
    assert taken(approve(store)).warnings == (TariffWarning.OTHER_ZONE,)


def test_a_body_is_held_to_the_version_that_it_takes_over_from(store):
    store.versions.append(approved("v3", 20, body=body(timezone="Asia/Jakarta")))
    taken(drafted(store))
    assert refused(drafted(store, version="v4", from_moment=NOON + 30 * DAY))[0] is TariffRefusal.OTHER_ZONE


def test_a_body_is_read_again_when_it_is_approved(store):
    store.versions.append(draft("v2", 10, body=body(colour="red")))
    assert refused(approve(store)) == (TariffRefusal.BAD_BODY, "body.colour")


def test_the_moment_is_kept_whatever_zone_it_was_written_in(store):
    moment = datetime(2026, 12, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
    version = taken(drafted(store, from_moment=moment)).version
    assert read_version(version).from_moment == moment


# -- warnings --------------------------------------------------------------------------------------------


def test_the_first_of_a_power_type_is_told_that_nothing_is_sold_until_then():
    store = MemoryStore()
    assert taken(drafted(store)).warnings == (TariffWarning.NOTHING_BEFORE,)
    assert taken(approve(store)).warnings == (TariffWarning.NOTHING_BEFORE,)
    assert taken(withdraw(store)).warnings == (TariffWarning.NOTHING_LEFT,)


def test_a_power_type_that_no_meter_has_may_be_misspelled():
    store = MemoryStore(approved("v1"), has_meters=False)
    assert taken(drafted(store)).warnings == (TariffWarning.NO_METERS,)
