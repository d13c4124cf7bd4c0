"""A conversation in DL/T 645-2007, or reading in that of 1997."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from adapters.lines.exchange import Exchange, Out
from adapters.lines.talk import (
    SETTLE_MS,
    AddressFault,
    is_same_number,
    no_number,
    not_known,
    read_one_by_one,
    relay_text,
    unknown_item,
    wrong_number,
)
from adapters.lines.text645 import content_of, item_read, items_2007
from gateway.codecs.dlt645.dialogue import Answered, Dialogue, Refused, Send, Unanswered
from gateway.codecs.dlt645.fault import PeerFault, ValueFault
from gateway.codecs.dlt645.frame import ANY, Noise, wire_address
from gateway.codecs.dlt645.orders import Authority, Password, Relay, RelayAction, Write
from gateway.codecs.dlt645.requests import Read, ReadAddress
from gateway.core.contact import (
    ContactFault,
    ContactWhy,
    ItemRead,
    ItemsRead,
    ItemWritten,
    RelayDone,
    RelayOrder,
    RelayState,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.lines.talk import Wanted
    from adapters.lines.wire import Wire
    from gateway.codecs.dlms.token import TokenStatus
    from gateway.codecs.dlt645.dialogue import Event, Request
    from gateway.codecs.dlt645.items import Item
    from gateway.core.contact import ProfileRead
    from gateway.ports import Clock

ORDER_LASTS: Final = timedelta(minutes=10)
"""How long a relay's order counts: one that was delayed for longer does nothing."""

_OPEN_BIT: Final = 1 << 4
"""Of status word 3 (04000503): the relay is open (DL/T 645-2007, annex C)."""

_ADDRESS_AT: Final = "04000401"
_IDENTIFIER: Final = re.compile(r"[0-9A-F]{8}")
_WORD: Final = re.compile(r"[0-9A-F]{2,4}")


class Question:
    """One question as a machine for the exchange; noise that looked like a damaged frame is remembered."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self.noise = ""

    @property
    def wait_ms(self) -> int | None:
        """As the dialogue's."""
        return self._dialogue.wait_ms

    def begin(self) -> list[Any]:
        """Ask for the first time."""
        return self._out(self._dialogue.begin())

    def receive(self, octets: bytes) -> list[Any]:
        """Take what came."""
        return self._out(self._dialogue.receive(octets))

    def expired(self) -> list[Any]:
        """Note that nothing came."""
        return self._out(self._dialogue.expired())

    def _out(self, events: Sequence[Event]) -> list[Any]:
        told: list[Any] = []
        for event in events:
            if isinstance(event, Send):
                told.append(Out(event.octets, event.after_ms))
            elif isinstance(event, Noise):
                self.noise = self.noise or event.why
            elif isinstance(event, Answered | Refused | Unanswered):
                told.append(event)
        return told

    def fault_of(self, ended: Refused | Unanswered) -> ContactFault:
        """Say in a sentence why there is no answer."""
        if isinstance(ended, Refused):
            why = ContactWhy.AUTH if "password" in ended.refusal.names else ContactWhy.REFUSED
            named = ", ".join(ended.refusal.names).replace("_", " ")
            return ContactFault(why, f"the meter refuses: {named or 'no reason'}")
        if self.noise:
            return ContactFault(ContactWhy.CHECKSUM, f"what came was no whole frame: {self.noise}")
        asked = "once" if ended.tries == 1 else f"{ended.tries} times"
        return ContactFault(ContactWhy.TIMEOUT, f"the meter did not answer, asked {asked}")


class Talk645:
    """One meter by its address; the password is six digits, and needed for what is written."""

    def __init__(self, wire: Wire, clock: Clock, wanted: Wanted) -> None:
        check_address(wanted.address)
        self._exchange = Exchange(wire, clock)
        self._wanted = wanted
        self._slack_ms = wire.slack_ms + wanted.model.slack_ms
        self._is_proven = not wanted.number

    @property
    def wanted(self) -> Wanted:
        """Which meter, and of which model."""
        return self._wanted

    @property
    def address(self) -> str:
        """The meter's whole address; ``ContactFault`` where it is left open."""
        self._be_whole()
        return self._wanted.address.rjust(12, "0")

    async def identify(self) -> str:
        """Ask for the meter's address; with the address ANY whoever is alone on the line answers."""
        answer = await self.ask(ReadAddress() if self._wanted.address == ANY else Read(_ADDRESS_AT))
        return answer.body[::-1].hex()

    async def read(self, items: Sequence[str]) -> ItemsRead:
        """Read items."""
        try:
            await self._prove()
        except ContactFault as fault:
            return ItemsRead((), tuple((item, fault) for item in items))
        return await read_one_by_one(items, self._read)

    async def everything(self) -> ItemsRead:
        """Read all that the model names."""
        return await self.read(tuple(self._wanted.model.items))

    async def write(self, item: str, text: str) -> ItemWritten:
        """Write an item, once, and read it back."""
        found = self._find(item)
        content = content_of(found, text)
        fault = await self.put(item, text)
        back = await self.read([item])
        now = back.read[0] if back.read else None
        return ItemWritten(item, item_read(item, found, content).text, now, fault)

    async def relay(self) -> RelayState | None:
        """Look where the relay is: status word 3."""
        return _state_in(await relay_text(self._wanted.model, self.read))

    async def switch(self, order: RelayOrder) -> RelayDone:
        """Switch the relay, once, and read back where it is: status word 3."""
        relay = self._wanted.model.relay
        word = "" if relay is None else getattr(relay, order.value)
        if relay is None or not word:
            raise ContactFault(
                ContactWhy.REFUSED, f"model {self._wanted.model.name} has no word for: {order.value}"
            )
        try:
            action = RelayAction(int(word, 16))
        except ValueError:
            said = f"model {self._wanted.model.name}: {word!r} is no N1 of a relay's order; cure: such as 1A"
            raise ContactFault(ContactWhy.REFUSED, said) from None
        until = self._wanted.now() + ORDER_LASTS
        fault = await self.order(Relay(action, self._authority(), until))
        done = RelayDone(order, await self._relay(relay.state), fault)
        if done.state is None or done.is_obeyed:
            return done
        if order is RelayOrder.PERMIT:
            # Status word 3 has a bit for open and closed only.
            said = "the relay is open, and the meter does not say whether the customer may close it"
            return RelayDone(order, None, fault or ContactFault(ContactWhy.REFUSED, said, is_in_doubt=True))
        await self._exchange.pause(SETTLE_MS)
        return RelayDone(order, await self._relay(relay.state) or done.state, fault)

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

    async def _read(self, item: str) -> ItemRead:
        found = self._find(item)
        answer = await self.ask(Read(found.di))
        try:
            return item_read(item, found, answer.body)
        except PeerFault as fault:
            raise ContactFault(ContactWhy.GARBLED, f"{item}: {fault}") from None

    async def _relay(self, item: str) -> RelayState | None:
        """Look where the relay is; None: it cannot be seen."""
        back = await self.read([item])
        return _state_in(back.read[0].text) if back.read else None

    async def put(self, item: str, text: str) -> ContactFault | None:
        """Write an item, once, and leave reading it back to whoever writes more; see ``order``."""
        found = self._find(item)
        return await self.order(Write(found.di, self._authority(), content_of(found, text)))

    def check_may_write(self) -> None:
        """Refuse (``ContactFault``), before anything is asked, where nothing could be written."""
        self._authority()

    async def order(self, request: Request) -> ContactFault | None:
        """Send what changes the meter; a fault leaves open whether it was done all the same."""
        await self._prove()
        try:
            await self.ask(request)
        except ContactFault as fault:
            return ContactFault(fault.why, str(fault), is_in_doubt=True)
        return None

    async def _prove(self) -> None:
        """Compare the number that the meter calls itself, where one is wanted, before anything counts."""
        if self._is_proven:
            return
        at = self._wanted.model.number_at
        if not at:
            raise no_number("an item that the model does not name")
        try:
            said = (await self._read(at)).text
        except ContactFault as fault:
            raise (no_number(at) if fault.why is ContactWhy.REFUSED else fault) from None
        if not is_same_number(said, self._wanted.number):
            raise wrong_number(said, self._wanted.number, at)
        self._is_proven = True

    async def ask(self, request: Request) -> Answered:
        """Ask one thing, and give the answer; ``ContactFault`` where there is none, or a refusal."""
        question = Question(Dialogue(self._wanted.address, request, slack_ms=self._slack_ms))
        self._exchange.use(question)
        self._exchange.put(question.begin())
        ended = await self._exchange.next()
        if isinstance(ended, Answered):
            return ended
        raise question.fault_of(ended)

    def _find(self, item: str) -> Item:
        """Find an item by its name or its identifier; ``ContactFault`` for what this model has not."""
        known = self._wanted.model.item(item)
        try:
            return items_2007().find(item.upper() if known is None else known.at)
        except ValueFault as fault:
            if known is None and not _IDENTIFIER.fullmatch(item.upper()):
                raise unknown_item(item, self._wanted.model) from None
            raise ContactFault(ContactWhy.REFUSED, str(fault)) from None

    def _be_whole(self) -> None:
        if not self._wanted.address.isdigit():
            said = "what changes a meter goes to its whole address: any meter on the line would obey this one"
            raise ContactFault(ContactWhy.REFUSED, said)

    def _authority(self) -> Authority:
        self._be_whole()
        try:
            return Authority(Password(self._wanted.model.password_level, self._wanted.password))
        except ValueFault:
            said = "writing needs the meter's password of six digits, and none of that form was given"
            raise ContactFault(ContactWhy.AUTH, said) from None


def _state_in(text: str) -> RelayState | None:
    """Read where the relay is; None for what is no status word, or one that the meter has not got (all F)."""
    if not _WORD.fullmatch(text) or set(text) == {"F"}:
        return None
    return RelayState.OPEN if int(text, 16) & _OPEN_BIT else RelayState.CLOSED


def check_address(address: str) -> None:
    """Refuse (``AddressFault``) what is no address of DL/T 645."""
    try:
        wire_address(address)
    except ValueFault as fault:
        raise AddressFault(str(fault)) from None
    if not address:
        raise AddressFault("none was given; cure: twelve digits, or AAAAAAAAAAAA where one meter is alone")
