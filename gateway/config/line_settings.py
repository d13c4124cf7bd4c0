"""The ``[lines]`` table and the ``[[line]]`` rows of the configuration: over what meters are called."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.config.listen import listen_of
from gateway.config.secret_file import secret_of
from gateway.core.currency import CURRENCY_EXPONENT
from gateway.core.meter_way import LineKind
from gateway.core.money import Money, MoneyFault

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.config.reader import Section
    from gateway.secret import Secret

LINES_KEYS: Final = (
    "access", "recharging", "recharging_key_file", "listen", "models_calling",
)  # fmt: skip
LINE_KEYS: Final = (
    "name", "kind", "port", "modem", "format", "at_once", "is_reserved", "cost_call", "cost_minute",
)  # fmt: skip

LINE_ROWS_MAX: Final = 64
"""Rows of lines: a modem bank has 32 modems."""

AT_ONCE_MAX: Final = 4_096
"""Conversations at one time over a network: each is a socket."""

MODELS_MAX: Final = 8
"""Models in whose protocols a meter that connects by itself is asked who it is, each for some seconds."""

COST_MINOR_MAX: Final = 100_000_000
"""Minor units of a call, and of a minute of it: what a satellite takes, in the smallest of currencies."""

FORMATS: Final = ("8N1", "7E1")
TRAINING: Final = "training"
_WALLET_DECIMALS: Final = 2
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,30}")
_PORT: Final = re.compile(r"/\S+|(\[[0-9A-Fa-f:]+\]|[^\s:/]+):[0-9]{1,5}")
_PORT_CURE: Final = 'write for example port = "/dev/ttyS1"'
_MODEM_KEYS: Final = ("port", "modem", "format")
_MODEL: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
_KINDS: Final = {"modem": LineKind.MODEM, "network": LineKind.NETWORK, "calls_in": LineKind.CALLS_IN}


@dataclass(frozen=True, slots=True)
class LineSettings:
    """A line, or ``at_once`` of them that are alike.

    ``port`` is a modem's: ``/dev/ttyS1``, or HOST:PORT of a terminal server; ``format`` is how characters go
    to it, as the meters there want it. ``cost_call_minor`` and ``cost_minute_minor`` are what a call costs,
    in minor units.
    """

    name: str
    kind: LineKind
    port: str = ""
    modem: str = "pstn"
    format: str = "8N1"
    at_once: int = 1
    is_reserved: bool = False
    cost_call_minor: int = 0
    cost_minute_minor: int = 0


@dataclass(frozen=True, slots=True)
class LinesSettings:
    """All lines of this process; without a row nobody is called.

    ``access`` is the folder with the passwords and keys of meters. ``recharging`` says who seals recharges
    ("": nobody), with ``recharging_key`` for the training module. Meters that connect by themselves come to
    ``listen``, and are asked who they are as ``models_calling``.
    """

    lines: tuple[LineSettings, ...] = ()
    access: Path | None = None
    recharging: str = ""
    recharging_key: Secret | None = field(default=None, repr=False)
    listen: str | None = None
    models_calling: tuple[str, ...] = ()


def read_lines(root: Section, currency: str) -> LinesSettings:
    """Read the table and the rows; ConfigFault names what cannot be used."""
    section = root.table("lines", LINES_KEYS)
    rows = _rows(root, currency)
    has_key = section.has("recharging_key_file")
    if section.has("recharging") and CURRENCY_EXPONENT[currency] != _WALLET_DECIMALS:
        what = f"wallets count hundredths, and {currency} is counted otherwise"
        raise section.fault("recharging", what, "sell such meters by token")
    if has_key and not section.has("recharging"):
        what = "seals nothing without recharging"
        raise section.fault("recharging_key_file", what, f'write recharging = "{TRAINING}", or take it out')
    settings = LinesSettings(
        lines=rows,
        access=section.file("access") if section.has("access") else None,
        recharging=section.one_of("recharging", None, (TRAINING,)) if section.has("recharging") else "",
        recharging_key=secret_of(section, "recharging_key_file") if has_key else None,
        listen=listen_of(section) if section.has("listen") else None,
        models_calling=section.words(
            "models_calling", like=_MODEL, must="the name of a model", most=MODELS_MAX
        ),
    )
    _check_callers(section, settings)
    return settings


def _rows(root: Section, currency: str) -> tuple[LineSettings, ...]:
    found: dict[str, LineSettings] = {}
    rows = root.rows("line", LINE_KEYS, LINE_ROWS_MAX)
    for row in rows:
        line = _line(row, currency)
        if line.name in found:
            raise row.fault("name", f"{line.name} stands here twice", "give each line a name of its own")
        found[line.name] = line
    shared = {line.kind for line in found.values() if not line.is_reserved}
    for row, line in zip(rows, found.values(), strict=True):
        if line.kind not in shared:
            what = "must not be true for all lines of a kind: nobody would be read"
            raise row.fault("is_reserved", what, "leave one of them for all work")
    return tuple(found.values())


def _check_callers(section: Section, settings: LinesSettings) -> None:
    """Refuse a half of what meters that call in need: where they come to, as whom, and who speaks to them."""
    has_line = any(line.kind is LineKind.CALLS_IN for line in settings.lines)
    if has_line and settings.listen is None:
        raise section.fault("listen", "must be there for a line that calls_in", 'write listen = "tcp:7100"')
    if settings.listen is None:
        return
    if not has_line:
        cure = 'write a [[line]] with kind = "calls_in", or take it out'
        raise section.fault("listen", "lets meters in to whom no line speaks", cure)
    if not settings.models_calling:
        what = "must name one model at least, else nobody who comes is known"
        raise section.fault("models_calling", what, 'write for example ["dlt645-2007"]')


def _line(row: Section, currency: str) -> LineSettings:
    name = row.text("name", like=_NAME, must="up to 31 small letters, digits, dots, dashes")
    row.label = f"line.{name}"
    kind = _KINDS[row.one_of("kind", None, tuple(_KINDS))]
    if kind is LineKind.MODEM and not row.has("port"):
        raise row.fault("port", "must be there for a modem", _PORT_CURE)
    for key in _MODEM_KEYS:
        if kind is not LineKind.MODEM and row.has(key):
            raise row.fault(key, "belongs to a modem, and this line is none", "take it out")
    if kind is LineKind.MODEM and row.has("at_once"):
        raise row.fault("at_once", "is 1 for a modem", "write a row for each modem")
    return LineSettings(
        name=name,
        kind=kind,
        port=_port(row) if row.has("port") else "",
        modem=row.one_of("modem", "pstn", ("pstn", "gsm_csd")),
        format=row.one_of("format", "8N1", FORMATS),
        at_once=row.whole("at_once", 1 if kind is LineKind.MODEM else 16, least=1, most=AT_ONCE_MAX),
        is_reserved=row.flag("is_reserved", default=False),
        cost_call_minor=_cost(row, "cost_call", currency),
        cost_minute_minor=_cost(row, "cost_minute", currency),
    )


def _port(row: Section) -> str:
    port = row.text("port")
    if _PORT.fullmatch(port) is None:
        raise row.fault("port", f"{port[:60]!r} is neither a device nor HOST:PORT", _PORT_CURE)
    return port


def _cost(row: Section, key: str, currency: str) -> int:
    if not row.has(key):
        return 0
    text = row.text(key, must=f"an amount in {currency}, in quotes")
    try:
        minor = Money.parse(text, currency).minor
    except MoneyFault:
        minor = -1
    if not 0 <= minor <= COST_MINOR_MAX:
        example = "0.10" if CURRENCY_EXPONENT[currency] else "1"
        raise row.fault(key, f"{text[:20]!r} is no amount in {currency}", f'write for example "{example}"')
    return minor
