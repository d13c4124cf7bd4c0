"""The office of the contracts' small town: two branches, two banks, three days, every state of a sale."""

from __future__ import annotations

from dataclasses import replace

from adapters.db.poster import QueuedPoster, run_here
from gateway.core.authority import Level
from gateway.core.views_sales import Sales
from tests.contracts.office_town import NORTH, SOUTH, WEDNESDAY, Town
from tests.databases import Fresh
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

    def sale(self, reference: str, bank: str = "east"):
        """Find a sale by its reference."""
        (found,) = self.town.reader.rows(Sales(branch=None, reference=reference, bank=bank))
        return found
