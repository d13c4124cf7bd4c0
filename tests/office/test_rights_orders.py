"""Rights take a second person, who may not be the one that gets them."""

from __future__ import annotations

import pytest

from gateway.core.approval import Verdict
from gateway.core.authority import Function, Grant, Level
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import ApprovalAsked, Changed
from gateway.core.staff import grants_text
from gateway.office.authorised import Authorised
from gateway.office.decide_request import DecideRequest
from gateway.office.manage_staff import GiveRoles
from gateway.office.orders import act_of, command_of
from gateway.office.rights_orders import GiveRolesOrder, KeepRoleOrder, seen_of
from tests.office.people import APPROVE, DO, PEOPLE, ROLES, Desk, actor, local, person, role

GIVE = GiveRolesOrder("gina", 1, "clerk,guest", "n1")
GRANTS = grants_text({Function.SALES: Grant(Level.VIEW), Function.FLOATS: Grant(Level.DO, 5_000)})
KEEP = KeepRoleOrder("teller", 0, "Teller", GRANTS, "n2")


@pytest.fixture
def desk():
    people = [
        *PEOPLE,
        person("eve", "rights"),
        person("olga", "owner"),
    ]
    roles = [*ROLES, role("rights", operators=DO, roles=APPROVE), role("owner", roles=APPROVE)]
    return Desk(people, roles)


def asked(desk, order, who="ada"):
    content = desk.post(Authorised(actor(who), act_of(order, "new here"), order.command(who, "new here")))
    assert isinstance(content, ApprovalAsked), content
    return desk.office.approvals[content.reference]


def decided(desk, request, who):
    by = who if not isinstance(who, str) else actor(who)
    return desk.post(DecideRequest(by, request, Verdict.APPROVE, command_of(request)))


def test_roles_are_given_once_another_person_has_approved_it(desk):
    request = asked(desk, GIVE)
    assert desk.office.operators["gina"].roles == ("guest",)
    assert decided(desk, request, "eve") == Changed("gina", 2)
    assert desk.office.operators["gina"].roles == ("clerk", "guest")
    assert "roles: ('guest',) → ('clerk', 'guest')" in desk.lines[-1].detail


def test_a_role_is_kept_once_another_person_has_approved_it(desk):
    request = asked(desk, KEEP)
    assert "teller" not in desk.office.roles
    assert decided(desk, request, "eve") == Changed("teller", 1)
    assert grants_text(desk.office.roles["teller"].grants) == GRANTS
    assert "floats: none → do up to 5000" in desk.lines[-1].detail


def test_nobody_approves_what_she_asked_for_here_or_at_the_machine(desk):
    request = asked(desk, GIVE, "eve")
    for who in ("eve", local("eve"), local("Eve ")):
        assert decided(desk, request, who) == NotDone(OfficeRefusal.OWN_REQUEST)


def test_nobody_approves_the_roles_that_she_gets_herself(desk):
    request = asked(desk, GiveRolesOrder("olga", 1, "owner,chief", "n3"))
    for who in ("olga", local("olga")):
        assert decided(desk, request, who) == NotDone(OfficeRefusal.OWN_ROLES)
    assert decided(desk, request, "eve") == Changed("olga", 2)


def test_nobody_approves_a_change_of_a_role_that_she_has(desk):
    request = asked(desk, KeepRoleOrder("owner", 1, "Owner", grants_text({Function.FLOATS: APPROVE}), "n4"))
    assert decided(desk, request, "olga") == NotDone(OfficeRefusal.OWN_ROLES)
    assert decided(desk, request, "eve") == Changed("owner", 2)


def test_what_changed_since_it_was_asked_for_is_not_overwritten(desk):
    request = asked(desk, GIVE)
    other = asked(desk, GiveRolesOrder("gina", 1, "chief", "n5"))
    decided(desk, other, "eve")
    assert decided(desk, request, "olga") == NotDone(OfficeRefusal.TWICE_AT_ONCE)
    assert desk.office.operators["gina"].roles == ("chief",)


def bound(desk, roles="clerk,guest"):
    """The order as a page makes it: with the versions of the roles that she has and gets."""
    seen = seen_of(desk.office.operators["gina"].roles, roles.split(","), desk.office.roles)
    return GiveRolesOrder("gina", 1, roles, "n1", seen)


@pytest.mark.parametrize("code", ["clerk", "guest"])
def test_roles_that_grant_something_else_than_when_they_were_asked_for_are_not_given(desk, code):
    request = asked(desk, bound(desk, "clerk"))
    desk.changed("roles", code, version=2, grants={Function.KEYS: APPROVE})
    assert decided(desk, request, "eve") == NotDone(OfficeRefusal.TWICE_AT_ONCE)
    assert desk.office.operators["gina"].roles == ("guest",)


def test_a_role_that_has_nothing_to_do_with_it_may_change_meanwhile(desk):
    request = asked(desk, bound(desk))
    desk.changed("roles", "chief", version=2)
    assert decided(desk, request, "eve") == Changed("gina", 2)


def test_the_diary_tells_which_rights_somebody_gets_and_loses(desk):
    desk.changed("roles", "guest", grants={Function.FLOATS: Grant(Level.APPROVE, 50), Function.KEYS: DO})
    order = GiveRolesOrder("gina", 1, "clerk", "n6")
    decided(desk, asked(desk, order), "eve")
    told = desk.lines[-1].detail.partition("; rights: ")[2]
    assert "floats: approve up to 50 → do" in told
    assert "keys: do → none" in told
    assert "stock: none → do" in told


def test_of_several_roles_the_diary_tells_each_limit(desk):
    desk.changed("roles", "guest", grants={Function.FLOATS: Grant(Level.APPROVE, 50)})
    decided(desk, asked(desk, bound(desk)), "eve")
    assert "floats: approve up to 50 → approve up to 50 and do" in desk.lines[-1].detail


def test_who_sits_at_the_machine_needs_nobody(desk):
    command = GIVE.command("local:root", "set-up")
    assert desk.post(Authorised(local("root"), act_of(GIVE, "set-up"), command)) == Changed("gina", 2)


@pytest.mark.parametrize("roles", ["", "clerk", "clerk,guest"])
def test_roles_are_read_as_they_were_kept(roles):
    order = GiveRolesOrder("gina", 1, roles, "n")
    given = order.command("ada", "")
    assert isinstance(given, GiveRoles)
    assert ",".join(given.roles) == roles
