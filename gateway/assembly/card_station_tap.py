"""The station's maker for twistd: ``twistd -n powertill-station --config station.toml``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, ClassVar

from twisted.application.service import Service
from twisted.python import usage

from gateway.assembly.card_station import STATION_FAULTS, card_station
from gateway.config import ConfigFault
from gateway.config.card_station import load_card_station

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

    from card_station.service import StationService


class Options(usage.Options):
    """What twistd is told on the command line."""

    optParameters: ClassVar = [  # noqa: N815 - Twisted's name
        ["config", "c", "station.toml", "the configuration file of the station"],
    ]

    def postOptions(self) -> None:  # noqa: N802 - Twisted's name
        """Refuse a configuration that cannot be run, before anything is started."""
        try:
            self["settings"] = load_card_station(self["config"])
        except ConfigFault as fault:
            raise usage.UsageError(str(fault)) from None


class _Started(Service):
    """The station as twistd runs it: what keeps it from starting is said in a sentence."""

    def __init__(self, station: StationService) -> None:
        self._station = station

    def startService(self) -> None:  # noqa: N802 - Twisted's name
        try:
            self._station.startService()
        except STATION_FAULTS as fault:
            if sys.__stderr__ is not None:
                sys.__stderr__.write(f"powertill: the station cannot start: {fault}\n")
            raise SystemExit(1) from None

    def stopService(self) -> Deferred[None]:  # noqa: N802 - Twisted's name
        return self._station.stopService()


def makeService(options: Options) -> Service:  # noqa: N802 - Twisted's name
    """Make the station's service from checked options."""
    from twisted.internet import reactor  # noqa: PLC0415 - importing it installs it: only once we run

    return _Started(card_station(options["settings"], reactor))
