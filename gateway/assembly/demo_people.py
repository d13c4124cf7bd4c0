"""The demo's office: two people, so that an order can have a second one; their passwords are drawn.

Two branches and three stations are there already, so that no page is empty on which one begins with them.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.core.authority import Function
from gateway.core.diary import Actor
from gateway.core.office import NotDone
from gateway.core.password_rule import normal
from gateway.core.session import EnrolPolicy
from gateway.office.authorised import Act, Authorised
from gateway.office.manage_roles import KeepBranch, KeepRole, KeepStation
from gateway.office.manage_staff import EnterOperator, GiveRoles, SetPassword
from gateway.office.own_account import OwnAccount
from gateway.office.sign_in import EndSessions, Proof, SignIn
from gateway.office.standard_roles import EVERYTHING

if TYPE_CHECKING:
    from adapters.db.posting_batch import PostingBatch
    from adapters.people.passwords import Passwords
    from gateway.core.books import Command
    from gateway.core.hidden import Hidden
    from gateway.office.staff_order import StaffOrder

#: Who works in the demo's office: login, name.
PEOPLE: Final = (("anna", "Anna Petrova"), ("li.na", "Li Na"))

#: The town's branches: code, name.
BRANCHES: Final = (("north", "North office"), ("south", "South office"))

#: Where power is sold: code, name, branch.
STATIONS: Final = (
    ("north-1", "Counter 1", "north"),
    ("north-2", "Counter 2", "north"),
    ("south-1", "Market kiosk", "south"),
)

_ROLE: Final = "everything"
_BY: Final = Actor("demo")
_PASSWORD_OCTETS: Final = 4


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody of the demo's office, and what she types."""

    login: str
    name: str
    password: str = field(repr=False)


async def enter_people(batch: PostingBatch, passwords: Passwords) -> tuple[DemoPerson, ...]:
    """Enter them with every right, as somebody at the machine would."""
    role = KeepRole(_BY.said, "role", _ROLE, 0, "Everything", EVERYTHING)
    _given(batch, Function.ROLES, role, _ROLE)
    _open_places(batch)
    people = []
    for login, name in PEOPLE:
        person = DemoPerson(login, name, f"river-{secrets.token_hex(_PASSWORD_OCTETS)}")
        _given(batch, Function.OPERATORS, EnterOperator(_BY.said, f"enter {login}", login, name), login)
        _given(batch, Function.ROLES, GiveRoles(_BY.said, f"roles {login}", login, 1, (_ROLE,)), login)
        hashed = await passwords.hashed(normal(person.password))
        given = SetPassword(_BY.said, f"password {login}", login, 2, hashed)
        _given(batch, Function.OPERATORS, given, login)
        _choose(batch, login, hashed)
        people.append(person)
    return tuple(people)


def _choose(batch: PostingBatch, login: str, hashed: Hidden) -> None:
    """Choose the password in her own name: then the first page is not the one for another password."""
    her = Actor(login, f"demo {login}")
    _run(batch, SignIn(login, her.session, "", Proof(hashed, None)))
    _run(batch, OwnAccount(her, SetPassword(login, "chosen", login, 3, hashed), EnrolPolicy.NOBODY))
    _run(batch, EndSessions(her, login))


def _open_places(batch: PostingBatch) -> None:
    """Make the branches and the stations."""
    for code, name in BRANCHES:
        branch = KeepBranch(_BY.said, f"branch {code}", code, name, is_new=True)
        _given(batch, Function.STATIONS, branch, code)
    for code, name, of in STATIONS:
        station = KeepStation(_BY.said, f"station {code}", code, name, of, is_open=True, is_new=True)
        _given(batch, Function.STATIONS, station, code)


def _given(batch: PostingBatch, function: Function, order: StaffOrder, subject: str) -> None:
    _run(batch, Authorised(_BY, Act(function, "", "", subject, reason="the demo is set up"), order))


def _run(batch: PostingBatch, command: Command) -> None:
    (outcome,) = batch.run([command])
    if isinstance(outcome, Exception):
        raise outcome
    assert not isinstance(outcome, NotDone), outcome  # noqa: S101 - new books take all of it
