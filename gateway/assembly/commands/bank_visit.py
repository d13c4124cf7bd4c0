"""A bank's visit at the gateway: its errand done message by message, each of them shown.

The bank's own person looks on, so meter number and token stand there in clear; card and account numbers and
a sign-on's signature do not.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from gateway.assembly.commands.message_view import MessageView
from gateway.assembly.commands.terminal import NO_SUCCESS, harmless, out
from gateway.codecs.iso8583.message import PeerFault
from gateway.codecs.iso8583.tables import section
from gateway.core.energy import Energy
from gateway.core.token import TokenDigits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twisted.internet.defer import Deferred

    from gateway.codecs.iso8583.message import Message
    from gateway.core.money import Money
    from gateway.simulators.bank import BankLink, BankSimulator

#: Secret fields that carry what this visit is about: number, token, receipt, text.
_OPEN: Final = frozenset({48, 57, 62, 63})
_DONE: Final = "00"
_ACTION: Final = 39
_TOKENS: Final = ("token", "free_token")
# More digits than any sale has; what is longer is shown as it came.
_WH_DIGITS_MAX: Final = 15


class Errand(Enum):
    """What the bank comes for."""

    SIGN_ON = "sign-on"
    ECHO = "echo"
    INQUIRE = "inquire"
    PAY = "pay"
    TOUR = "tour"


class BankVisit:
    """One connection, from the sign-on to the end of the errand. ``table`` is the profile's."""

    def __init__(
        self, bank: BankSimulator, table: Mapping[str, Any], errand: Errand, meter: str, amount: Money | None
    ) -> None:
        self._bank = bank
        self._errand = errand
        self._meter = meter
        self._amount = amount
        self._view = MessageView.of_profile(table, _OPEN)
        self._masked = MessageView.of_profile(table, frozenset())
        door = section(table, "door", "profile")
        self._places = section(door, "answer", "door") if "answer" in door else {}
        self._refused = 0

    async def make(self, reactor: Any, endpoint: str) -> int:  # noqa: ANN401 - Twisted's reactor is several interfaces
        """Do the errand; 1 when an answer is a refusal. Fails as the link does: TimedOut, LinkLost."""
        link = await self._bank.connect(reactor, endpoint)
        try:
            await self._step(link, "sign on", link.sign_on())
            # Nothing is served to a bank that could not sign on, and each refusal would say so again.
            if not self._refused:
                await self._do(link)
        finally:
            link.close()
        return NO_SUCCESS if self._refused else 0

    async def _do(self, link: BankLink) -> None:
        match self._errand:
            case Errand.SIGN_ON:
                return
            case Errand.ECHO:
                await self._step(link, "echo", link.echo())
            case Errand.INQUIRE:
                self._show_offer(await self._inquire(link))
            case Errand.PAY:
                self._show_credit(await self._pay(link))
            case Errand.TOUR:
                await self._tour(link)

    async def _tour(self, link: BankLink) -> None:
        await self._step(link, "echo", link.echo())
        self._show_offer(await self._inquire(link))
        paid = await self._pay(link)
        again = await self._step(link, "the same payment again", link.repeat(paid))
        await self._step(link, "sign off", link.sign_off())
        self._show_credit(paid)
        is_same = all(self._found(name, paid) == self._found(name, again) for name in _TOKENS)
        out("The repeat brought the same token." if is_same else "The repeat brought ANOTHER token.")
        self._refused += not is_same

    async def _inquire(self, link: BankLink) -> Message:
        return await self._step(link, "inquiry", link.inquire(self._meter, self._minor))

    async def _pay(self, link: BankLink) -> Message:
        return await self._step(link, f"payment of {self._amount}", link.pay(self._meter, self._minor))

    @property
    def _minor(self) -> int:
        return 0 if self._amount is None else self._amount.minor

    async def _step(self, link: BankLink, what: str, asked: Deferred[Message]) -> Message:
        """Show the request that has just gone out, wait, and show its answer."""
        request = link.sent[-1] if link.sent else None
        out(f"---- {what} ".ljust(80, "-"))
        if request is not None:
            view = self._masked if request.mti.startswith("08") else self._view
            out("> request", *view.lines(request))
        answer = await asked
        code = answer.fields.get(_ACTION, "")
        out("< answer", *self._view.lines(answer), "")
        if code != _DONE:
            self._refused += 1
            text = " ".join(self._found("text", answer))
            out(f"Refused with code {harmless(code) or 'none'}" + (f": {harmless(text)}" if text else ""), "")
        return answer

    def _show_credit(self, answer: Message) -> None:
        """Say what the customer gets to hear."""
        if answer.fields.get(_ACTION) != _DONE:
            return
        found = {name: " ".join(self._found(name, answer)) for name in ("customer", "receipt", "text")}
        rows = [
            ("Meter", self._meter),
            ("Paid", str(self._amount)),
            ("Customer", found["customer"]),
            ("Receipt", found["receipt"]),
            *self._energies(answer),
            *(("Enter first", _grouped(token)) for token in self._found("key_change", answer)),
            ("Token", _grouped("".join(self._found("token", answer)))),
            ("Free token", _grouped("".join(self._found("free_token", answer)))),
            ("Text", found["text"]),
            *(("Slip", line) for line in self._found("receipt_lines", answer)),
        ]
        _show(rows)

    def _show_offer(self, answer: Message) -> None:
        """Say what the amount of an inquiry would buy, where one was named."""
        if self._amount is None or answer.fields.get(_ACTION) != _DONE:
            return
        rows = [
            ("Asked for", str(self._amount)),
            *self._energies(answer),
            ("Tariff", "".join(self._found("tariff", answer))),
            *(("Screen", line) for line in self._found("screen_lines", answer)),
            ("Text", "" if "screen_lines" in self._places else " ".join(self._found("text", answer))),
        ]
        _show(rows)

    def _energies(self, answer: Message) -> list[tuple[str, str]]:
        """What was bought, and what comes free."""
        return [
            ("Energy", _energy("".join(self._found("energy", answer)))),
            ("Free energy", _energy("".join(self._found("free_energy", answer)))),
        ]

    def _found(self, name: str, answer: Message) -> list[str]:
        """Find the texts of the answer where the profile's door puts them; none where they are not."""
        place = self._places.get(name)
        if not isinstance(place, dict):
            return []
        number, tags = int(place.get("field") or 0), place.get("tags") or [place.get("tag")]
        text = answer.fields.get(number, "")
        if tags == [None] or not text:
            return [text] if text else []
        try:
            parts = self._bank.messages.profile.tags_of(number, text)
        except PeerFault:  # the field was shown above with what is wrong in it
            return []
        return [parts[tag] for tag in tags if tag in parts]


def _show(rows: list[tuple[str, str]]) -> None:
    """Print the rows that have a text."""
    out(*(f"{label:<12}{harmless(text)}" for label, text in rows if text))


def _energy(wh: str) -> str:
    """Write watt-hours as kWh."""
    if wh.isascii() and wh.isdigit() and len(wh) <= _WH_DIGITS_MAX:
        return f"{Energy(int(wh)).kwh_text()} kWh"
    return wh


def _grouped(token: str) -> str:
    """Write a token in its groups of four; whatever else came is shown as it is."""
    try:
        return TokenDigits(token).grouped()
    except ValueError:
        return token
