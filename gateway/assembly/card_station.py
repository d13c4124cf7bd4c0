"""Joins a card station from its configuration: the program at the counter, apart from the gateway."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.error import CannotListenError

from adapters.card_reader.pcsc_words import NoLibrary
from adapters.card_reader.serial_line import LinePlan
from card_station.identity import Folder, IdentityFault
from card_station.journal import JournalFault
from card_station.service import StationPlan, StationService
from gateway.assembly.pace import set_pace
from gateway.codecs.ccid.message import Volts

if TYPE_CHECKING:
    from gateway.config.card_station import CardStationSettings

#: What keeps a station from starting, each with its sentence.
STATION_FAULTS = (JournalFault, IdentityFault, NoLibrary, CannotListenError)

_VOLTS: Final = {"auto": Volts.AUTO, "5": Volts.FIVE, "3": Volts.THREE, "1.8": Volts.LOW}


def plan_of(settings: CardStationSettings) -> StationPlan:
    """Say what the station is made of."""
    return StationPlan(
        centre=settings.centre,
        folder=folder_of(settings),
        journal=settings.folder / "journal",
        reader=settings.reader,
        reader_serial=settings.reader_serial,
        line=line_of(settings),
        desk_port=settings.desk_port,
        language=settings.language,
        version=metadata.version("powertill"),
    )


def line_of(settings: CardStationSettings) -> LinePlan | None:
    """Say which serial line the reader is on; None where PC/SC knows it."""
    line = settings.line
    if line is None:
        return None
    return LinePlan(settings.reader, line.speed, _VOLTS[line.volts], takes_apdus=line.exchange == "apdu")


def folder_of(settings: CardStationSettings) -> Folder:
    """Say where its papers are."""
    return Folder(settings.folder, settings.authority)


def card_station(settings: CardStationSettings, reactor: Any) -> StationService:  # noqa: ANN401 - Twisted's own
    """Make its service."""
    set_pace()
    return StationService(plan_of(settings), reactor, lambda: datetime.now(UTC))
