"""An office on books in a database: its people come in by their own orders, and sign in.

Run as a program it is another process at the same books, which decides one request and says what it was told:
``python house.py URL LOGIN VERDICT REFERENCE``; it dies where ``POWERTILL_CRASH`` says.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from sqlalchemy import select

from adapters.db import tables as t
from adapters.db.journal_reader import JournalReader
from adapters.db.office_load import load_office
from adapters.db.opening import open_database
from gateway.assembly.crash_points import VARIABLE, crash_points
from gateway.core.approval import Verdict
from gateway.core.office import NotDone
from gateway.core.office_answer import SignedIn
from gateway.core.office_books import OfficeBooks, OfficeNeeds
from gateway.core.session import EnrolPolicy
from gateway.office.decide_request import DecideRequest
from gateway.office.manage_roles import KeepRole
from gateway.office.manage_staff import EnterOperator, GiveRoles, SetPassword
from gateway.office.orders import command_of
from gateway.office.own_account import OwnAccount
from gateway.office.sign_in import Proof, SignIn
from gateway.proof.check import check_books
from gateway.proof.check_days import check_days
from gateway.proof.verify import verify
from tests.builders import CHAIN_SECRET, NOON, Till, posting_batch
from tests.office.people import ROLES, actor, administered, hash_of, local

if TYPE_CHECKING:
    from gateway.office.staff_order import StaffOrder

ROOT, BY = local("root"), "local:root"
PEOPLE = {"ada": ("administrator",), "cleo": ("clerk",), "chen": ("chief",), "carl": ("chief", "clerk")}


class House:
    """Posts on books in a database, a batch for each order unless told otherwise."""

    def __init__(self, engine, reached=lambda _point: None):
        self.engine = engine
        self.batch = posting_batch(engine, lambda: NOON, reached=reached)
        self.till = Till(token_in_answer=False)

    def run(self, *commands):
        return self.batch.run(commands)

    def post(self, command):
        (content,) = self.batch.run([command])
        if isinstance(content, Exception):
            raise content
        return content

    def settled(self):
        """Let everybody in, from an empty house on."""
        orders: list[StaffOrder] = [
            KeepRole(BY, f"role {one.code}", one.code, 0, one.name, one.grants) for one in ROLES
        ]
        for login, roles in PEOPLE.items():
            orders += [
                EnterOperator(BY, f"enter {login}", login, login.title()),
                GiveRoles(BY, f"roles {login}", login, 1, roles),
                SetPassword(BY, f"password {login}", login, 2, hash_of("root")),
            ]
        said = self.run(*(administered(ROOT, order) for order in orders))
        assert not [one for one in said if isinstance(one, NotDone | Exception)]
        for login in PEOPLE:
            self.signed_in(login, hash_of("root"))
            own = SetPassword(login, "own password", login, 3, hash_of(login))
            self.post(OwnAccount(actor(login), own, EnrolPolicy.NOBODY))
        return self

    def signed_in(self, login, password):
        done = self.post(SignIn(login, f"session of {login}", "10.0.0.1", Proof(password, None)))
        assert isinstance(done, SignedIn)

    def decide(self, login, verdict, reference, reason=""):
        request = self.office(approvals=(reference,)).approvals[reference]
        return DecideRequest(actor(login), request, verdict, command_of(request), reason)

    def office(self, **needs) -> OfficeBooks:
        with self.engine.connect() as connection:
            return load_office(connection, [OfficeNeeds(everyone=True, **needs)])

    def lines(self):
        with self.engine.connect() as connection:
            return connection.execute(select(t.diary).order_by(t.diary.c.id)).all()

    def is_sound(self):
        journal = JournalReader(self.engine)
        with journal.snapshot() as reader:
            assert check_books(reader) == []
            assert check_days(reader, reader.standing().days, reader.closed_days()) == []
            assert verify(reader.sealed(), CHAIN_SECRET, reader.standing(), {}).findings == []
        assert [line.id for line in self.lines()] == list(range(1, len(self.lines()) + 1))


def main(url: str, login: str, verdict: str, reference: str) -> None:
    engine = open_database(url)
    house = House(engine, crash_points(os.environ.get(VARIABLE)))
    command = house.decide(login, Verdict(verdict), reference, "so")
    print("ready", flush=True)  # noqa: T201 - what the test reads
    sys.stdin.readline()
    said = house.post(command)
    print(said.reason.name if isinstance(said, NotDone) else type(said).__name__, flush=True)  # noqa: T201 - likewise
    house.batch.close()
    engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
