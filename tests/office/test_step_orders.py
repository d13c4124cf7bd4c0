"""Steps of a tariff's and a key's life by people of the office: whose right each takes, and what is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.core.authority import Function, Grant, Level
from gateway.core.diary import Action, DiaryOutcome
from gateway.core.key_life import KnownGroup, SupplyGroup
from gateway.core.key_words import GroupNamed, KeyRefusal, KeyStep
from gateway.core.life_told import key_told, tariff_told
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.reading_plan import GroupKind, MeterGroup
from gateway.core.tariff_life import PricedType, TariffState
from gateway.core.tariff_rules import TariffRefusal, TariffStep
from gateway.core.timeline import microseconds
from gateway.core.timetable_version import TimetableState, TimetableVersion
from gateway.multi_tariff.publish_tariff import ApproveTariff, DraftTariff, WithdrawTariff
from gateway.multi_tariff.publish_timetable import ApproveTimetable, DraftTimetable, WithdrawTimetable
from gateway.office.step_orders import ordered
from gateway.prepayment.keep_keys import ApproveKey, LoadKey, NameGroup, WithdrawKey
from tests.builders import NOON, SUPPLY_GROUP, ZONE
from tests.multi_tariff.builders import BODY, DAY, STANDARD, approved, draft
from tests.office.people import Desk, actor, local, person, role
from tests.timetables import rates
from tests.vending_keys import KCV, alike, revision
from tests.vending_keys import approved as approved_key
from tests.vending_keys import loaded as pending_key

PLACE = (SUPPLY_GROUP, 2)
RATES = rates().stored()
LEVELS = {"vera": Level.VIEW, "dora": Level.DO, "amy": Level.APPROVE, "abe": Level.APPROVE}


@pytest.fixture
def desk():
    """One who looks, one who drafts, two who approve; a version and a key of each state."""
    lives = ("tariffs", "timetables", "keys")
    roles = [role(name, **dict.fromkeys(lives, Grant(level))) for name, level in LEVELS.items()]
    made = Desk([person(name, name) for name in LEVELS], roles)
    made.office.priced["domestic"] = PricedType(
        (approved("v1"), draft("v2"), approved("v3", 20)), has_meters=True
    )
    keys = (replace(approved_key(1), id=1), replace(pending_key(2, keeper=revision().keeper), id=2))
    made.office.groups[SUPPLY_GROUP] = KnownGroup(SUPPLY_GROUP, None, None, keys, (alike(),))
    made.office.next_key = 3
    made.books.files.lines.groups["north"] = MeterGroup("north", "North", GroupKind.ALL)
    one = TimetableVersion("homes", 1, "Homes", "north", RATES, microseconds(NOON + 5 * DAY), by="local:li")
    known = (one, replace(one, number=2, state=TimetableState.APPROVED), replace(one, code="shops"))
    made.books.files.lines.timetables |= {each.reference: each for each in known}
    return made


def drafting(by):
    return DraftTariff("domestic", "v4", by, NOON + 30 * DAY, BODY, STANDARD)


STEPS = {
    "draft": (drafting, Level.DO),
    "withdraw a draft": (
        lambda by: WithdrawTariff("domestic", "v2", by, "a slip", only_draft=True),
        Level.DO,
    ),
    "approve a version": (lambda by: ApproveTariff("domestic", "v2", by, STANDARD), Level.APPROVE),
    "withdraw a version": (lambda by: WithdrawTariff("domestic", "v3", by, "a slip"), Level.APPROVE),
    "draft a timetable": (
        lambda by: DraftTimetable(by, "n", "homes", "Homes", "north", RATES, microseconds(NOON + 30 * DAY)),
        Level.DO,
    ),
    "withdraw a draft of a timetable": (
        lambda by: WithdrawTimetable(by, "n", "homes/1", 1, "a slip", only_draft=True),
        Level.DO,
    ),
    "approve a timetable": (lambda by: ApproveTimetable(by, "n", "shops/1", 1), Level.APPROVE),
    "withdraw a timetable": (lambda by: WithdrawTimetable(by, "n", "homes/2", 1, "a slip"), Level.APPROVE),
    "load": (lambda by: LoadKey(by, revision(3), ZONE), Level.DO),
    "name a group": (lambda by: NameGroup(by, SupplyGroup(SUPPLY_GROUP, "East")), Level.DO),
    "withdraw a pending key": (lambda by: WithdrawKey(by, PLACE, "a slip", only_pending=True), Level.DO),
    "approve a key": (lambda by: ApproveKey(by, PLACE, KCV, ZONE, is_whole=True), Level.APPROVE),
    "withdraw a key": (lambda by: WithdrawKey(by, (SUPPLY_GROUP, 1), "a slip"), Level.APPROVE),
}


@pytest.mark.parametrize("login", ["vera", "dora", "amy"])
@pytest.mark.parametrize(("make", "wants"), STEPS.values(), ids=STEPS)
def test_each_step_takes_its_level_and_has_its_line(desk, make, wants, login):
    order = ordered(actor(login), make(login))
    content = desk.post(order)
    (line,) = desk.lines
    assert line.actor == actor(login)
    if LEVELS[login] >= wants:
        assert isinstance(content, TariffStep | KeyStep | GroupNamed | Changed)
        assert line.outcome is DiaryOutcome.DONE
        assert line.detail.endswith(desk.decision.told)
        assert desk.decision.told
    else:
        assert content.reason is OfficeRefusal.NOT_ALLOWED
        assert (line.outcome, desk.decision.office) == (DiaryOutcome.REFUSED, None)


def test_a_right_to_tariffs_is_none_to_keys(desk):
    desk.office.roles["dora"] = role("dora", tariffs=Grant(Level.APPROVE))
    assert desk.why(ordered(actor("dora"), LoadKey("dora", revision(3), ZONE))) is OfficeRefusal.NOT_ALLOWED


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (WithdrawTariff("domestic", "v3", "dora", "a slip", only_draft=True), TariffRefusal.NO_DRAFT),
        (WithdrawKey("dora", (SUPPLY_GROUP, 1), "a slip", only_pending=True), KeyRefusal.NOT_PENDING),
    ],
)
def test_who_may_not_approve_withdraws_nothing_that_is_approved(desk, step, reason):
    refused = desk.post(ordered(actor("dora"), step))
    assert refused.reason is reason
    (line,) = desk.lines
    assert (line.outcome, line.detail) == (DiaryOutcome.REFUSED, f"a slip; {refused.sentence}")


@pytest.mark.parametrize("first", [actor, local])
@pytest.mark.parametrize("second", [actor, local])
def test_one_login_is_one_person_at_the_machine_and_in_a_browser(desk, first, second):
    assert isinstance(desk.post(ordered(first("amy"), drafting("amy"))), TariffStep)
    step = ApproveTariff("domestic", "v4", "amy", STANDARD)
    assert desk.why(ordered(second("amy"), step)) is TariffRefusal.SAME_PERSON
    assert isinstance(desk.post(ordered(second("abe"), replace(step, by="abe"))), TariffStep)
    assert desk.office.priced["domestic"].named("v4").state is TariffState.APPROVED


def test_no_step_is_given_in_another_person_s_name(desk):
    with pytest.raises(ValueError, match="in his own name"):
        ordered(actor("amy"), drafting("dora"))


def test_a_key_loaded_in_parts_is_not_approved_from_a_browser(desk):
    step = ApproveKey("amy", PLACE, KCV, ZONE)
    assert desk.why(ordered(actor("amy"), step)) is KeyRefusal.IN_PARTS


def test_lines_tell_what_the_rows_hold(desk):
    version = desk.post(ordered(actor("dora"), drafting("dora"))).version
    key = desk.post(ordered(actor("dora"), LoadKey("dora", revision(3), ZONE))).key
    far = SupplyGroup(SUPPLY_GROUP, "East", "Asia/Jayapura")
    desk.post(ordered(actor("dora"), NameGroup("dora", far, zone_may_change=True)))
    assert [(line.function, line.action, line.subject, line.detail) for line in desk.lines] == [
        (Function.TARIFFS.value, Action.ORDER, "domestic, version v4", tariff_told(version)),
        (Function.KEYS.value, Action.ORDER, f"{SUPPLY_GROUP}, revision 3", key_told(key)),
        (Function.KEYS.value, Action.CHANGE, SUPPLY_GROUP, "'East', Asia/Jayapura"),
    ]
    assert key.id == 3
    # The next key of the batch has the next number, and the group's clock counts at once.
    assert desk.office.next_key == 4
    assert str(desk.office.groups[SUPPLY_GROUP].zone) == "Asia/Jayapura"


@pytest.mark.parametrize("name", ["", "a\x00b", "\ud800", "x" * 500])
def test_names_that_nothing_can_have_are_refused_and_told_without_harm(desk, name):
    for step in (
        replace(drafting("dora"), power_type=name),
        replace(drafting("dora"), version=name),
        LoadKey("dora", revision(sgc=name), ZONE),
    ):
        content = desk.post(ordered(actor("dora"), step))
        assert content.reason in {TariffRefusal.BAD_POWER_TYPE, TariffRefusal.BAD_VERSION, KeyRefusal.BAD_SGC}
        needs = step.needs().office
        assert name not in (*needs.priced, *needs.groups, step.key)
