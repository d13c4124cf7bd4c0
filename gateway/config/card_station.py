"""``station.toml``: where a card station's centre is, its folder, its reader and its desk.

The reader is known by the name that PC/SC has for it, or by the serial line that it is on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.config.reader import Section, read_source

if TYPE_CHECKING:
    from pathlib import Path

_URL: Final = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?")
_LANGUAGES: Final = ("en", "zh", "ru")
_PORTS: Final = (1024, 65_535)
_DESK_PORT: Final = 8766
_PATH: Final = re.compile(r"/.+")
_SPEEDS: Final = (9600, 19_200, 38_400, 57_600, 115_200)
_SPEED: Final = 115_200
_EXCHANGES: Final = ("tpdu", "apdu")
_VOLTS: Final = ("5", "3", "1.8", "auto")
_SERIAL_KEYS: Final = ("speed", "exchange", "volts")


@dataclass(frozen=True, slots=True)
class SerialLineSettings:
    """How a serial reader is spoken to. ``exchange``: what it takes, ``volts``: what the card gets."""

    speed: int
    exchange: str
    volts: str


@dataclass(frozen=True, slots=True)
class CardStationSettings:
    """A station as its configuration says. ``authority`` is whose signature the centre's certificate has.

    ``reader`` is its name in PC/SC; where ``line`` is there, the path of its serial line.
    """

    centre: str
    authority: Path
    folder: Path
    reader: str
    reader_serial: str
    line: SerialLineSettings | None
    desk_port: int
    language: str


def load_card_station(file: str) -> CardStationSettings:
    """Read ``station.toml``; ConfigFault where it cannot be used."""
    source, tables = read_source(file)
    root = Section(source, (), "", tables, ("centre", "station", "reader", "desk"))
    centre = root.table("centre", ("url", "authority"))
    reader = root.table("reader", ("name", "serial", "line", *_SERIAL_KEYS))
    line = _line(reader)
    desk = root.table("desk", ("port", "language"))
    return CardStationSettings(
        centre=centre.text("url", like=_URL, must="an address that begins with https://"),
        authority=centre.file("authority", "authority.pem"),
        folder=root.table("station", ("folder",)).file("folder", "station"),
        reader=reader.text("name") if line is None else reader.text("line"),
        reader_serial=reader.text("serial") if reader.has("serial") else "",
        line=line,
        desk_port=desk.whole("port", _DESK_PORT, least=_PORTS[0], most=_PORTS[1]),
        language=desk.one_of("language", "en", _LANGUAGES),
    )


def _line(reader: Section) -> SerialLineSettings | None:
    """Say how the serial reader is spoken to; None for one that PC/SC knows. No key is left unread."""
    is_serial = reader.has("line")
    for key in ("name", "serial") if is_serial else _SERIAL_KEYS:
        if reader.has(key):
            which, other = ("on a serial line", "name") if is_serial else ("of PC/SC", "line")
            what = f"is not for a reader {which}"
            raise reader.fault(key, what, f"take it out, or say {other} in place of it")
    if not is_serial:
        return None
    reader.text("line", like=_PATH, must="the whole path of a serial line, such as /dev/ttyUSB0")
    speed = reader.whole("speed", _SPEED, least=min(_SPEEDS), most=max(_SPEEDS))
    if speed not in _SPEEDS:
        must = f"must be one of {', '.join(map(str, _SPEEDS))}"
        raise reader.fault("speed", must, f"leave the line out for {_SPEED}")
    return SerialLineSettings(
        speed=speed,
        exchange=reader.one_of("exchange", "tpdu", _EXCHANGES),
        volts=reader.one_of("volts", "5", _VOLTS),
    )
