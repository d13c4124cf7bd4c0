"""Make an administrator: somebody at the machine enters who lets the others in, in one step.

    load    everybody and the roles
    decide  is it somebody at the machine? → a login that nobody ever had, a name → would she be one?
    write   the role ``administrator`` where it is not there, and her: with that role, and with the password
            that she has typed herself, so she need not choose another one; all or nothing

In a browser nobody can give this order: there it takes the right to let people in, and the one to give roles.

Refusals: not_allowed, bad_login, bad_name, login_used, no_administrator.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.core.hidden import NOTHING_HIDDEN, Hidden
from gateway.core.office import OfficeRefusal
from gateway.core.office_books import OfficeChange
from gateway.core.people_told import without_rows
from gateway.core.person import LOCAL
from gateway.core.staff import is_administrator
from gateway.core.timeline import microseconds
from gateway.office.manage_staff import EnterOperator
from gateway.office.staff_order import StaffOrder, changed, not_done
from gateway.office.standard_roles import ADMINISTRATOR

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books, Decision


@dataclass(frozen=True, slots=True)
class MakeAdministrator(StaffOrder):
    """She who lets the others in; ``password`` is its hash."""

    login: str
    name: str
    language: str = "en"
    password: Hidden = NOTHING_HIDDEN

    def hidden(self) -> tuple[str, ...]:
        """The hash."""
        return (self.password.reveal(),)

    def change(self, books: Books, now: datetime) -> Decision:
        """Refuse, or make her."""
        if not self.by.startswith(LOCAL):
            return not_done(OfficeRefusal.NOT_ALLOWED)
        entering = EnterOperator(self.by, self.nonce, self.login, self.name, None, self.language)
        entered = entering.change(books, now)
        if entered.office is None:
            return entered
        (operator,) = entered.office.operators
        made = () if ADMINISTRATOR.code in books.office.roles else (ADMINISTRATOR,)
        roles = books.office.roles | {one.code: one for one in made}
        operator = replace(operator, roles=(ADMINISTRATOR.code,), password=self.password, must_change=False)
        if not is_administrator(operator, roles, microseconds(now)):
            return not_done(OfficeRefusal.NO_ADMINISTRATOR)
        told = f"{without_rows(entered.told)}, roles: {operator.roles!r}" + (
            "; the role was made" if made else ""
        )
        return changed(self.login, 1, OfficeChange(operators=(operator,), roles=made), told)
