"""The twistd plugin's maker: ``twistd -n powertill --config FILE``."""

from __future__ import annotations

import atexit
import logging
import os
import sys
from typing import TYPE_CHECKING, ClassVar

from twisted.python import usage

from gateway.assembly.gateway_service import MODULES, START_FAULTS, GatewayService
from gateway.config import ConfigFault, load_config

if TYPE_CHECKING:
    from types import TracebackType

log = logging.getLogger("powertill.gateway")


class Options(usage.Options):
    """What twistd is told on the command line."""

    optParameters: ClassVar = [  # noqa: N815 - Twisted's name
        ["config", "c", "powertill.toml", "the configuration file"],
        ["run", "r", ",".join(MODULES), "the sub-modules to run, separated by commas"],
    ]

    def postOptions(self) -> None:  # noqa: N802 - Twisted's name
        """Refuse a configuration or a module that cannot be run, before anything is started."""
        self["modules"] = tuple(name for name in self["run"].split(",") if name)
        unknown = set(self["modules"]) - set(MODULES)
        if unknown or not self["modules"]:
            raise usage.UsageError(f"--run takes {', '.join(MODULES)}; not {', '.join(unknown) or 'nothing'}")
        try:
            self["settings"] = load_config(self["config"])
        except ConfigFault as fault:
            raise usage.UsageError(str(fault)) from None


class TwistdGateway(GatewayService):
    """The gateway as twistd runs it: what keeps it from starting is said in a sentence."""

    def startService(self) -> None:  # noqa: N802 - Twisted's name
        """Start; a fault goes on to twistd, which cleans up, and to the operator as a sentence."""
        try:
            super().startService()
        except START_FAULTS as fault:
            # The log, too: a daemon has no terminal any more.
            log.critical("the gateway cannot start: %s", fault)
            _say_in_words(fault)
            raise


def _say_in_words(known: Exception) -> None:
    """Let Python end by this exception with its sentence alone."""

    def said(kind: type[BaseException], raised: BaseException, trace: TracebackType | None) -> None:
        # Not into twistd's own stderr, which is its log.
        if raised is known and sys.__stderr__ is not None:
            sys.__stderr__.write(f"powertill: the gateway cannot start: {raised}\n")
        else:
            sys.__excepthook__(kind, raised, trace)

    sys.excepthook = said


def makeService(options: Options) -> GatewayService:  # noqa: N802 - Twisted's name
    """Make the gateway's service from checked options."""
    from twisted.internet import reactor  # noqa: PLC0415 - importing it installs it: only once we run

    gateway = TwistdGateway(options["settings"], reactor, options["modules"], sys.stderr)
    atexit.register(_exit_as_it_went, gateway)
    return gateway


def _exit_as_it_went(gateway: GatewayService) -> None:
    """Let a supervisor see that we ended in trouble: twistd itself exits with 0 after every stop."""
    if gateway.trouble is not None:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(1)
