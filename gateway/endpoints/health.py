"""The health door: ``GET /health`` for whoever watches over the gateway, ``GET /metrics`` for Prometheus.

    {"status": "degraded", "checks": {"disk": {"status": "degraded", "says": "3 GB left"}}}

The worst check decides: ok and degraded answer 200 (it sells), failing 503 (send payments elsewhere).
The door tells how things stand and takes no orders.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from gateway.endpoints.http_pages import OneAnswerSite
from gateway.endpoints.http_wire import Answer
from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gateway.ports import Clock, Tally

log = logging.getLogger("powertill.health")

METRICS_KIND: Final = "text/plain; version=0.0.4; charset=utf-8"
"""Prometheus' text format."""


class Standing(Enum):
    """How something stands, the best first."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILING = "failing"


_ORDER: Final = tuple(Standing)
_LEVEL: Final = {Standing.OK: 1.0, Standing.DEGRADED: 0.5, Standing.FAILING: 0.0}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: its name, how it stands, and a sentence for the operator."""

    name: str
    standing: Standing
    says: str = ""


def health_site(
    look: Callable[[], Iterable[Check]],
    metrics: Callable[[], bytes],
    *,
    tally: Tally,
    reactor: Clock,
) -> OneAnswerSite:
    """Make the door. ``look`` tells what is in memory and waits for nothing, since it may be asked often;
    ``metrics`` gives Prometheus' text. Each answer brings the level ``check`` up to date first.
    """

    def health() -> Answer:
        found = _looked(look, tally)
        worst = max((check.standing for check in found), key=_ORDER.index, default=Standing.OK)
        checks = {check.name: {"status": check.standing.value, "says": check.says} for check in found}
        body = json.dumps({"status": worst.value, "checks": checks}, sort_keys=True).encode("ascii")
        return Answer(503 if worst is Standing.FAILING else 200, body + b"\n", "application/json")

    def scrape() -> Answer:
        _looked(look, tally)
        return Answer(200, metrics(), METRICS_KIND)

    return OneAnswerSite("health", {"/health": health, "/metrics": scrape}, tally=tally, reactor=reactor)


def _looked(look: Callable[[], Iterable[Check]], tally: Tally) -> list[Check]:
    try:
        found = list(look())
    except Exception as fault:  # noqa: BLE001 - who cannot look is not well, and must say so
        event(log, "health.fault", level=logging.ERROR, raised=fault)
        found = [Check("health", Standing.FAILING, "the checks themselves failed, see the log")]
    for check in found:
        tally.level("check", _LEVEL[check.standing], check=check.name)
    return found
