"""A conversation in DL/T 645-1997: reading only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from adapters.lines.exchange import Exchange, Out
from adapters.lines.talk import is_same_number, not_known, read_one_by_one, unknown_item, wrong_number
from adapters.lines.talk645 import check_address
from adapters.lines.text645 import item_read, items_1997
from gateway.codecs.dlt645.dialogue import ANSWER_MS, BETWEEN_MS, TRIES_MAX, TURN_MS
from gateway.codecs.dlt645.edition1997 import Answer1997, Function1997, ask, read_answer
from gateway.codecs.dlt645.errors import Refusal
from gateway.codecs.dlt645.fault import PeerFault, ValueFault
from gateway.codecs.dlt645.frame import Frame, FrameReader, Noise
from gateway.core.contact import ContactFault, ContactWhy, ItemsRead

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from adapters.lines.talk import Wanted
    from adapters.lines.wire import Wire
    from gateway.codecs.dlms.token import TokenStatus
    from gateway.codecs.dlt645.items import Item
    from gateway.core.contact import ItemRead, ItemWritten, ProfileRead, RelayDone, RelayOrder, RelayState
    from gateway.ports import Clock

FRAMES_MAX: Final = 16
"""Frames of one answer: a block of the edition of 1997 has a few hundred bytes."""

_ENERGY_AT: Final = "9010"
_IDENTIFIER: Final = re.compile(r"[0-9A-F]{4}")


class Question1997:
    """One question: asked three times, and put together of its frames."""

    def __init__(self, address: str, di: str, slack_ms: int) -> None:
        self._address = address
        self._di = di
        self._slack_ms = slack_ms
        self._reader = FrameReader()
        self._tries = 0
        self._is_over = False
        self._next = Function1997.READ
        self._parts: list[bytes] = []
        self.noise = ""

    @property
    def wait_ms(self) -> int | None:
        """Milliseconds to wait for the next byte."""
        if self._is_over:
            return None
        return (BETWEEN_MS if self._reader.is_midframe else ANSWER_MS) + self._slack_ms

    def begin(self) -> list[Any]:
        """Ask."""
        self._tries += 1
        return [Out(ask(self._address, self._di, self._next), TURN_MS)]

    def receive(self, octets: bytes) -> list[Any]:
        """Take what came."""
        return self._take(self._reader.receive(octets))

    def expired(self) -> list[Any]:
        """Ask again; in the end say that nobody answers."""
        events = self._take(self._reader.silence())
        if events or self._is_over:
            return events
        if self._tries < TRIES_MAX:
            return self.begin()
        self._is_over = True
        if self.noise:
            return [ContactFault(ContactWhy.CHECKSUM, f"what came was no whole frame: {self.noise}")]
        return [ContactFault(ContactWhy.TIMEOUT, f"the meter did not answer, asked {self._tries} times")]

    def _take(self, found: Iterable[Frame | Noise]) -> list[Any]:
        events: list[Any] = []
        for one in found:
            if self._is_over:
                break
            if isinstance(one, Noise):
                self.noise = self.noise or one.why
            elif one.is_from_meter:
                events += self._heard(one)
        return events

    def _heard(self, frame: Frame) -> list[Any]:
        try:
            said = read_answer(frame, self._address, self._di)
        except PeerFault:
            # Another meter's, or a late one: the deadline asks again.
            return []
        if isinstance(said, Refusal):
            self._is_over = True
            named = ", ".join(said.names).replace("_", " ")
            return [ContactFault(ContactWhy.REFUSED, f"the meter refuses: {named or 'no reason'}")]
        self._parts.append(said.body)
        if said.is_continued and len(self._parts) < FRAMES_MAX:
            self._next, self._tries = Function1997.READ_NEXT, 0
            return self.begin()
        self._is_over = True
        return [Answer1997(said.address, said.di, b"".join(self._parts), said.is_continued)]


class Talk1997:
    """One meter by its address."""

    def __init__(self, wire: Wire, clock: Clock, wanted: Wanted) -> None:
        check_address(wanted.address)
        self._exchange = Exchange(wire, clock)
        self._wanted = wanted
        self._slack_ms = wire.slack_ms + wanted.model.slack_ms
        self._is_proven = not wanted.number

    async def identify(self) -> str:
        """Give the address of whoever answers to the one that is wanted; it may be left open by AA."""
        return (await self._ask(_ENERGY_AT)).address

    async def read(self, items: Sequence[str]) -> ItemsRead:
        """Read items. A number that is wanted is held against the address that the meter answers with."""
        try:
            await self._prove()
        except ContactFault as fault:
            return ItemsRead((), tuple((item, fault) for item in items))
        return await read_one_by_one(items, self._read)

    async def everything(self) -> ItemsRead:
        """Read all that the model names."""
        return await self.read(tuple(self._wanted.model.items))

    async def write(self, item: str, text: str) -> ItemWritten:  # noqa: ARG002 - as every talk has it
        """Refuse: meters of this edition are read only."""
        raise ContactFault(ContactWhy.REFUSED, f"{item}: meters of DL/T 645-1997 are read only")

    async def relay(self) -> RelayState | None:
        """Refuse: this edition has no word for a relay."""
        raise not_known("relay", self._wanted.model)

    async def switch(self, order: RelayOrder) -> RelayDone:
        """Refuse: this edition has no word for a relay."""
        raise ContactFault(ContactWhy.REFUSED, f"DL/T 645-1997 has no word for: {order.value}")

    async def profile(
        self,
        first: datetime,  # noqa: ARG002 - as every talk has it
        last: datetime,  # noqa: ARG002
        item: str = "profile",  # noqa: ARG002
    ) -> ProfileRead:
        """Refuse: load records are not read yet."""
        raise not_known("load profile", self._wanted.model)

    async def enter_token(self, digits: str) -> TokenStatus:  # noqa: ARG002 - as every talk has it
        """Refuse: such meters are recharged by numbered purchases."""
        raise not_known("token gateway", self._wanted.model)

    async def leave(self) -> None:
        """End: there is nothing to say."""
        self._exchange.end()

    async def _prove(self) -> None:
        if self._is_proven:
            return
        said = await self.identify()
        if not is_same_number(said, self._wanted.number):
            raise wrong_number(said, self._wanted.number, "its address")
        self._is_proven = True

    async def _read(self, item: str) -> ItemRead:
        found = self._find(item)
        answer = await self._ask(found.di)
        try:
            return item_read(item, found, answer.body)
        except PeerFault as fault:
            raise ContactFault(ContactWhy.GARBLED, f"{item}: {fault}") from None

    async def _ask(self, di: str) -> Answer1997:
        question = Question1997(self._wanted.address, di, self._slack_ms)
        self._exchange.use(question)
        self._exchange.put(question.begin())
        ended: Answer1997 | ContactFault = await self._exchange.next()
        if isinstance(ended, ContactFault):
            raise ended
        return ended

    def _find(self, item: str) -> Item:
        known = self._wanted.model.item(item)
        try:
            return items_1997().find(item.upper() if known is None else known.at)
        except ValueFault as fault:
            if known is None and not _IDENTIFIER.fullmatch(item.upper()):
                raise unknown_item(item, self._wanted.model) from None
            raise ContactFault(ContactWhy.REFUSED, str(fault)) from None
