"""Loading, approving and withdrawing a key: what is kept, what is refused by which path, and said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core import key_words as words
from gateway.core import person
from gateway.core.key_life import SupplyGroup
from gateway.core.key_ring import KeyKeeper, KeyRing, KeyState
from gateway.core.key_words import GroupNamed, KeyRefusal, KeyRefused, KeyStep, KeyWarningWhy
from gateway.core.office_books import OfficeChange
from gateway.core.timeline import microseconds
from gateway.prepayment.keep_keys import ApproveKey, LoadKey, NameGroup, WithdrawKey
from tests.builders import NOON, SUPPLY_GROUP
from tests.vending_keys import DAY, KCV, MemoryKeys, alike, approved, revision, withdrawn

PLACE = (SUPPLY_GROUP, 2)


def load(store, *, by="anna", now=NOON, found_kcv=None, keep=None, **changes):
    return store.post(LoadKey(by, revision(**changes), UTC, found_kcv, keep), now)


def approve(store, *, by="ben", kcv=KCV, now=NOON, place=PLACE, keep=None, is_whole=True):
    return store.post(ApproveKey(by, place, kcv, UTC, is_whole, keep), now)


def withdraw(store, *, by="carol", reason="a slip", place=PLACE, **more):
    return store.post(WithdrawKey(by, place, reason, **more))


def name_group(group, *, keys, **more):
    return keys.post(NameGroup("anna", group, **more))


def refused(outcome) -> tuple[KeyRefusal, str]:
    assert isinstance(outcome, KeyRefused), outcome
    assert outcome.sentence
    return outcome.reason, outcome.path


def taken(outcome) -> KeyStep:
    assert isinstance(outcome, KeyStep), outcome
    return outcome


def whys(outcome):
    return [warning.why for warning in taken(outcome).warnings]


@pytest.fixture
def store():
    """One key serves, and its meters hold it."""
    return MemoryKeys(approved())


# -- the three steps -------------------------------------------------------------------------------------


def test_a_key_is_kept_as_it_was_said_and_makes_no_token(store):
    key = taken(load(store)).key
    assert (key.revision, key.loaded_by) == (replace(revision(), state=KeyState.PENDING), "anna")
    assert len(store.keys) == 2


def test_a_second_person_approves(store):
    load(store)
    key = taken(approve(store)).key
    assert (key.state, key.approved_by, key.approved_at) == (KeyState.APPROVED, "ben", NOON)


@pytest.mark.parametrize("name", ["anna", "ANNA", " Anna ", "ａｎｎａ", "local:anna"])  # noqa: RUF001 - wide on purpose
def test_who_loaded_cannot_approve_however_he_writes_his_name(store, name):
    load(store)
    assert refused(approve(store, by=name)) == (KeyRefusal.SAME_PERSON, "approved_by")
    assert store.keys[-1].state is KeyState.PENDING


@given(st.text(alphabet=st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20))
def test_no_spelling_of_one_name_is_two_people(name):
    store = MemoryKeys()
    taken(load(store, by=name))
    assert refused(approve(store, by=f" {name.casefold()} "))[0] is KeyRefusal.SAME_PERSON


def test_the_second_person_names_the_same_check_value(store):
    load(store)
    assert refused(approve(store, kcv="000000")) == (KeyRefusal.OTHER_KEY, "kcv")
    assert taken(approve(store, kcv=KCV.lower())).key.state is KeyState.APPROVED


def test_a_whole_key_must_have_the_check_value_that_was_stated(store):
    assert refused(load(store, found_kcv="000000")) == (KeyRefusal.OTHER_KEY, "kcv")
    taken(load(store, found_kcv=KCV))


def test_names_are_kept_without_the_spaces_around_them(store):
    assert taken(load(store, by=" anna ")).key.loaded_by == "anna"
    assert taken(approve(store, by=" ben ")).key.approved_by == "ben"
    gone = taken(withdraw(store, by=" carol ", reason=" a slip ")).key
    assert (gone.withdrawn_by, gone.reason) == ("carol", "a slip")


def test_a_pending_key_is_withdrawn_by_anybody(store):
    load(store)
    assert taken(withdraw(store, by="anna")).key.state is KeyState.WITHDRAWN
    assert taken(load(store)).key.state is KeyState.PENDING


def test_an_approved_key_is_withdrawn_at_any_time(store):
    step = taken(withdraw(store, place=(SUPPLY_GROUP, 1)))
    assert (step.key.state, step.key.approved_by) == (KeyState.WITHDRAWN, "ben")


def test_a_step_asked_for_again_is_refused_for_it_was_taken(store):
    load(store)
    assert refused(load(store)) == (KeyRefusal.STANDS_ALREADY, "krn")
    approve(store)
    assert refused(approve(store)) == (KeyRefusal.APPROVED_ALREADY, "krn")
    assert refused(load(store)) == (KeyRefusal.STANDS_ALREADY, "krn")
    withdraw(store)
    assert refused(withdraw(store)) == (KeyRefusal.WITHDRAWN_ALREADY, "krn")
    assert refused(approve(store)) == (KeyRefusal.WITHDRAWN_ALREADY, "krn")


def test_what_is_not_there_is_unknown(store):
    assert refused(approve(store)) == (KeyRefusal.UNKNOWN, "krn")
    assert refused(withdraw(store)) == (KeyRefusal.UNKNOWN, "krn")


def test_who_may_withdraw_pending_keys_only_withdraws_none_that_was_approved_meanwhile(store):
    load(store)
    approve(store)
    assert refused(withdraw(store, only_pending=True)) == (KeyRefusal.NOT_PENDING, "krn")
    load(store, krn=3)
    taken(withdraw(store, place=(SUPPLY_GROUP, 3), only_pending=True))


def test_a_key_of_the_sealed_file_is_approved_only_where_the_whole_of_it_was_seen(store):
    load(store)
    assert refused(approve(store, is_whole=False)) == (KeyRefusal.IN_PARTS, "kcv")
    assert store.keys[-1].state is KeyState.PENDING
    load(store, krn=3, keeper=KeyKeeper.PKCS11, label="sts-3")
    taken(approve(store, place=(SUPPLY_GROUP, 3), is_whole=False))


def test_each_step_tells_the_diary_which_key_it_is_about(store):
    told = f"key 2 of {SUPPLY_GROUP}, revision 2, check value {KCV}, from 2026-12-03T04:00:00+00:00, no end, "
    heard = []
    for step in (load, approve, withdraw):
        taken(step(store))
        heard.append(store.told)
    assert heard[0].startswith(f"{told}no limit, sha256 ")
    assert len(set(heard)) == 1
    load(store, credit_limit_wh=5_000, issue_until_us=revision().active_from_us + 1)
    assert "until 2026-12-03T04:00:00.000001+00:00, limit 5000 Wh, sha256 " in store.told
    assert store.told.startswith("key 3 of ")


def test_no_repr_shows_the_key_that_passes_by():
    keep = partial(print, "the key itself")
    for command in (LoadKey("a", revision(), UTC, None, keep), ApproveKey("b", PLACE, KCV, UTC, keep=keep)):
        assert "itself" not in repr(command)
    assert "itself" not in repr(OfficeChange(keep=keep))


# -- what is kept beside the row -------------------------------------------------------------------------


def test_the_key_is_put_away_only_when_every_check_is_passed(store):
    heard: list[str] = []
    load(store, krn=1, keep=lambda: heard.append("refused"))
    load(store, keep=lambda: heard.append("loaded"))
    approve(store, kcv="000000", keep=lambda: heard.append("other key"))
    approve(store, by="anna", keep=lambda: heard.append("same person"))
    approve(store, keep=lambda: heard.append("approved"))
    assert heard == ["loaded", "approved"]


def test_a_key_that_cannot_be_put_away_has_no_row(store):
    def keep():
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        load(store, keep=keep)
    assert len(store.keys) == 1
    load(store)
    with pytest.raises(OSError, match="full"):
        approve(store, keep=keep)
    assert store.keys[-1].state is KeyState.PENDING


# -- what is said of a key -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason", "path"),
    [
        ({"sgc": "20145"}, KeyRefusal.BAD_SGC, "sgc"),
        ({"sgc": "２０１４５７"}, KeyRefusal.BAD_SGC, "sgc"),  # noqa: RUF001 - wide on purpose
        ({"krn": 0}, KeyRefusal.BAD_KRN, "krn"),
        ({"krn": 10}, KeyRefusal.BAD_KRN, "krn"),
        ({"kt": 4}, KeyRefusal.BAD_KT, "kt"),
        ({"kt": None}, KeyRefusal.BAD_KT, "kt"),
        ({"base_date": 2015}, KeyRefusal.BAD_BASE_DATE, "base_date"),
        ({"base_date": None}, KeyRefusal.BAD_BASE_DATE, "base_date"),
        ({"ken": 256}, KeyRefusal.BAD_KEN, "ken"),
        ({"ken": -1}, KeyRefusal.BAD_KEN, "ken"),
        ({"dkga": "03"}, KeyRefusal.BAD_DKGA, "dkga"),
        ({"kcv": "A1B2C"}, KeyRefusal.BAD_KCV, "kcv"),
        ({"kcv": "A1B2CG"}, KeyRefusal.BAD_KCV, "kcv"),
        ({"credit_limit_wh": 0}, KeyRefusal.BAD_LIMIT, "credit_limit"),
        ({"credit_limit_wh": 2**63}, KeyRefusal.BAD_LIMIT, "credit_limit"),
        ({"issue_until_us": revision().active_from_us}, KeyRefusal.ENDS_BEFORE, "issue_until"),
        ({"keeper": KeyKeeper.FILE}, KeyRefusal.BAD_KEEPER, "keeper"),
        ({"keeper": KeyKeeper.PKCS11}, KeyRefusal.BAD_LABEL, "label"),
        ({"keeper": KeyKeeper.MODULE, "label": "x" * 65}, KeyRefusal.BAD_LABEL, "label"),
        ({"keeper": KeyKeeper.PKCS11, "label": "x", "dkga": "02"}, KeyRefusal.NEEDS_THE_KEY, "keeper"),
        ({"label": "x"}, KeyRefusal.NO_LABEL_HERE, "label"),
        ({"days": words.AHEAD_DAYS + 1}, KeyRefusal.TOO_FAR_AHEAD, "active_from"),
    ],
)
def test_what_can_be_no_key_is_refused_by_its_field(store, changes, reason, path):
    assert refused(load(store, **changes)) == (reason, path)
    assert len(store.keys) == 1


@pytest.mark.parametrize("name", ["", "  ", "a\x1b[2J", "x" * (person.PERSON_MAX + 1)])
def test_everybody_has_a_name(store, name):
    assert refused(load(store, by=name)) == (KeyRefusal.BAD_PERSON, "loaded_by")
    load(store)
    assert refused(approve(store, by=name)) == (KeyRefusal.BAD_PERSON, "approved_by")
    assert refused(withdraw(store, by=name)) == (KeyRefusal.BAD_PERSON, "withdrawn_by")


@pytest.mark.parametrize("reason", ["", " ", "a\nb", "x" * (person.REASON_MAX + 1)])
def test_a_withdrawal_has_a_reason(store, reason):
    outcome = withdraw(store, reason=reason, place=(SUPPLY_GROUP, 1))
    assert refused(outcome) == (KeyRefusal.BAD_REASON, "reason")


def test_a_key_that_expires_before_it_begins_is_refused(store):
    # The id of noon, 23 November 2026 UTC+0, has 103 in its upper eight bits; ten days later it still has.
    assert refused(load(store, ken=102)) == (KeyRefusal.EXPIRES_BEFORE, "ken")
    taken(load(store, ken=103))


def test_a_key_that_has_expired_since_it_was_loaded_is_not_approved(store):
    taken(load(store, ken=103))
    late = NOON + timedelta(days=365)
    assert refused(approve(store, now=late)) == (KeyRefusal.EXPIRES_BEFORE, "ken")


def test_expiry_is_reckoned_in_the_civil_time_of_the_group():
    # 103 ends on 2026-12-17 at 03:44 civil time: in Auckland half a day before London.
    begin = microseconds(datetime(2026, 12, 17, 0, 0, tzinfo=UTC))
    london, auckland = MemoryKeys(), MemoryKeys(zone=ZoneInfo("Pacific/Auckland"))
    outcomes = [load(store, ken=103, active_from_us=begin) for store in (london, auckland)]
    taken(outcomes[0])
    assert refused(outcomes[1]) == (KeyRefusal.EXPIRES_BEFORE, "ken")


@pytest.mark.parametrize("expired", [{"base_date": 1993}, {"ken": 85}], ids=str)
def test_a_key_that_has_expired_is_loaded_for_the_meters_that_leave_it(store, expired):
    before = microseconds(NOON - 90 * DAY)
    taken(load(store, active_from_us=before, **expired))
    taken(approve(store))
    ring = KeyRing.of(one.revision for one in store.keys)
    assert ring.serving(SUPPLY_GROUP, microseconds(NOON)).krn == 1


@pytest.mark.parametrize("days", [-30, -20, 5])
def test_a_key_that_has_expired_never_takes_the_place_of_the_one_that_serves(days):
    # The other has begun 30 days ago, and a later one is still to begin.
    store = MemoryKeys(approved(1, -30), approved(3, 10))
    begins = microseconds(NOON + days * DAY)
    assert refused(load(store, base_date=1993, active_from_us=begins)) == (
        KeyRefusal.BASE_DATE_OVER,
        "base_date",
    )


def test_a_base_date_that_is_to_come_is_refused_whatever_serves(store):
    before = microseconds(NOON - 90 * DAY)
    assert refused(load(store, base_date=2035, active_from_us=before)) == (
        KeyRefusal.BASE_DATE_OVER,
        "base_date",
    )


@pytest.mark.parametrize("base_date", [1993, 2035])
def test_a_base_date_whose_years_are_others_is_refused(store, base_date):
    assert refused(load(store, base_date=base_date)) == (KeyRefusal.BASE_DATE_OVER, "base_date")


def test_a_key_whose_last_moment_has_passed_is_refused(store):
    ended = microseconds(NOON - DAY)
    assert refused(load(store, days=-5, issue_until_us=ended)) == (KeyRefusal.ENDED, "issue_until")


def test_a_key_of_dkga02_is_for_groups_without_meters_of_ea11():
    mixed = MemoryKeys(meters=(alike(3, ea="07"), alike(2)))
    outcome = load(mixed, dkga="02")
    assert refused(outcome) == (KeyRefusal.OTHER_ALGORITHM, "dkga")
    assert "(2)" in outcome.sentence
    taken(load(MemoryKeys(meters=(alike(3, ea="07"),)), dkga="02"))


def test_a_group_has_so_many_keys_and_no_more():
    full = MemoryKeys(*(withdrawn(approved()) for _ in range(words.KEYS_MAX)))
    assert refused(load(full)) == (KeyRefusal.TOO_MANY, "sgc")


# -- what to know of it ----------------------------------------------------------------------------------


def test_how_many_meters_get_a_key_change_is_said_with_the_moment(store):
    (warning,) = taken(load(store)).warnings
    assert (warning.why, warning.count) == (KeyWarningWhy.KEY_CHANGE, 5)
    assert warning.sentence == (
        "meters of this group that get a key change with their next purchase from 2026-12-03 04:00 on: 5"
    )


def test_whoever_approves_is_told_the_same(store):
    load(store)
    assert whys(approve(store)) == [KeyWarningWhy.KEY_CHANGE]


def test_a_group_without_meters_is_perhaps_misspelled():
    assert whys(load(MemoryKeys(meters=()))) == [KeyWarningWhy.NO_METERS]


def test_a_group_without_a_name_is_told_of(store):
    assert whys(load(store, sgc="999999")) == [KeyWarningWhy.NO_NAME, KeyWarningWhy.NO_METERS]


def test_a_key_that_begins_before_another_moves_no_meter(store):
    store.keys.append(replace(approved(3, 20), id=9))
    assert whys(load(store)) == [KeyWarningWhy.LATER_KEY]


def test_the_key_that_the_meters_hold_moves_none():
    assert whys(load(MemoryKeys(), krn=1)) == []


def test_whoever_withdraws_a_key_is_told_who_misses_it(store):
    assert whys(withdraw(store, place=(SUPPLY_GROUP, 1))) == [KeyWarningWhy.HELD, KeyWarningWhy.NOTHING_LEFT]


def test_nobody_misses_a_pending_key(store):
    load(store)
    assert whys(withdraw(store)) == []


# -- groups ----------------------------------------------------------------------------------------------


def test_a_group_is_named_and_named_anew():
    store = MemoryKeys()
    named = name_group(SupplyGroup("201457", " West "), keys=store)
    assert named == GroupNamed(SupplyGroup("201457", "West"))
    assert store.groups == [SupplyGroup("201457", "West")]


@pytest.mark.parametrize("zone", ["Mars/Base", "../etc/passwd", "UTC\x00"])
def test_a_group_has_a_clock_that_there_is(zone):
    outcome = name_group(SupplyGroup("201457", "West", zone), keys=MemoryKeys())
    assert refused(outcome) == (KeyRefusal.BAD_ZONE, "timezone")


@pytest.mark.parametrize("name", ["", " ", "a\x1b", "x" * (words.GROUP_NAME_MAX + 1)])
def test_a_group_s_name_can_be_printed(name):
    outcome = name_group(SupplyGroup("201457", name), keys=MemoryKeys())
    assert refused(outcome) == (KeyRefusal.BAD_NAME, "name")


def test_a_group_s_code_has_six_digits():
    assert refused(name_group(SupplyGroup("20145", "x"), keys=MemoryKeys())) == (KeyRefusal.BAD_SGC, "sgc")


def test_once_keys_are_loaded_the_zone_changes_only_where_that_is_meant(store):
    moved = SupplyGroup("201457", "East", "Asia/Jayapura")
    assert refused(name_group(moved, keys=store)) == (KeyRefusal.OTHER_ZONE, "timezone")
    assert name_group(moved, keys=store, zone_may_change=True) == GroupNamed(moved)
    renamed = replace(moved, name="Far east")
    assert name_group(renamed, keys=store) == GroupNamed(renamed)


def test_every_refusal_says_something_of_its_own():
    sentences = {reason.value for reason in KeyRefusal}
    assert len(sentences) == len(KeyRefusal)
