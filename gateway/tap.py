"""The twistd plugin's maker: ``twistd -n powertill --config FILE``."""

from __future__ import annotations

import atexit
import os
import sys
from typing import TYPE_CHECKING, ClassVar

from twisted.python import usage

from gateway.assembly.gateway_service import MODULES, make_gateway
from gateway.config import ConfigFault, load_config

if TYPE_CHECKING:
    from gateway.assembly.gateway_service import GatewayService


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


def makeService(options: Options) -> GatewayService:  # noqa: N802 - Twisted's name
    """Make the gateway's service from checked options."""
    from twisted.internet import reactor  # noqa: PLC0415 - importing it installs it: only once we run

    gateway = make_gateway(options["settings"], reactor, modules=options["modules"], stream=sys.stderr)
    atexit.register(_exit_as_it_went, gateway)
    return gateway


def _exit_as_it_went(gateway: GatewayService) -> None:
    """Let a supervisor see that we ended in trouble: twistd itself exits with 0 after every stop."""
    if gateway.trouble is not None:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(1)
