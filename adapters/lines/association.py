"""An association with a meter of DLMS: how one gets in, asks, and leaves (IEC 62056-5-3).

    none, lls    the link, then the association
    gmac         the same with the meter's keys. A meter that refuses may have seen a higher counter than ours
                 is: it names the one it wants, or the public client reads it, once; then once more

A link of HDLC that was lost is begun anew where something is to be read back. A connection is not: an answer
that comes late there would be taken for the next question's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.lines.exchange import Exchange
from adapters.lines.machine_dlms import DlmsMachine
from gateway.codecs.dlms.access import Access
from gateway.codecs.dlms.acse import Mechanism
from gateway.codecs.dlms.client import Client
from gateway.codecs.dlms.datum import Datum
from gateway.codecs.dlms.events import Associated, Broken, Failed, Got, Refused, Told
from gateway.codecs.dlms.hdlc import Address, server_address
from gateway.codecs.dlms.link import LinkOpened
from gateway.codecs.dlms.link_client import ClientLink
from gateway.codecs.dlms.link_tcp import TcpLink
from gateway.codecs.dlms.security import COUNTER_MAX
from gateway.codecs.dlms.services import Asked, Target
from gateway.codecs.meter_model.model import MeterProtocol
from gateway.core.contact import ContactFault, ContactWhy

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.lines.talk import Wanted
    from adapters.lines.wire import Wire
    from gateway.codecs.dlms.acse import Initiate
    from gateway.codecs.dlms.security import Sealing
    from gateway.ports import Clock

COUNTER_TOLD_MAX: Final = 0x7FFF_FFFF
"""The highest counter that is taken from a meter's word, which nobody has proved: half of all that there are.

A lie can so never use up the keys.
"""

COUNTERS_LEFT: Final = 65_536
"""Invocation counters that must be left where a conversation begins: more than the longest one seals."""

LEAVE_MS: Final = 3_000
"""Milliseconds for each of a meter's two good-byes: it ends by itself what nobody ends."""

PUBLIC_CLIENT: Final = 16
"""The client that needs no proof, and may read the counter (IEC 62056-5-3, 4.2.2)."""

COUNTER_ITEM: Final = "invocation-counter"
"""The item of a model that has the counter elsewhere than at ``_COUNTER_AT``."""

#: Where the counter of the global unicast key stands as a rule (IEC 62056-6-1: 0-b:43.1.e.255).
_COUNTER_AT: Final = "0-0:43.1.0.255"
_PROVED_BY: Final = ("authentication", "mechanism", "deciphering", "invocation", "AP-title")
_COUNTER_CURE: Final = (
    "cure: see to the keys, and that the invocation counter is above the meter's: the public client may not "
    "read it, or it is not the reason"
)
_MAYBE_COUNTER: Final = (ContactWhy.AUTH, ContactWhy.REFUSED, ContactWhy.TIMEOUT, ContactWhy.LOST)


class _Entry(ContactFault):
    """The meter did not let us in; ``counter`` is the one that it wants, where it says so."""

    def __init__(self, why: ContactWhy, said: str, counter: int | None = None) -> None:
        super().__init__(why, said)
        self.counter = counter


class Association:
    """What is under way with one meter."""

    def __init__(self, wire: Wire, clock: Clock, wanted: Wanted) -> None:
        self._wanted = wanted
        self._slack_ms = wire.slack_ms + wanted.model.slack_ms
        self._is_hdlc = wanted.model.protocol is MeterProtocol.DLMS_HDLC
        self._machine: DlmsMachine | None = None
        self._is_in = False
        self._barred: ContactFault | None = None
        self.exchange = Exchange(wire, clock)

    @property
    def is_open(self) -> bool:
        """True where something can be asked."""
        return self._is_in and not self.exchange.is_over

    @property
    def is_barred(self) -> bool:
        """True where nothing can be asked in this contact any more: it would end the same way."""
        return self._barred is not None or self.exchange.is_over

    @property
    def agreed(self) -> Initiate:
        """What the meter agreed to."""
        agreed = None if self._machine is None else self._machine.client.agreed
        assert agreed is not None, "an association is open"  # noqa: S101 - of our own code
        return agreed

    async def open(self) -> None:
        """Get in, where we are not; ``ContactFault`` says why not."""
        if self.is_open:
            return
        if self._barred is not None:
            raise self._barred
        try:
            if self._wanted.model.proof == "gmac":
                await self._open_sealed()
            else:
                await self._enter(self._wanted.model.dlms.client, self._access())
        except ContactFault as fault:
            # Meters shut out whoever tries a wrong password again and again.
            if fault.why is ContactWhy.AUTH or not self._is_hdlc:
                self._barred = fault
            raise
        self._is_in = True

    async def ask(self, say: Callable[[Client], None]) -> Any:  # noqa: ANN401 - one of the client's events
        """Ask, and give the answer; ``ContactFault`` where there is none, or a refusal as a whole."""
        machine = self._machine
        assert machine is not None, "an association is open"  # noqa: S101 - of our own code
        try:
            self.exchange.put(machine.ask(say))
            event = await self._heard()
        except ContactFault as fault:
            self._is_in = False
            if not self._is_hdlc:
                self._barred = fault
            raise
        if isinstance(event, Failed):
            why = ContactWhy.GARBLED if event.is_broken else ContactWhy.REFUSED
            said = "the answer breaks the standard" if event.is_broken else "the meter refuses"
            if event.counter is not None:
                why, said = ContactWhy.AUTH, "the meter wants another invocation counter"
            raise ContactFault(why, f"{said}: {event.why}")
        return event

    async def close(self) -> None:
        """Release and disconnect, each for a short time only; never fails."""
        await self._part()
        self.exchange.end()

    # Getting in.

    async def _open_sealed(self) -> None:
        """Get in by keys; where the counter may be the reason for a refusal, once more with a higher one."""
        keys, client = self._wanted.keys, self._wanted.model.dlms.client
        if keys is None:
            raise ContactFault(ContactWhy.AUTH, "this model is entered by keys, and none were given")
        sealing = keys.sealing()
        begun_at = sealing.counter
        if begun_at > COUNTER_MAX - COUNTERS_LEFT:
            said = "the invocation counter is as good as used up; cure: change the meter's keys"
            raise ContactFault(ContactWhy.AUTH, said)
        try:
            await self._enter(client, self._access(sealing, keys.challenge()))
        except ContactFault as fault:
            is_entry = isinstance(fault, _Entry) and fault.why in _MAYBE_COUNTER
            if self.exchange.is_over or not is_entry:
                raise
            refusal = fault
        else:
            return
        told = refusal.counter if isinstance(refusal, _Entry) else None
        counter = await self._counter_of_meter() if told is None else told
        if counter is None and refusal.why is not ContactWhy.AUTH:
            raise refusal
        if counter is None or not begun_at < counter <= COUNTER_TOLD_MAX:
            raise ContactFault(refusal.why, f"{refusal}; {_COUNTER_CURE}")
        keys.used(counter)
        try:
            await self._enter(client, self._access(keys.sealing(), keys.challenge()))
        except _Entry as fault:
            said = f"{fault}, also with the invocation counter that it told; cure: see to the keys"
            raise ContactFault(fault.why, said) from None

    async def _counter_of_meter(self) -> int | None:
        """Read the meter's counter by the public client, and give the next one; None: it does not tell."""
        item = self._wanted.model.item(COUNTER_ITEM)
        target = Target.of(1, _COUNTER_AT if item is None else item.at, 2)
        try:
            await self._part()
            await self._enter(PUBLIC_CLIENT, Access())
            found = await self.ask(lambda client: client.get(Asked(target)))
            await self._part()
        except ContactFault:
            return None
        value = found.results[0] if isinstance(found, Got) else None
        if isinstance(value, Datum) and type(value.value) is int:
            return value.value + 1
        return None

    async def _part(self) -> None:
        """Release what stands, and end the link."""
        machine, self._machine, self._is_in = self._machine, None, False
        if machine is not None and machine.is_linked:
            if not machine.client.is_busy:
                await self._said(lambda: machine.ask(Client.release))
            await self._said(machine.disconnect)

    async def _enter(self, client: int, access: Access) -> None:
        """Begin a link and an association in it; ``ContactFault``, and ``_Entry`` once the link stood."""
        self._machine = machine = DlmsMachine(self._link(client), access, self._slack_ms, self._store)
        self.exchange.use(machine)
        self.exchange.put(machine.connect())
        event = await self._heard()
        assert isinstance(event, LinkOpened), "what a link begins with"  # noqa: S101 - of our own codec
        self.exchange.put(machine.ask(Client.associate))
        try:
            event = await self._heard()
        except ContactFault as fault:
            raise _Entry(fault.why, f"when it was to let us in: {fault}") from None
        if isinstance(event, Refused):
            why, said = self._refusal(event)
            raise _Entry(why, said, event.counter)
        assert isinstance(event, Associated), "what an association begins with"  # noqa: S101 - likewise

    def _refusal(self, event: Refused) -> tuple[ContactWhy, str]:
        is_proved = self._wanted.model.proof != "none" and event.result != "rejected-transient"
        is_about_proof = any(word in event.why for word in _PROVED_BY)
        why = ContactWhy.AUTH if is_proved or is_about_proof else ContactWhy.REFUSED
        cure = "; cure: the password" if self._wanted.model.proof == "lls" else ""
        return why, f"the meter does not let us in: {event.result}, {event.why}{cure}"

    def _access(self, sealing: Sealing | None = None, challenge: bytes = b"") -> Access:
        proof, words = self._wanted.model.proof, self._wanted.model.dlms
        if sealing is not None:
            return Access(Mechanism.GMAC, challenge, sealing, is_ciphered=words.is_ciphered)
        if proof != "lls":
            return Access()
        if not self._wanted.password:
            raise ContactFault(ContactWhy.AUTH, "this model is entered by password, and none was given")
        return Access(Mechanism.PASSWORD, self._wanted.password.encode("utf-8"))

    def _link(self, client: int) -> ClientLink | TcpLink:
        if not self._is_hdlc:
            return TcpLink(client, self._wanted.model.dlms.logical)
        return ClientLink(Address(client), server_of(self._wanted))

    def _store(self, counter: int) -> None:
        assert self._wanted.keys is not None, "what seals has keys"  # noqa: S101 - of our own code
        self._wanted.keys.used(counter)

    # Waiting.

    async def _heard(self) -> Any:  # noqa: ANN401 - of the link's and the client's events
        """Give what comes; ``ContactFault`` where the link is lost, or can be trusted no more."""
        while isinstance(event := await self.exchange.next(), Told):
            continue
        if isinstance(event, Broken):
            is_proved = self._wanted.model.proof == "gmac"
            why = ContactWhy.AUTH if is_proved else ContactWhy.GARBLED
            event = ContactFault(why, f"the meter's answer is not as it must be: {event.why}")
        if isinstance(event, ContactFault):
            raise event
        return event

    async def _said(self, say: Callable[[], list[Any]]) -> None:
        """Say a good-bye, and wait a short time for the meter's."""
        try:
            self.exchange.put(say())
            await self.exchange.next(within_ms=LEAVE_MS)
        except ContactFault:
            # The wire is over, or the meter says nothing: it ends by itself what nobody ends.
            return


def server_of(wanted: Wanted) -> Address:
    """Give a meter's address on its line: the physical half is the number that is wanted, or the model's.

    ValueError for one that does not fit into the model's size, or has no place: one octet has no physical
    half, and who is called over TCP is alone there. None is passed over: another meter would obey.
    """
    words, wants = wanted.model.dlms, wanted.address
    if wants and (words.address_octets == 1 or wanted.model.protocol is MeterProtocol.DLMS_TCP):
        raise ValueError(
            f"model {wanted.model.name} has no place for one; cure: leave it out, or say --number"
        )
    return server_address(wants, words.logical, words.physical, words.address_octets)
