"""The roles that an office usually has: offered, made only where they are missing, and then the office's own.

Whoever orders does not approve: who does the work has DO, the supervisor has APPROVE, and only the
administrator gives rights to people. The auditor sees everything but whole tokens, which are good as money.
Readings are seen by whoever settles with them (a meter that leaves, energy in the ledger), not at a counter:
they tell whose meter is to be inspected.
Limits depend on the currency, so none is set: an office sets its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.core.authority import LEVELS, Function, Grant, Level
from gateway.core.staff import Role

if TYPE_CHECKING:
    from collections.abc import Iterable

_F = Function

#: All that there is, and to any amount.
EVERYTHING: Final = {function: Grant(max(LEVELS[function])) for function in Function}

#: The first person, who lets the others in.
ADMINISTRATOR: Final = Role("administrator", "Administrator", EVERYTHING)


def _role(
    code: str, view: Iterable[Function], do: Iterable[Function], approve: Iterable[Function] = ()
) -> Role:
    levels = ((Level.VIEW, view), (Level.DO, do), (Level.APPROVE, approve))
    grants = {function: Grant(level) for level, functions in levels for function in functions}
    return Role(code, code.capitalize(), grants)


CASHIER: Final = _role(
    "cashier",
    view=(
        _F.DASHBOARD, _F.FIND_TOKEN, _F.SHOW_TOKEN, _F.CUSTOMERS, _F.METERS, _F.SALES, _F.EXCEPTIONS,
    ),
    # What she sold by mistake she asks to have taken back: every such order waits for a second person.
    do=(_F.SHIFTS, _F.SELLING, _F.INVOICES, _F.REVERSALS),
)  # fmt: skip

CLERK: Final = _role(
    "clerk",
    view=(
        _F.DASHBOARD, _F.FIND_TOKEN, _F.CUSTOMERS, _F.METERS, _F.READINGS, _F.STOCK, _F.SALES, _F.LINES,
    ),
    do=(
        _F.REGISTRATION, _F.INSTALLATION, _F.AMENDMENT, _F.TERMS, _F.REPLACEMENT, _F.CANCELLATION,
    ),
)  # fmt: skip

ACCOUNTANT: Final = _role(
    "accountant",
    view=(
        _F.DASHBOARD, _F.FIND_TOKEN, _F.CUSTOMERS, _F.METERS, _F.READINGS, _F.SALES, _F.INVOICES,
        _F.LEDGER, _F.DAYS, _F.BANKS, _F.SHIFTS,
    ),
    do=(_F.EXCEPTIONS, _F.REVERSALS, _F.FLOATS, _F.TARIFFS, _F.EXPORT),
)  # fmt: skip

ENGINEER: Final = _role(
    "engineer",
    view=(
        _F.DASHBOARD, _F.FIND_TOKEN, _F.CUSTOMERS, _F.METERS, _F.SALES, _F.EXCEPTIONS, _F.TARIFFS,
        _F.STATIONS,
    ),
    do=(
        _F.STOCK, _F.READINGS, _F.INSTALLATION, _F.REPLACEMENT, _F.RESETS, _F.DICTIONARY,
        _F.MANAGEMENT_TOKENS, _F.KEYS, _F.LINES, _F.RELAYS, _F.TIMETABLES,
    ),
)  # fmt: skip

SUPERVISOR: Final = _role(
    "supervisor",
    view=(
        _F.DASHBOARD, _F.FIND_TOKEN, _F.SHOW_TOKEN, _F.CUSTOMERS, _F.METERS, _F.SALES, _F.LEDGER, _F.DAYS,
        _F.BANKS, _F.OPERATORS, _F.DIARY, _F.LINES,
    ),
    do=(
        _F.REGISTRATION, _F.INSTALLATION, _F.AMENDMENT, _F.STOCK, _F.READINGS, _F.INVOICES, _F.STATIONS,
        _F.DICTIONARY, _F.SHIFTS, _F.CORRECTIONS, _F.EXPORT,
    ),
    approve=(
        _F.TERMS, _F.REPLACEMENT, _F.RESETS, _F.CANCELLATION, _F.EXCEPTIONS, _F.REVERSALS, _F.FLOATS,
        _F.MANAGEMENT_TOKENS, _F.TARIFFS, _F.KEYS, _F.RELAYS, _F.TIMETABLES,
    ),
)  # fmt: skip

AUDITOR: Final = _role(
    "auditor",
    view=[one for one in Function if one is not _F.SHOW_TOKEN and Level.VIEW in LEVELS[one]],
    do=(_F.EXPORT,),
)

STANDARD_ROLES: Final = (CASHIER, CLERK, ACCOUNTANT, ENGINEER, SUPERVISOR, AUDITOR)
