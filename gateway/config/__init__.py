"""The configuration: read once, typed, and refused early with a sentence that an operator understands.

What every key means, its unit, bound and default: docs/configuration.md. Secrets stand in files of their own
(mode 0600) and show in no repr; relative paths begin where the configuration file is.
"""

from __future__ import annotations

import re
from binascii import unhexlify
from dataclasses import dataclass, field
from datetime import time
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.config.bank import BANK_KEYS, BANKS_MAX, BankSettings, read_bank, secret_of
from gateway.config.listen import listen_of, place_of
from gateway.config.reader import ConfigFault, Section, read_source
from gateway.core.currency import CURRENCY_EXPONENT
from gateway.core.tariff_field import TariffFault, rate_of
from gateway.secret import Secret

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["BankSettings", "Config", "ConfigFault", "load_config"]

VENDING_KEYS_MAX: Final = 64
"""Supply groups and key revisions of one utility; most have one or two."""

VENDING_KEY_BYTES: Final = 20
"""A vending key for DKGA04 has 160 bits (IEC 62055-41, 6.5.3.6)."""

LOG_LEVELS: Final = ("debug", "info", "warning", "error", "critical")

_SECTIONS: Final = ("utility", "database", "vending_key", "bank", "health", "log", "pricing")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_CLOCK_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_SGC: Final = re.compile(r"[0-9]{6}")
_KEY: Final = re.compile(rb"[0-9A-Fa-f]*")


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


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the operator decides. ``database_url`` is in no repr, because it may carry a password.

    ``health_listen`` is None where there is no health door. ``flat_rate`` is the decimal text of a price per
    kWh in the utility's currency, the way tariff tables write it, for when multi_tariff does not run.
    """

    file: str
    utility: UtilitySettings
    database_url: str = field(repr=False)
    vending_keys: tuple[VendingKey, ...]
    banks: tuple[BankSettings, ...]
    health_listen: str | None
    log: LogSettings
    flat_rate: str | None


def load_config(path: str) -> Config:
    """Read the configuration file; ConfigFault says file, line, key, what is wrong and the cure."""
    source, tables = read_source(path)
    root = Section(source, (), "", tables, _SECTIONS)
    utility = _utility(root.table("utility", ("name", "currency", "timezone", "cut_over")))
    banks = [read_bank(row, utility.currency) for row in _bank_rows(root)]
    health = root.table("health", ("listen",))
    health_listen = listen_of(health) if root.has("health") else None
    _refuse_twins(root, banks, health_listen)
    return Config(
        file=path,
        utility=utility,
        database_url=_database_url(root.table("database", ("url",))),
        vending_keys=_vending_keys(root),
        banks=tuple(banks),
        health_listen=health_listen,
        log=_log(root.table("log", ("level", "file"))),
        flat_rate=_flat_rate(root.table("pricing", ("flat_rate",))),
    )


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
    cut_over = section.text("cut_over", "00:00", like=_CLOCK_TIME, must='a time such as "00:00" or "22:30"')
    return UtilitySettings(section.text("name"), currency, in_force, time.fromisoformat(cut_over))


def _database_url(section: Section) -> str:
    url = section.text("url", "sqlite:///var/powertill.db")
    kind, slashes, name = url.partition(":///")
    # The URL itself is not said again: one for a server may carry a password.
    if kind != "sqlite" or not slashes or not name or set(name) & set("?#"):
        raise section.fault("url", "must be sqlite:///FILE", 'write for example "sqlite:///var/powertill.db"')
    file = section.source.folder / name
    if not file.parent.is_dir():
        raise section.fault("url", f"the folder {file.parent} is not there", f"mkdir -p {file.parent}")
    return f"sqlite:///{file}"


def _vending_keys(root: Section) -> tuple[VendingKey, ...]:
    found: dict[tuple[str, int], VendingKey] = {}
    for row in root.rows("vending_key", ("sgc", "krn", "file"), VENDING_KEYS_MAX):
        sgc = row.text("sgc", like=_SGC, must="six digits in quotes")
        # IEC 62055-41, 6.1.9: the key revision number is one digit from 1 on.
        krn = row.whole("krn", None, least=1, most=9)
        row.label = f"vending_key.{sgc}.{krn}"
        if (sgc, krn) in found:
            raise row.fault("", "stands here twice", "take one of them out")
        found[sgc, krn] = VendingKey(sgc, krn, _vending_key(row))
    return tuple(found.values())


def _vending_key(row: Section) -> Secret:
    digits = secret_of(row, "file").reveal()
    if len(digits) != 2 * VENDING_KEY_BYTES or _KEY.fullmatch(digits) is None:
        raise row.fault(
            "file",
            f"{row.file('file')} does not hold {2 * VENDING_KEY_BYTES} hexadecimal digits",
            f"let it hold the key's {VENDING_KEY_BYTES} bytes as hexadecimal digits, and nothing else",
        )
    return Secret(unhexlify(digits))


def _bank_rows(root: Section) -> list[Section]:
    return root.rows("bank", BANK_KEYS, BANKS_MAX)


def _refuse_twins(root: Section, banks: list[BankSettings], health_listen: str | None) -> None:
    """Refuse a bank code that stands there twice, and two doors at one place."""
    codes: set[str] = set()
    places = {place_of(health_listen): "health"} if health_listen else {}
    for row, bank in zip(_bank_rows(root), banks, strict=True):
        row.label = f"bank.{bank.code}"
        if bank.code in codes:
            raise row.fault("code", "stands here twice", "give each bank a code of its own")
        place = place_of(bank.listen)
        if place is not None and place in places:
            raise row.fault("listen", f"{places[place]} listens there already", "give each door its own port")
        codes.add(bank.code)
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
