"""Her own account: what she sees to herself, whoever else must not, and what it means for her sessions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.core.authority import Function
from gateway.core.diary import Action
from gateway.core.hidden import Hidden
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.session import IDLE_US, EnrolPolicy, Stage
from gateway.core.staff import Shift, StaffState
from gateway.office.keep_shift import CloseShift, OpenShift
from gateway.office.manage_roles import KeepBranch, KeepRole, KeepStation
from gateway.office.manage_staff import (
    ChangeOperator,
    EnterOperator,
    GiveRoles,
    SetAuthenticator,
    SetLanguage,
    SetPassword,
)
from gateway.office.own_account import OwnAccount
from tests.office.people import DO, NOON_US, Desk, actor, local, person, session

NEW, SEALED = Hidden("a new hash"), Hidden("a sealed secret")


def own(command, login="cleo", policy=EnrolPolicy.NOBODY):
    return OwnAccount(actor(login), command, policy)


def password(by="cleo", login="cleo", version=1, nonce="n1", new=NEW):
    return SetPassword(by, nonce, login, version, new)


def authenticator(by="cleo", login="cleo", version=1, totp=SEALED, step=7):
    return SetAuthenticator(by, "n2", login, version, totp, step)


def mine(desk, login="cleo"):
    return desk.office.sessions[f"session of {login}"]


def test_a_password_of_her_own_is_nobody_s_to_change_for_her():
    desk = Desk().changed("operators", "cleo", must_change=True, failures=3, held_until_us=9)
    assert desk.post(own(password())) == Changed("cleo", 2)
    cleo = desk.office.operators["cleo"]
    assert (cleo.password, cleo.must_change, cleo.failures, cleo.held_until_us) == (NEW, False, 0, 0)
    assert desk.lines[-1].action is Action.CHANGE
    assert NEW.reveal() not in repr(desk.lines)


@pytest.mark.parametrize("command", [password(), authenticator()])
def test_with_how_she_signs_in_her_other_sessions_end_and_this_one_goes_on(command):
    desk = Desk()
    desk.office.sessions["elsewhere"] = session("cleo", id="elsewhere")
    ended = desk.office.sessions["long ago"] = session("cleo", id="long ago", ended_us=5)
    desk.later(1_000_000).post(own(command))
    assert desk.office.sessions["elsewhere"].ended_us == NOON_US + 1_000_000
    assert desk.office.sessions["long ago"] == ended
    assert (mine(desk).ended_us, mine(desk).seen_us) == (None, NOON_US + 1_000_000)
    assert mine(desk, "chen").ended_us is None


def test_a_language_ends_no_session_and_shakes_no_version():
    desk = Desk()
    desk.office.sessions["elsewhere"] = session("cleo", id="elsewhere")
    assert desk.post(own(SetLanguage("cleo", "n3", "ru"))) == Changed("cleo", 1)
    assert desk.office.operators["cleo"].language == "ru"
    assert desk.office.sessions["elsewhere"].ended_us is None


@pytest.mark.parametrize(
    ("before", "policy", "command", "after"),
    [
        (Stage.SET_PASSWORD, EnrolPolicy.NOBODY, password(), Stage.FULL),
        (Stage.SET_PASSWORD, EnrolPolicy.EVERYBODY, password(), Stage.ENROL),
        (Stage.SET_PASSWORD, EnrolPolicy.APPROVERS, password(), Stage.FULL),
        (Stage.ENROL, EnrolPolicy.EVERYBODY, authenticator(), Stage.FULL),
        (Stage.FULL, EnrolPolicy.EVERYBODY, authenticator(totp=Hidden("")), Stage.ENROL),
    ],
)
def test_the_session_goes_on_as_far_as_it_then_may(before, policy, command, after):
    desk = Desk().changed("sessions", "session of cleo", stage=before)
    assert isinstance(desk.post(own(command, policy=policy)), Changed)
    assert mine(desk).stage is after


def test_an_approver_must_enrol_where_approvers_must():
    desk = Desk().changed("sessions", "session of chen", stage=Stage.SET_PASSWORD)
    desk.post(own(password("chen", "chen"), "chen", EnrolPolicy.APPROVERS))
    assert mine(desk, "chen").stage is Stage.ENROL


def test_to_enrol_does_not_spare_her_a_password_of_her_own():
    desk = Desk().changed("sessions", "session of cleo", stage=Stage.SET_PASSWORD)
    desk.changed("operators", "cleo", must_change=True).post(own(authenticator()))
    assert mine(desk).stage is Stage.SET_PASSWORD


@pytest.mark.parametrize("stage", [Stage.SET_PASSWORD, Stage.ENROL])
def test_a_shift_is_opened_by_whoever_is_signed_in_wholly(stage):
    desk = Desk().changed("sessions", "session of cleo", stage=stage)
    assert desk.why(own(OpenShift("cleo", "n1", "north-1"))) is OfficeRefusal.SIGNED_OUT
    desk.changed("sessions", "session of cleo", stage=Stage.FULL)
    assert isinstance(desk.post(own(OpenShift("cleo", "n1", "north-1"))), Changed)
    assert isinstance(desk.post(own(CloseShift("cleo", "n2", 1, "cleo", "north-1"))), Changed)


def test_a_shift_of_somebody_else_is_not_hers_to_close_without_a_grant():
    desk = Desk()
    desk.office.shifts[4] = Shift(4, "carl", "north-1", NOON_US)
    assert desk.why(own(CloseShift("cleo", "n1", 4, "carl", "north-1"))) is OfficeRefusal.OWN_ACCOUNT
    assert desk.why(own(CloseShift("cleo", "n1", 5, "cleo", "north-1"))) is OfficeRefusal.NO_SHIFT


@pytest.mark.parametrize(
    "command",
    [
        password(login="chen"),
        authenticator(login="chen"),
        password(by="chen", login="chen"),
        SetLanguage("chen", "n1", "zh"),
        OpenShift("chen", "n1", "north-1"),
        # Her own, but each of them needs a grant.
        ChangeOperator("cleo", "n1", "cleo", 1, "Cleo", None, "en", None, StaffState.ACTIVE),
        GiveRoles("cleo", "n1", "cleo", 1, ("chief",)),
        GiveRoles("cleo", "n1", "chen", 1, ()),
        EnterOperator("cleo", "n1", "puppet", "Puppet"),
        KeepRole("cleo", "n1", "all", 0, "All", dict.fromkeys(Function, DO)),
        KeepBranch("cleo", "n1", "west", "West", is_new=True),
        KeepStation("cleo", "n1", "west-1", "West", "north", is_open=True, is_new=True),
    ],
)
def test_what_is_not_about_herself_is_refused(command):
    desk = Desk()
    assert desk.why(own(command)) is OfficeRefusal.OWN_ACCOUNT
    assert desk.decision.office is None


@pytest.mark.parametrize(
    "changes", [{"ended_us": NOON_US}, {"seen_us": NOON_US - IDLE_US}, {"login": "chen"}]
)
def test_a_session_that_does_not_stand_changes_nothing(changes):
    desk = Desk().changed("sessions", "session of cleo", **changes)
    assert desk.why(own(password())) is OfficeRefusal.SIGNED_OUT


@pytest.mark.parametrize("changes", [{"state": StaffState.LEFT}, {"valid_until_us": NOON_US}])
def test_who_has_left_changes_nothing_in_a_session_that_stands(changes):
    desk = Desk().changed("operators", "cleo", **changes)
    assert desk.why(own(password())) is OfficeRefusal.SIGNED_OUT


def test_the_same_form_twice_is_carried_out_once():
    desk = Desk()
    desk.post(own(password()))
    lines, after = len(desk.lines), desk.office.operators["cleo"]
    assert desk.post(own(password())) == Changed("cleo", 2)
    assert (len(desk.lines), desk.office.operators["cleo"]) == (lines, after)
    assert desk.why(own(password(new=Hidden("another")))) is OfficeRefusal.REFERENCE_USED


def test_who_sits_at_the_machine_has_no_account_there():
    assert Desk().why(OwnAccount(local("cleo"), password(), EnrolPolicy.NOBODY)) is OfficeRefusal.SIGNED_OUT


def test_a_stolen_login_with_a_session_of_her_own_is_refused():
    command = replace(own(password("chen", "chen")), actor=replace(actor("chen"), session="session of cleo"))
    assert Desk([*[person("chen"), person("cleo")]]).why(command) is OfficeRefusal.SIGNED_OUT
