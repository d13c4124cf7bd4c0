"""The office of the contracts' small town: two branches, two banks, three days, every state of a sale."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import insert

from adapters.db import office_tables as t
from adapters.db.office_rows import session_row
from adapters.db.poster import QueuedPoster, run_here
from gateway.core.authority import Level
from gateway.core.session import Session, Stage
from gateway.core.timeline import microseconds
from gateway.core.views_sales import Sales
from tests.contracts.office_town import NORTH, SOUTH, WEDNESDAY, Town
from tests.databases import Fresh
from tests.office_people import People
from tests.web.desk import Desk, DoubleGate, granted, office, people, visitor


def of_branch(login: str, branch: str, level: Level = Level.VIEW, *functions):
    """One who sees one branch."""
    return visitor(login, replace(granted(level, *functions), branch=branch))


class TownDesk(Desk):
    """Asks the site of the town; ``town`` has its books."""

    def __init__(self, folder, **more):
        self.town = Town(Fresh("sqlite", folder, None))
        staff = {**people(), "north": of_branch("north", NORTH), "south": of_branch("south", SOUTH)}
        poster = QueuedPoster(self.town.batch, run_here)
        gate = DoubleGate(staff | more.pop("staff", {}))
        super().__init__(office(self.town.engine, gate=gate, poster=poster, today=WEDNESDAY, **more))
        gate.writing(self.office)

    def sale(self, reference: str, bank: str = "east"):
        """Find a sale by its reference."""
        (found,) = self.town.reader.rows(Sales(branch=None, reference=reference, bank=bank))
        return found

    def enter_people(self, *logins: str):
        """Let the books know these people as the gate does, signed in; their rights are those of the gate."""
        people, branches = People(self.town.batch), set[str]()
        at_us = microseconds(self.town.now)
        for login in logins:
            known = self.office.gate.people[login]  # type: ignore[attr-defined]  # the double's
            if known.rights.branch is not None and known.rights.branch not in branches:
                people.branch(known.rights.branch)
                branches.add(known.rights.branch)
            grants = {one: found[0] for one, found in known.rights.grants.items()}
            people.enter(login, "long enough a password", grants, branch=known.rights.branch)
            session = Session(known.session_id, login, at_us, at_us, Stage.FULL)
            with self.town.engine.begin() as connection:
                connection.execute(insert(t.session).values(session_row(session)))
        return self
