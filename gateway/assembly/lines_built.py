"""Builds the lines of one process, and joins the sub-modules that run with what they send over them."""

from __future__ import annotations

import logging
import secrets
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from adapters.db.line_book import LineBook
from gateway.assembly.line_part import Lines
from gateway.assembly.prepayment import nibbles
from gateway.assembly.remote_errands import CarryingCredit, CarryingPlain
from gateway.assembly.timetable_watch import TimetableWatch
from gateway.config.line_settings import TRAINING
from gateway.core.line_work.policy import Policy
from gateway.core.payment import SaleTerms
from gateway.core.remote_order import CREDITS, RemoteKind
from gateway.events import event
from gateway.metering.switch_relay import switch_relay
from gateway.simulators.meters.security_module import TRAINING_KEY, TrainingEsam, TrainingModule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from gateway.assembly.parts import Ledger
    from gateway.codecs.dlt645.secure import Esam
    from gateway.config import Config
    from gateway.config.line_settings import LinesSettings
    from gateway.core.remote_ended import RemoteEnded
    from gateway.core.views_remote_due import DueOrder
    from gateway.ports import MeterTalk, TokenIssuer

log = logging.getLogger("powertill.gateway")

RELAYS: Final = frozenset({RemoteKind.RELAY})
TIMETABLES: Final = frozenset({RemoteKind.TIMETABLE})

#: Which sub-module sends what.
SENDS: Final[Mapping[str, frozenset[RemoteKind]]] = {
    "prepayment": CREDITS,
    "metering": RELAYS,
    "multi_tariff": TIMETABLES,
}


def build_lines(  # noqa: PLR0913, PLR0917 - joined here and nowhere else
    config: Config,
    modules: Sequence[str],
    ledger: Ledger,
    issuer: TokenIssuer,
    clock: Any,  # noqa: ANN401 - see Lines
    now: Callable[[], datetime],
) -> Lines:
    """Build the lines, and what the sub-modules that run send over them."""
    lines = Lines(config.lines, Policy(config.utility.zone), clock, now)
    if not lines.desks:
        return lines
    kinds: frozenset[RemoteKind] = frozenset().union(*(SENDS[module] for module in modules))
    nibble = nibbles(secrets.token_bytes)
    credit = CarryingCredit(ledger.poster, issuer, _terms(config), lines.access, _esam(config.lines), nibble)
    lines.carry(CREDITS, credit)
    lines.carry(RELAYS, CarryingPlain(ledger.poster, ledger.views, partial(_switched, now)))
    timetables = TimetableWatch(ledger.views, ledger.poster, clock, now)
    lines.carry(TIMETABLES, CarryingPlain(ledger.poster, ledger.views, timetables.send))
    if "multi_tariff" in modules:
        lines.timetables = timetables
    lines.send(kinds, ledger)
    lines.keep(LineBook(ledger.database))
    if "metering" in modules:
        lines.read(config, ledger)
    event(log, "lines.built", kinds=",".join(sorted(kind.value for kind in kinds)))
    return lines


async def _switched(now: Callable[[], datetime], due: DueOrder, talk: MeterTalk) -> RemoteEnded:
    return await switch_relay(due.order, due.way, talk=talk, now=now)


def _terms(config: Config) -> SaleTerms:
    """Give the terms of a token that no bank asks for: it is made as any."""
    utility = config.utility
    return SaleTerms(
        "", utility.currency, 0, 0, covered=False, token_in_answer=True, zone=utility.zone
    )  # fmt: skip


def _esam(settings: LinesSettings) -> Esam | None:
    if settings.recharging != TRAINING:
        return None
    key = TRAINING_KEY if settings.recharging_key is None else settings.recharging_key.reveal()
    return TrainingEsam(TrainingModule(key, secrets.token_bytes))
