"""The town's books with people who are signed in, so that what pages order is really judged and booked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.db.views import ViewReader
from gateway.core.authority import Function, Grant, Rights
from gateway.core.session import EnrolPolicy
from gateway.core.views_staff import Diary, Operators
from gateway.office.sign_in import Proof, SignIn
from tests import builders
from tests.office_people import ALL, People
from tests.web.books import Paid
from tests.web.desk import Desk, DoubleGate, office, visitor

if TYPE_CHECKING:
    from admin_web.visitor import Visitor


class Manned(Paid):
    """Books whose ``desk`` answers and takes orders of ``chief`` and ``deputy``, who may do all."""

    def __init__(self, folder, size: int = 10):
        super().__init__(folder, size)
        self.batch = builders.posting_batch(self.engine, lambda: self.now)
        self.people = People(self.batch)
        self.visitors: dict[str, Visitor] = {}
        self.let_in("chief")
        self.let_in("deputy")

    def let_in(self, login, grants=None, branch=None):
        """Enter somebody and sign her in."""
        self.now = builders.NOON - timedelta(minutes=5)
        self.people.enter(login, "four words are better", grants, branch=branch)
        (operator,) = ViewReader(self.engine).rows(Operators(login=login))
        proof = Proof(operator.password, None)
        (content,) = self.batch.run(
            [SignIn(login, f"session-{login}", "192.0.2.7", proof, EnrolPolicy.NOBODY)]
        )
        assert content.session.login == login
        rights = Rights.of([ALL if grants is None else grants], branch)
        self.visitors[login] = visitor(login, rights, name=login.title())
        self.now = builders.NOON
        return self

    def desk(self, **changes):
        gate = DoubleGate(self.visitors)
        return Desk(office(self.engine, gate=gate, poster=self.poster, **changes))

    def diary(self):
        """What stands in the diary, in its order."""
        return list(reversed(ViewReader(self.engine).rows(Diary())))


def only(**levels):
    """Grants by function names: ``only(stock=Level.DO)``."""
    return {Function(name): Grant(level) for name, level in levels.items()}
