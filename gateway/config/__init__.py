"""The configuration: read once, typed, and refused early with a sentence that an operator understands.

What every key means, its unit, bound and default: docs/configuration.md. Secrets stand in files of their own
(mode 0600) and show in no repr; relative paths begin where the configuration file is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.config.admin import ADMIN_KEYS, AdminSettings, read_admin
from gateway.config.bank import BANK_KEYS, BANKS_MAX, BankSettings, cut_over_of, read_bank
from gateway.config.counter import COUNTER_KEYS, CounterSettings, read_counter
from gateway.config.invoices import INVOICES_KEYS, InvoiceSettings, read_invoices
from gateway.config.keys import KEYS_KEYS, KeysSettings, read_keys
from gateway.config.ledger import LEDGER_KEYS, LedgerSettings, database_password, database_url, read_ledger
from gateway.config.line_settings import LinesSettings, read_lines
from gateway.config.listen import listen_of, place_of
from gateway.config.notify import NOTIFY_KEYS, NotifySettings, read_notify
from gateway.config.reader import ConfigFault, Section, read_source
from gateway.config.readings import READINGS_KEYS, ReadingSettings, read_readings
from gateway.config.refunds import REFUNDS_KEYS, read_refunds
from gateway.config.relays import RELAYS_KEYS, read_relays
from gateway.config.secret_file import hex_secret
from gateway.config.stations import STATIONS_KEYS, StationSettings, read_stations
from gateway.core.currency import CURRENCY_EXPONENT
from gateway.core.tariff.field import TariffFault, rate_of

if TYPE_CHECKING:
    from datetime import time
    from pathlib import Path

    from gateway.core.refund_price import RefundPrice
    from gateway.core.relay_hours import RelayHours
    from gateway.secret import Secret

__all__ = [
    "AdminSettings", "BankSettings", "Config", "ConfigFault", "CounterSettings", "InvoiceSettings",
    "KeysSettings", "LedgerSettings", "LinesSettings", "NotifySettings", "ReadingSettings", "StationSettings",
    "load_config",
]  # fmt: skip

VENDING_KEYS_MAX: Final = 64
"""Supply groups and key revisions of one utility; most have one or two."""

VENDING_KEY_BYTES: Final = 20
"""A vending key for DKGA04 has 160 bits (IEC 62055-41, 6.5.3.6)."""

LOG_LEVELS: Final = ("debug", "info", "warning", "error", "critical")

_SECTIONS: Final = (
    "utility", "database", "ledger", "keys", "vending_key", "bank", "health", "admin", "notify", "log",
    "pricing", "counter", "invoices", "readings", "refunds", "stations", "relays", "lines", "line",
)  # fmt: skip
_OWN_PORT: Final = "give each door its own port"
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_SGC: Final = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True)
class UtilitySettings:
    """Whose energy is sold; ``cut_over`` is when its business day begins, in its own ``zone``."""

    name: str
    currency: str
    zone: ZoneInfo
    cut_over: time


@dataclass(frozen=True, slots=True)
class VendingKey:
    """A key that tokens are made with, known by supply group code and key revision number."""

    sgc: str
    krn: int
    key: Secret


@dataclass(frozen=True, slots=True)
class LogSettings:
    """From which level on a line is written, and where to; None is standard error."""

    level: str
    file: Path | None


#: What becomes of a meter's counters with another power type.
CARRY, PRORATE = "carry", "prorate"


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the operator decides. ``database_url`` is in no repr, since it says who and where.

    ``health_listen`` is None where there is no health door, ``admin`` where the office has no pages,
    ``stations`` where there is no door for card stations,
    ``notify`` where nobody is told what was sold.
    ``flat_rate`` is the decimal text of a price per kWh in the utility's currency, as tariff tables write it,
    for when multi_tariff does not run. ``prorates``: where a supply point gets another power type, what its
    meter has bought in the month and the ladder's year is counted on in proportion to the days that are left.
    """

    file: str
    utility: UtilitySettings
    database_url: str = field(repr=False)
    database_password: Secret | None
    ledger: LedgerSettings
    vending_keys: tuple[VendingKey, ...]
    keys: KeysSettings
    banks: tuple[BankSettings, ...]
    counter: CounterSettings
    health_listen: str | None
    admin: AdminSettings | None
    invoices: InvoiceSettings
    notify: NotifySettings | None
    log: LogSettings
    flat_rate: str | None
    prorates: bool
    readings: ReadingSettings
    refund_price: RefundPrice
    relay_hours: RelayHours
    stations: StationSettings | None = None
    lines: LinesSettings = field(default_factory=LinesSettings)


def load_config(path: str) -> Config:
    """Read the configuration file; ConfigFault says file, line, key, what is wrong and the cure."""
    source, tables = read_source(path)
    root = Section(source, (), "", tables, _SECTIONS)
    utility = _utility(root.table("utility", ("name", "currency", "timezone", "cut_over")))
    banks = [read_bank(row, utility.currency) for row in _bank_rows(root)]
    health = root.table("health", ("listen",))
    health_listen = listen_of(health) if root.has("health") else None
    pricing = root.table("pricing", ("flat_rate", "counters"))
    admin = read_admin(root.table("admin", ADMIN_KEYS)) if root.has("admin") else None
    stations = _stations(root, admin)
    _refuse_twins(root, banks, health_listen, admin, stations)
    database = root.table("database", ("url", "password_file"))
    return Config(
        file=path,
        utility=utility,
        database_url=database_url(database),
        database_password=database_password(database),
        ledger=read_ledger(root.table("ledger", LEDGER_KEYS)),
        vending_keys=_vending_keys(root),
        keys=read_keys(root.table("keys", KEYS_KEYS)),
        banks=tuple(banks),
        counter=read_counter(root.table("counter", COUNTER_KEYS), utility.currency),
        health_listen=health_listen,
        admin=admin,
        invoices=read_invoices(root.table("invoices", INVOICES_KEYS)),
        notify=read_notify(root.table("notify", NOTIFY_KEYS)) if root.has("notify") else None,
        log=_log(root.table("log", ("level", "file"))),
        flat_rate=_flat_rate(pricing),
        prorates=pricing.one_of("counters", CARRY, (CARRY, PRORATE)) == PRORATE,
        readings=read_readings(root.table("readings", READINGS_KEYS)),
        refund_price=read_refunds(root.table("refunds", REFUNDS_KEYS)),
        relay_hours=read_relays(root.table("relays", RELAYS_KEYS)),
        stations=stations,
        lines=read_lines(root, utility.currency),
    )


def _stations(root: Section, admin: AdminSettings | None) -> StationSettings | None:
    if not root.has("stations"):
        return None
    return read_stations(root.table("stations", STATIONS_KEYS), has_admin=admin is not None)


def _utility(section: Section) -> UtilitySettings:
    currency = section.text("currency", like=_CURRENCY, must="the three letters of ISO 4217")
    if currency not in CURRENCY_EXPONENT:
        raise section.fault("currency", f"{currency} is no currency of ISO 4217", 'write for example "CNY"')
    zone = section.text("timezone")
    try:
        in_force = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise section.fault(
            "timezone", f"{zone[:60]!r} is no IANA time zone", 'write for example "Africa/Nairobi"'
        ) from None
    return UtilitySettings(section.text("name"), currency, in_force, cut_over_of(section, "00:00"))


def _vending_keys(root: Section) -> tuple[VendingKey, ...]:
    found: dict[tuple[str, int], VendingKey] = {}
    for row in root.rows("vending_key", ("sgc", "krn", "file"), VENDING_KEYS_MAX):
        sgc = row.text("sgc", like=_SGC, must="six digits in quotes")
        # IEC 62055-41, 6.1.9: the key revision number is one digit from 1 on.
        krn = row.whole("krn", None, least=1, most=9)
        row.label = f"vending_key.{sgc}.{krn}"
        if (sgc, krn) in found:
            raise row.fault("", "stands here twice", "take one of them out")
        found[sgc, krn] = VendingKey(sgc, krn, hex_secret(row, "file", VENDING_KEY_BYTES))
    return tuple(found.values())


def _bank_rows(root: Section) -> list[Section]:
    return root.rows("bank", BANK_KEYS, BANKS_MAX)


def _refuse_twins(
    root: Section,
    banks: list[BankSettings],
    health_listen: str | None,
    admin: AdminSettings | None,
    stations: StationSettings | None,
) -> None:
    """Refuse a bank code that stands there twice, and two doors at one place."""
    codes: set[str] = set()
    places = {place_of(health_listen): "health"} if health_listen else {}
    of_tables = (("admin", ADMIN_KEYS, admin), ("stations", STATIONS_KEYS, stations))
    for name, keys, door in of_tables:
        if door is None:
            continue
        place = place_of(door.listen)
        if place is not None and place in places:
            what = f"{places[place]} listens there already"
            raise root.table(name, keys).fault("listen", what, _OWN_PORT)
        places[place] = name
    for row, bank in zip(_bank_rows(root), banks, strict=True):
        row.label = f"bank.{bank.code}"
        if bank.code in codes:
            raise row.fault("code", "stands here twice", "give each bank a code of its own")
        codes.add(bank.code)
        for key, listen in (("listen", bank.listen), ("soap_listen", bank.soap_listen)):
            place = place_of(listen) if listen else None
            if place is not None and place in places:
                raise row.fault(key, f"{places[place]} listens there already", _OWN_PORT)
            places[place] = f"bank.{bank.code}"


def _log(section: Section) -> LogSettings:
    level = section.one_of("level", "info", LOG_LEVELS)
    if not section.has("file"):
        return LogSettings(level, None)
    file = section.file("file")
    if not file.parent.is_dir():
        raise section.fault("file", f"the folder {file.parent} is not there", f"mkdir -p {file.parent}")
    return LogSettings(level, file)


def _flat_rate(section: Section) -> str | None:
    if not section.has("flat_rate"):
        return None
    rate = section.text("flat_rate", must="a price per kWh in quotes")
    try:
        is_free = rate_of(rate, "flat_rate") == 0
    except TariffFault as fault:
        raise section.fault("flat_rate", fault.why, 'write for example "0.5500"') from None
    if is_free:
        raise section.fault("flat_rate", "must be above 0", "leave the line out where tariffs set the price")
    return rate
