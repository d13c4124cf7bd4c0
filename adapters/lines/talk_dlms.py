"""A conversation in DLMS/COSEM, over HDLC or the wrapper.

    read        attributes, in lists where the meter agreed to them, registers with what they count in
    write       the attribute as it stands, a value of the same kind once, and read back
    switch      a method of the disconnect control once, and its states read back
    enter_token the token gateway's method once, and its status until it is final

The meter's number is its logical device name, or what the model has as ``number_at``. It is compared once
the association stands, before anything else is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.lines.association import Association, server_of
from adapters.lines.items_dlms import Attribute, find, named, value_in, values_of
from adapters.lines.profile import read_in_parts
from adapters.lines.profile_dlms import ProfileDlms
from adapters.lines.reading_dlms import Reading
from adapters.lines.talk import (
    SETTLE_MS,
    AddressFault,
    in_meter_zone,
    is_same_meter,
    not_known,
    wrong_number,
)
from adapters.lines.text_dlms import value_of
from adapters.lines.tokens_dlms import Tokens
from gateway.codecs.dlms.classes import target
from gateway.codecs.dlms.datum import INT8, Datum
from gateway.codecs.dlms.events import Acted, Wrote
from gateway.codecs.dlms.results import ACTION_RESULT, SUCCESS
from gateway.codecs.dlms.results import named as result_name
from gateway.codecs.dlms.services import Asked, Target
from gateway.core.contact import (
    ContactFault,
    ContactWhy,
    ItemsRead,
    ItemWritten,
    RelayDone,
    RelayState,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from adapters.lines.talk import Wanted
    from adapters.lines.wire import Wire
    from gateway.codecs.dlms.client import Client
    from gateway.codecs.dlms.services import Result
    from gateway.codecs.dlms.token import TokenStatus
    from gateway.core.contact import ProfileRead, RelayOrder
    from gateway.ports import Clock

_OUTPUT: Final = 2
_STATES: Final = {0: RelayState.OPEN, 1: RelayState.CLOSED, 2: RelayState.READY}


class TalkDlms:
    """One meter; whose physical address is the number that is wanted, or the model's."""

    def __init__(self, wire: Wire, clock: Clock, wanted: Wanted) -> None:
        check_address(wanted)
        self._association = Association(wire, clock, wanted)
        self._reading = Reading(self._association)
        self._wanted = wanted
        self._is_proven = False

    async def identify(self) -> str:
        """Give the meter's number: its logical device name, or what the model has as its number."""
        await self._association.open()
        at = self._number_at
        return at.show(await self._reading.one(at.target), None).text

    async def read(self, items: Sequence[str]) -> ItemsRead:
        """Read items."""
        known: list[Attribute] = []
        faults: dict[str, ContactFault] = {}
        for item in items:
            try:
                known.append(self._find(item))
            except ContactFault as fault:
                faults[item] = fault
        found = await self._read(known)
        faults |= dict(found.missing)
        return ItemsRead(found.read, tuple((item, faults[item]) for item in items if item in faults))

    async def everything(self) -> ItemsRead:
        """Read the values of all objects that the meter lists; where it lists none, of the model's items."""
        model = self._wanted.model
        ours = [one for one in (find(name, model) for name in model.items) if not one.is_profile]
        try:
            await self._get_in()
            listed = values_of(await self._reading.one(target("association", "object_list")))
        except ContactFault:
            listed = []
        return await self._read([named(each, model) for each in listed] or ours)

    async def write(self, item: str, text: str) -> ItemWritten:
        """Write an item, once, and read it back; what is written is of the kind that stands there."""
        one = self._find(item)
        await self._get_in()
        (scale,) = await self._reading.scales([one])
        value = value_of(text, await self._reading.one(one.target), scale, is_moment=one.is_moment)
        doubt = await self.order(lambda client: client.set([Asked(one.target)], [value]))
        back = await self._read([one])
        return ItemWritten(item, one.show(value, scale).text, back.read[0] if back.read else None, doubt)

    async def relay(self) -> RelayState | None:
        """Look where the relay is."""
        relay = self._wanted.model.relay
        if relay is None:
            raise not_known("relay", self._wanted.model)
        state, _ = await self._look(self._find(relay.state).target)
        return state

    async def switch(self, order: RelayOrder) -> RelayDone:
        """Switch the relay, once, and read back where it is."""
        relay = self._wanted.model.relay
        word = "" if relay is None else getattr(relay, order.value)
        if relay is None or not word:
            said = f"model {self._wanted.model.name} has no word for: {order.value}"
            raise ContactFault(ContactWhy.REFUSED, said)
        at = self._find(relay.state).target
        await self._get_in()
        method = Target(at.class_id, at.name, int(word))
        doubt = await self.order(lambda client: client.act([method], [Datum(INT8, 0)]))
        state, unlike = await self._relay(at, order)
        return RelayDone(order, state, doubt or unlike)

    async def profile(self, first: datetime, last: datetime, item: str = "profile") -> ProfileRead:
        """Read the rows of a profile from one moment to another, both included, part by part."""
        at = self._find(item).target
        await self._get_in()
        profile = ProfileDlms(self._reading, at, self._wanted.model)
        await profile.prepare()
        begins, ends = in_meter_zone(first, self._wanted), in_meter_zone(last, self._wanted)
        return await read_in_parts(begins, ends, profile.rows, profile.part)

    async def enter_token(self, digits: str) -> TokenStatus:
        """Enter a token, once, and give its status; ``ContactFault`` in doubt where that is not known."""
        words = self._wanted.model.dlms
        return await Tokens(self._association, self._reading, words, self._get_in).enter(digits)

    async def leave(self) -> None:
        """Release and disconnect."""
        await self._association.close()

    # For what goes on in the same conversation: timetables.

    @property
    def wanted(self) -> Wanted:
        """Which meter, and of which model."""
        return self._wanted

    async def values(self, targets: Sequence[Target]) -> dict[Target, Result | ContactFault]:
        """Read attributes as they are; ``ContactFault`` where we do not get in."""
        await self._get_in()
        return await self._reading.values(targets)

    # Steps.

    @property
    def _number_at(self) -> Attribute:
        model = self._wanted.model
        if model.number_at:
            return find(model.number_at, model)
        return named(target("logical device name", "value"), model)

    def _find(self, item: str) -> Attribute:
        return find(item, self._wanted.model)

    async def _get_in(self) -> None:
        """Get in, and compare the meter's number where one is wanted."""
        if not self._association.is_open:
            self._is_proven = False
            await self._association.open()
        if self._is_proven or not self._wanted.number:
            return
        at = self._number_at
        try:
            said = at.show(await self._reading.one(at.target), None).text
        except ContactFault as fault:
            if not self._association.is_open:
                raise
            sentence = f"the meter does not say its number ({at.at}), so nothing of it counts: {fault}"
            raise ContactFault(ContactWhy.WRONG_METER, f"{sentence}; cure: the model's number_at") from None
        if not is_same_meter(said, self._wanted.number):
            raise wrong_number(said, self._wanted.number, at.at)
        self._is_proven = True

    async def _read(self, attributes: Sequence[Attribute]) -> ItemsRead:
        whole = ContactFault(ContactWhy.REFUSED, "a profile is read between two moments")
        several = [one for one in attributes if not one.is_profile]
        try:
            await self._get_in()
            found = await self._reading.items(several)
        except ContactFault as fault:
            found = ItemsRead((), tuple((one.item, fault) for one in several))
        left_out = tuple((one.item, whole) for one in attributes if one.is_profile)
        return ItemsRead(found.read, found.missing + left_out)

    async def order(self, say: Callable[[Client], None]) -> ContactFault | None:
        """Say once what changes the meter; a fault leaves open whether it was done all the same."""
        try:
            event = await self._association.ask(say)
        except ContactFault as fault:
            return ContactFault(fault.why, str(fault), is_in_doubt=True)
        assert isinstance(event, Wrote | Acted), "what answers an order"  # noqa: S101 - of our own codec
        result = event.results[0] if isinstance(event, Wrote) else event.done[0].result
        if result == SUCCESS:
            return None
        said = f"the meter refuses: {result_name(ACTION_RESULT, result)}"
        return ContactFault(ContactWhy.REFUSED, said, is_in_doubt=True)

    async def _look(self, at: Target) -> tuple[RelayState | None, ContactFault | None]:
        """Look once where the relay is; ``ContactFault`` where that cannot be seen."""
        await self._get_in()
        output = Target(at.class_id, at.name, _OUTPUT)
        results = await self._reading.values([at, output])
        return _seen(value_in(results, at, "the relay"), results[output])

    async def _relay(self, at: Target, order: RelayOrder) -> tuple[RelayState | None, ContactFault | None]:
        """Read back where the relay is: what controls it says one thing, its contact the other."""
        seen: tuple[RelayState | None, ContactFault | None] = (None, None)
        for after_ms in (0, SETTLE_MS):
            await self._association.exchange.pause(after_ms)
            try:
                seen = await self._look(at)
            except ContactFault:
                return seen
            if seen[1] is None and RelayDone(order, seen[0]).is_obeyed:
                break
        return seen


def _seen(control: Datum, output: Result | ContactFault) -> tuple[RelayState | None, ContactFault | None]:
    """Say where a relay is: its contact decides, and where the two differ that is said."""
    state = _STATES.get(control.value) if isinstance(control.value, int) else None
    if not isinstance(output, Datum) or not isinstance(output.value, bool):
        return state, None
    if output.value == (state is RelayState.CLOSED) or state is None:
        return state, None
    contact = RelayState.CLOSED if output.value else RelayState.OPEN
    said = f"the relay's control says {state.value}, and its contact is {contact.value}"
    return contact, ContactFault(ContactWhy.GARBLED, said)


def check_address(wanted: Wanted) -> None:
    """Refuse (``AddressFault``) an address that the model's size does not hold."""
    try:
        server_of(wanted)
    except ValueError as fault:
        raise AddressFault(str(fault)) from None
