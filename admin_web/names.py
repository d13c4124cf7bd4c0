"""What the functions, levels and areas of the office are called on its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.words import msg
from gateway.core.authority import Area, Function, Level

if TYPE_CHECKING:
    from collections.abc import Mapping

AREA_NAMES: Final[Mapping[Area, str]] = {
    Area.WORK: msg("Work"),
    Area.FILES: msg("Files"),
    Area.LINES: msg("Lines"),
    Area.MONEY: msg("Money"),
    Area.SET_UP: msg("Set-up"),
    Area.CONTROL: msg("Control"),
}

FUNCTION_NAMES: Final[Mapping[Function, str]] = {
    Function.DASHBOARD: msg("Overview"),
    Function.FIND_TOKEN: msg("Find a token"),
    Function.SHOW_TOKEN: msg("Show a whole token"),
    Function.EXCEPTIONS: msg("Exceptions"),
    Function.CUSTOMERS: msg("Customers"),
    Function.REGISTRATION: msg("Registration"),
    Function.INSTALLATION: msg("Installation"),
    Function.AMENDMENT: msg("Amendment of files"),
    Function.TERMS: msg("Terms of supply points"),
    Function.REPLACEMENT: msg("Meter replacing"),
    Function.RESETS: msg("Reset for selling"),
    Function.CANCELLATION: msg("Cancelling of meters"),
    Function.METERS: msg("Meters"),
    Function.READINGS: msg("Readings"),
    Function.STOCK: msg("Meter stock"),
    Function.LINES: msg("Lines and reading rounds"),
    Function.RELAYS: msg("Switching meters on and off"),
    Function.TIMETABLES: msg("Timetables of rates"),
    Function.MANAGEMENT_TOKENS: msg("Management tokens"),
    Function.SELLING: msg("Selling at a counter"),
    Function.SALES: msg("Sales"),
    Function.INVOICES: msg("Invoices"),
    Function.CORRECTIONS: msg("Corrections of sales"),
    Function.REVERSALS: msg("Reversals"),
    Function.LEDGER: msg("Ledger"),
    Function.DAYS: msg("Business days"),
    Function.BANKS: msg("Banks"),
    Function.FLOATS: msg("Floats"),
    Function.TARIFFS: msg("Tariffs"),
    Function.KEYS: msg("Vending keys"),
    Function.STATIONS: msg("Stations"),
    Function.DICTIONARY: msg("Network dictionary"),
    Function.SHIFTS: msg("Shifts"),
    Function.OPERATORS: msg("Operators"),
    Function.ROLES: msg("Roles"),
    Function.DIARY: msg("Diary"),
    Function.EXPORT: msg("Downloads"),
}

LEVEL_NAMES: Final[Mapping[Level, str]] = {
    Level.NONE: msg("nothing"),
    Level.VIEW: msg("see"),
    Level.DO: msg("do"),
    Level.APPROVE: msg("approve"),
}
