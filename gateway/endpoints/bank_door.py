"""What all ISO 8583 links of one bank share: its profile, its verbs, its limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from gateway.endpoints.bank_answer import AnswerWriter
    from gateway.endpoints.bank_posting import BankPosting
    from gateway.endpoints.bank_profile import BankProfile
    from gateway.endpoints.iso8583_orders import MessageOrders
    from gateway.ports import Clock, Tally


@dataclass(frozen=True, slots=True)
class LinkLimits:
    """How much a bank may ask and how long things may take, at each of its doors: counts and seconds.

    A frame that has begun must be complete within ``frame_deadline_s`` (slow-loris), a link that says nothing
    for ``idle_deadline_s`` is closed (half-open peers; banks echo every minute), an answer that is not
    decided within ``reply_deadline_s`` becomes "ask again" (banks give up after 30 s or more). At the SOAP
    door a request is a connection: ``frame_deadline_s`` is for all of it, ``in_flight_max`` for all of them.
    """

    in_flight_max: int = 64
    frame_deadline_s: float = 10.0
    idle_deadline_s: float = 300.0
    reply_deadline_s: float = 20.0
    links_max: int = 64


@dataclass(frozen=True, slots=True)
class BankDoor:
    """Everything the links of one bank share. ``reached`` is told the names of the crash points.

    ``sign_on_secret`` is the key of the sign-on's signature, where the profile has one; it is in no repr.
    """

    bank: str
    profile: BankProfile
    orders: MessageOrders
    writer: AnswerWriter
    posting: BankPosting
    tally: Tally
    clock: Clock
    now: Callable[[], datetime]
    limits: LinkLimits
    acquirers: frozenset[str] = frozenset()
    sign_on_secret: bytes | None = field(default=None, repr=False)
    reached: Callable[[str], None] = lambda _point: None
