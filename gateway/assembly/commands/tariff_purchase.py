"""The purchase that a tariff command is asked about: its arguments, and the receipt that they make."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from gateway.assembly.commands.open_books import add_config
from gateway.assembly.commands.tariff_booked import booked_receipt
from gateway.assembly.commands.tariff_file import read_tariff_file
from gateway.assembly.commands.terminal import NO_SUCCESS, CommandFault, whole
from gateway.core.buyer import Buyer
from gateway.core.energy import Energy, EnergyFault
from gateway.core.money import Money, MoneyFault
from gateway.core.quote import QuoteRefused
from gateway.multi_tariff.explanation import Receipt

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from gateway.assembly.commands.terminal import CommandParser
    from gateway.core.tariff import Tariff

_COUNT_MAX: Final = 10_000
"""Most months, days or purchases that can be told: a count beyond it is a slip of the pen."""

#: Option → what its value is called, and what it says; every one may be told of a second purchase, too.
_OPTIONS: Final[dict[str, tuple[str, str]]] = {
    "amount": ("MONEY", "what is paid, such as 100.00"),
    "kwh": ("KWH", "how much energy is asked for, in place of --amount"),
    "at": ("MOMENT", "when, by the tariff's clock: 2026-05-02T09:30 (default: now)"),
    "mtd-kwh": ("KWH", "bought in this month before (default: 0)"),
    "ytd-kwh": ("KWH", "bought in this ladder year before (default: 0)"),
    "average-kwh": ("KWH", "the customer's average month, where a price depends on it"),
    "months-due": ("N", "months for which charges are owed, this one among them (default: 1)"),
    "days-due": ("N", "days for which charges are owed (default: 0)"),
    "times-today": ("N", "purchases already made on this day (default: 0)"),
    "contract-kw": ("KW", "the contracted power (default: 0)"),
    "scheme": ("NAMES", "the customer's preferential schemes, with commas between"),
    "free-claimed": ("yes|no", "has the free energy of the month been given? (default: no)"),
    "arrears": ("MONEY", "the customer's old debt (default: 0)"),
    "emergency": ("MONEY", "credit given in advance (default: 0)"),
    "account": ("MONEY", "change from earlier purchases (default: 0)"),
    "channel": ("NAME", "who takes the money"),
    "since": ("DATE", "the first day of the tariff's version, for the explanation"),
}
_COUNTS: Final = ("months-due", "days-due", "times-today")


def add_purchase(parser: CommandParser, prefix: str = "") -> None:
    """Let a command be told a purchase; with a prefix a second one, like the first where not told."""
    for option, (word, said) in _OPTIONS.items():
        count = whole(0, _COUNT_MAX) if option in _COUNTS else str
        help_text = f"of the second purchase: {said.partition(' (default')[0]}" if prefix else said
        parser.add_argument(f"--{prefix}{option}", metavar=word, type=count, help=help_text)


def add_booked(parser: CommandParser, *prefixes: str) -> None:
    """Let a command be told a booked sale in place of a purchase."""
    add_config(parser)
    for prefix in ("", *prefixes):
        parser.add_argument(
            f"--{prefix}receipt", metavar="REFERENCE", help="a booked sale, by the bank's reference"
        )


def receipt_of(arguments: argparse.Namespace, prefix: str = "") -> Receipt:
    """Price the purchase; CommandFault where the arguments are wrong (2) or the purchase is refused (1)."""
    reference = getattr(arguments, f"{prefix}receipt".replace("-", "_"), None)
    if reference is not None:
        return booked_receipt(arguments, reference)
    if arguments.file is None:
        raise CommandFault("neither FILE nor --receipt; cure: name a tariff file or a booked sale")
    told = _told(arguments, prefix)
    file: Path = arguments.then if prefix and arguments.then else arguments.file
    tariff = read_tariff_file(file)
    buyer = _buyer(told, tariff)
    since = None if told["since"] is None else _day(told["since"])
    if (told["amount"] is None) == (told["kwh"] is None):
        raise CommandFault("either --amount or --kwh; cure: say what is paid, or how much is asked for")
    if told["amount"] is not None:
        quote = tariff.quote(Money(_minor(told, "amount", tariff), tariff.currency), buyer)
    else:
        quote = tariff.quote_energy(_wh(told, "kwh") or 0, buyer)
    if isinstance(quote, QuoteRefused):
        raise CommandFault(f"the purchase is refused: {quote.sentence}", NO_SUCCESS)
    return Receipt(quote, buyer, tariff, since)


def _told(arguments: argparse.Namespace, prefix: str) -> dict[str, Any]:
    """The options' values; those of a second purchase that were not told are the first one's."""
    values = {option: getattr(arguments, option.replace("-", "_")) for option in _OPTIONS}
    if not prefix:
        return values
    own = {option: getattr(arguments, f"{prefix}{option}".replace("-", "_")) for option in _OPTIONS}
    if own["amount"] is not None or own["kwh"] is not None:
        values["amount"] = values["kwh"] = None
    return values | {option: value for option, value in own.items() if value is not None}


def _buyer(told: dict[str, Any], tariff: Tariff) -> Buyer:
    claimed = told["free-claimed"] or "no"
    if claimed not in {"yes", "no"}:
        raise CommandFault("--free-claimed: must be yes or no")
    return Buyer(
        at=_moment(told["at"], tariff.timezone),
        mtd_wh=_wh(told, "mtd-kwh") or 0,
        ytd_wh=_wh(told, "ytd-kwh") or 0,
        average_wh=_wh(told, "average-kwh"),
        months_due=1 if told["months-due"] is None else told["months-due"],
        days_due=told["days-due"] or 0,
        times_today=told["times-today"] or 0,
        contract_w=_wh(told, "contract-kw") or 0,  # a kW is a thousand W, as a kWh is a thousand Wh
        schemes=tuple(name for name in (told["scheme"] or "").split(",") if name),
        free_claimed=claimed == "yes",
        arrears_minor=_minor(told, "arrears", tariff),
        emergency_minor=_minor(told, "emergency", tariff),
        account_minor=_minor(told, "account", tariff),
        channel=told["channel"] or "",
    )


def _wh(told: dict[str, Any], option: str) -> int | None:
    if told[option] is None:
        return None
    try:
        energy = Energy.parse_kwh(told[option])
    except EnergyFault as fault:
        raise CommandFault(f"--{option}: {fault}; cure: write it such as 12.5") from None
    if energy.wh < 0:
        raise CommandFault(f"--{option}: must not be below zero")
    return energy.wh


def _minor(told: dict[str, Any], option: str, tariff: Tariff) -> int:
    try:
        minor = Money.parse(told[option] or "0", tariff.currency).minor
    except MoneyFault as fault:
        raise CommandFault(f"--{option}: {fault}; cure: write it such as 100.00") from None
    if minor < 0:
        raise CommandFault(f"--{option}: must not be below zero")
    return minor


def _moment(text: str | None, timezone: str) -> datetime:
    """Read a moment as the tariff's clock shows it; one with an offset is brought there."""
    zone = _zone(timezone)
    if text is None:
        return datetime.now(zone)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CommandFault(f"--at: {text[:40]!r} is no moment; cure: write 2026-05-02T09:30") from None
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)


def _zone(timezone: str) -> ZoneInfo:
    try:
        return ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        sentence = f"FILE: timezone: {timezone} is not known here; cure: name one such as Africa/Nairobi"
        raise CommandFault(sentence) from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandFault(f"--since: {text[:40]!r} is no day; cure: write 2026-05-01") from None
