"""A conversation in IEC 62056-21, modes A to D; from mode E the wire is handed over to DLMS.

read      a read-out, and what is not in it by R1 in a programming session, where there is a password
write     a programming session: the meter's number, W1 once, R1, B0
switch    the same with the model's word for the relay, and R1 of the item that shows it
profile   a programming session: the meter's number, R5 (or R6) part by part, B0
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.lines.profile import read_in_parts
from adapters.lines.profile62056 import Profile62056
from adapters.lines.sessions62056 import Sessions
from adapters.lines.talk import (
    SETTLE_MS,
    AddressFault,
    in_meter_zone,
    is_same_number,
    no_number,
    not_known,
    relay_text,
    unknown_item,
    wrong_number,
)
from adapters.lines.text62056 import (
    is_identifier,
    is_meant,
    item_read,
    named,
    pick,
    relay_state,
)
from gateway.codecs.iec62056_21.commands import Command
from gateway.codecs.iec62056_21.datasets import DataSet, Value
from gateway.codecs.iec62056_21.fault import ValueFault
from gateway.codecs.iec62056_21.identification import request_text
from gateway.core.contact import (
    ContactFault,
    ContactWhy,
    ItemRead,
    ItemsRead,
    ItemWritten,
    RelayDone,
    RelayState,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from adapters.lines.talk import Wanted
    from adapters.lines.wire import Wire
    from gateway.codecs.dlms.token import TokenStatus
    from gateway.core.contact import ProfileRead, RelayOrder
    from gateway.ports import Clock


class Talk62056:
    """One meter by its address, or whoever is alone on the line (""); the password as the model's proof."""

    def __init__(self, wire: Wire, clock: Clock, wanted: Wanted) -> None:
        check_address(wanted.address)
        self._sessions = Sessions(wire, clock, wanted)
        self._wanted = wanted

    async def identify(self) -> str:
        """Give the meter's number out of its read-out; ``ContactFault`` where it is not in it."""
        said = self._number_in((await self._sessions.read_out()).sets)
        if said is None:
            raise self._no_number()
        return said

    async def read(self, items: Sequence[str]) -> ItemsRead:
        """Read items: of the read-out, and by R1 what is not in it."""
        found: dict[str, ItemRead] = {}
        faults: dict[str, ContactFault] = {}
        try:
            sets = (await self._sessions.read_out()).sets
            is_proven = self._is_proven(sets)
            picked = self._pick(items, sets, faults)
            lacking = [item for item in items if item not in picked and item not in faults]
            if is_proven:
                found |= picked
            if lacking or not is_proven:
                self._may_ask(is_proven=is_proven)
                await self._ask_for(lacking, picked, found, faults)
        except ContactFault as fault:
            faults |= {item: fault for item in items if item not in found and item not in faults}
        return _in_order(items, found, faults)

    async def everything(self) -> ItemsRead:
        """Give all data sets of a read-out; a line that is none is missing, by its number."""
        try:
            sets, unread = await self._sessions.read_out()
            if not self._is_proven(sets):
                raise self._no_number()
        except ContactFault as fault:
            return ItemsRead((), tuple((item, fault) for item in self._wanted.model.items))
        found = [self._known(address, one) for address, one in named(sets)]
        lines = [
            (f"line {line}", ContactFault(ContactWhy.GARBLED, f"no data set from character {at + 1} on"))
            for line, at in unread
        ]
        return ItemsRead(tuple(found), tuple(lines))

    async def listen(self, items: Sequence[str]) -> ItemsRead:
        """Wait for a meter that speaks by itself (mode D), and take items of what it says."""
        found: dict[str, ItemRead] = {}
        faults: dict[str, ContactFault] = {}
        try:
            sets = (await self._sessions.pushed()).sets
            if not self._is_proven(sets):
                raise self._no_number()
            found = self._pick(items, sets, faults)
            silent = ContactFault(ContactWhy.REFUSED, "the meter does not say this by itself")
            faults |= {item: silent for item in items if item not in found and item not in faults}
        except ContactFault as fault:
            faults = dict.fromkeys(items, fault)
        return _in_order(items, found, faults)

    async def write(self, item: str, text: str) -> ItemWritten:
        """Write an item, once, and read it back. A unit goes behind an asterisk, as meters write it."""
        at = self._find(item)
        value, _, unit = text.partition("*")
        try:
            command = Command("W1", DataSet(at, (Value(value, unit),)).text)
        except ValueFault as fault:
            raise ContactFault(ContactWhy.REFUSED, f"{item}: {fault}") from None
        doubt, now = await self._order(command, item)
        return ItemWritten(item, value.strip(), now, doubt)

    async def relay(self) -> RelayState | None:
        """Look where the relay is."""
        return relay_state(await relay_text(self._wanted.model, self.read))

    async def switch(self, order: RelayOrder) -> RelayDone:
        """Switch the relay, once, and read back where it is."""
        relay = self._wanted.model.relay
        word = "" if relay is None else getattr(relay, order.value)
        if relay is None or not word:
            said = f"model {self._wanted.model.name} has no word for: {order.value}"
            raise ContactFault(ContactWhy.REFUSED, said)
        kind, _, text = word.partition(" ")
        try:
            command = Command(kind, text)
        except ValueFault as fault:
            said = f"model {self._wanted.model.name}: {word!r} cannot be said to a meter: {fault}"
            raise ContactFault(ContactWhy.REFUSED, said) from None
        doubt, now = await self._order(command, relay.state, lambda seen: _done(order, seen, None).is_obeyed)
        return _done(order, now, doubt)

    async def profile(self, first: datetime, last: datetime, item: str = "profile") -> ProfileRead:
        """Read the rows of a load profile from one moment to another, in parts of a day."""
        at = self._find(item)
        try:
            await self._enter()
            profile = Profile62056(self._sessions, at, self._wanted.now())
            begins, ends = in_meter_zone(first, self._wanted), in_meter_zone(last, self._wanted)
            return await read_in_parts(begins, ends, profile.rows, profile.part)
        finally:
            await self._sessions.end()

    async def enter_token(self, digits: str) -> TokenStatus:  # noqa: ARG002 - as every talk has it
        """Refuse: this protocol has no place for a token."""
        raise not_known("token gateway", self._wanted.model)

    async def hand_over(self) -> None:
        """Have a meter of mode E change to HDLC: the wire is then for a conversation in DLMS."""
        await self._sessions.hand_over()

    async def leave(self) -> None:
        """Tell a meter that waits for our commands that we leave."""
        await self._sessions.leave()

    # Who it is.

    @property
    def _number_at(self) -> str:
        model = self._wanted.model
        return model.items[model.number_at].at if model.number_at else ""

    def _number_in(self, sets: Iterable[DataSet]) -> str | None:
        found = pick(sets, self._number_at) if self._number_at else None
        return None if found is None else found.values[0].text.strip()

    def _is_proven(self, sets: Iterable[DataSet]) -> bool:
        """Compare the number; False where it is not there. ``ContactFault`` for that of another meter."""
        if not self._wanted.number:
            return True
        said = self._number_in(sets)
        if said is None:
            return False
        if not is_same_number(said, self._wanted.number):
            raise wrong_number(said, self._wanted.number, self._number_at)
        return True

    def _no_number(self) -> ContactFault:
        return no_number(self._number_at or "an item that the model does not name")

    async def _enter(self) -> None:
        """Get into the programming mode of the right meter."""
        await self._sessions.program()
        if not self._wanted.number:
            return
        if not self._number_at:
            raise self._no_number()
        try:
            sets = (await self._ask(self._number_at)).values
        except ContactFault as fault:
            raise (self._no_number() if self._sessions.is_open else fault) from None
        self._is_proven([DataSet(self._number_at, sets)])

    # Items.

    def _find(self, item: str) -> str:
        """Give the identifier of an item; ``ContactFault`` for what this model has not."""
        known = self._wanted.model.item(item)
        if known is None and not is_identifier(item):
            raise unknown_item(item, self._wanted.model)
        return item if known is None else known.at

    def _read(self, item: str, at: str, one: DataSet) -> ItemRead:
        known = self._wanted.model.item(item)
        return item_read(item, at, one.values, "" if known is None else known.unit)

    def _known(self, address: str, one: DataSet) -> ItemRead:
        """Read a data set under the model's name for it, if it has one."""
        items = self._wanted.model.items.items()
        name = next((name for name, known in items if is_meant(address, known.at)), address)
        return self._read(name, address, one)

    def _pick(
        self, items: Iterable[str], sets: Sequence[DataSet], faults: dict[str, ContactFault]
    ) -> dict[str, ItemRead]:
        """Take items of a read-out; what this model has not goes to the faults."""
        found = {}
        for item in items:
            try:
                at = self._find(item)
            except ContactFault as fault:
                faults[item] = fault
                continue
            if (one := pick(sets, at)) is not None:
                found[item] = self._read(item, at, one)
        return found

    def _may_ask(self, *, is_proven: bool) -> None:
        """Say why nothing can be asked for by R1, where nothing can."""
        is_silent = self._sessions.is_readable_only
        if not is_silent and (self._wanted.password or self._wanted.model.proof == "none"):
            return
        if not is_proven:
            raise self._no_number()
        why = ContactWhy.REFUSED if is_silent else ContactWhy.AUTH
        cure = "the meter has no other mode" if is_silent else "cure: the meter's password"
        raise ContactFault(why, f"it is not in the read-out, and cannot be asked for by itself: {cure}")

    async def _ask_for(
        self,
        items: Sequence[str],
        picked: dict[str, ItemRead],
        found: dict[str, ItemRead],
        faults: dict[str, ContactFault],
    ) -> None:
        """Ask by R1 for what is not in the read-out; the meter's number first, and then all of it counts."""
        try:
            await self._enter()
            found |= picked
            for item in items:
                at = self._find(item)
                try:
                    found[item] = self._read(item, at, await self._ask(at))
                except ContactFault as fault:
                    if not self._sessions.is_open:
                        raise
                    faults[item] = fault
        finally:
            await self._sessions.end()

    async def _ask(self, at: str) -> DataSet:
        """Read one identifier by R1."""
        sets = await self._sessions.say(Command("R1", f"{at}()"))
        # Some meters leave out in an answer what was asked for.
        found = pick(sets, at) or next((one for one in sets if not one.address), None)
        if found is None:
            raise ContactFault(ContactWhy.GARBLED, f"the meter answered something else than {at}")
        return found

    async def _order(
        self, command: Command, item: str, is_done: Callable[[ItemRead], bool] = lambda _: True
    ) -> tuple[ContactFault | None, ItemRead | None]:
        """Say once what changes the meter, and look at what stands there then; twice, where it is not done.

        A fault leaves open whether it was done all the same.
        """
        doubt = None
        if not self._wanted.address and not self._wanted.number:
            said = "what changes a meter goes to one that is known: cure: its address, or its number"
            raise ContactFault(ContactWhy.REFUSED, said)
        try:
            await self._enter()
            try:
                await self._sessions.say(command)
            except ContactFault as fault:
                doubt = ContactFault(fault.why, str(fault), is_in_doubt=True)
            now = await self._look(item)
            if now is not None and not is_done(now):
                await self._sessions.pause(SETTLE_MS)
                now = await self._look(item) or now
            return doubt, now
        finally:
            await self._sessions.end()

    async def _look(self, item: str) -> ItemRead | None:
        """Read back by R1, in another session where the one before broke off; None: it cannot be read."""
        at = self._find(item)
        try:
            if not self._sessions.is_open:
                await self._enter()
            return self._read(item, at, await self._ask(at))
        except ContactFault:
            return None


def _done(order: RelayOrder, seen: ItemRead | None, fault: ContactFault | None) -> RelayDone:
    return RelayDone(order, None if seen is None else relay_state(seen.text), fault)


def check_address(address: str) -> None:
    """Refuse (``AddressFault``) what is no address of IEC 62056-21; none is whoever is alone."""
    try:
        request_text(address)
    except ValueFault as fault:
        raise AddressFault(str(fault)) from None


def _in_order(items: Sequence[str], found: dict[str, ItemRead], faults: dict[str, ContactFault]) -> ItemsRead:
    read = tuple(found[item] for item in items if item in found)
    return ItemsRead(read, tuple((item, faults[item]) for item in items if item in faults))
