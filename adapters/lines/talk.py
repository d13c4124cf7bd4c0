"""What can be asked of a meter, whatever it speaks; and how its answers are put together.

    talk = talk_with(wire, clock, wanted)
    await talk.identify()                       the number of whoever answers
    await talk.read(["energy", "clock"])        ItemsRead: what was read, and what not, with reasons
    await talk.write("time", "120000")          ItemWritten: with what stands there afterwards
    await talk.switch(RelayOrder.TRIP)          RelayDone: with where the relay is afterwards
    await talk.leave()                          says good-bye where the protocol has one

An item is a name of the model, or an identifier as the protocol writes it. What is written or switched is
sent once and read back, whatever the meter answered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Final

from gateway.core.contact import ENDS, ContactFault, ContactWhy, ItemsRead

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from adapters.lines.meter_keys import MeterKeys
    from adapters.lines.wire import Trace
    from gateway.codecs.meter_model.model import MeterModel
    from gateway.core.contact import ItemRead

_MAKER: Final = 3

SETTLE_MS: Final = 2_000
"""Milliseconds until a relay has moved, where it is not as ordered at the first look."""


class AddressFault(ValueError):  # noqa: N818 - the fault of what was written
    """It is no address of the model's protocol; the text says what one looks like."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which meter, of which model, and what lets us in; ``now`` is the time of day in the meter's zone.

    ``number``: what the meter must call itself, where its protocol does not say it in each frame.
    ``password`` and ``keys`` are as the model's ``proof`` wants them. ``trace`` is told of the octets that go
    and come in a call (None: nobody is).
    """

    model: MeterModel
    address: str
    now: Callable[[], datetime]
    number: str = ""
    password: str = field(default="", repr=False)
    keys: MeterKeys | None = field(default=None, repr=False)
    trace: Trace | None = field(default=None, repr=False)


async def read_one_by_one(items: Sequence[str], read: Callable[[str], Awaitable[ItemRead]]) -> ItemsRead:
    """Read items one after the other; after a fault that ends the contact the rest is missing too."""
    found: list[ItemRead] = []
    missing: list[tuple[str, ContactFault]] = []
    ended: ContactFault | None = None
    for item in items:
        if ended is None:
            try:
                found.append(await read(item))
            except ContactFault as fault:
                missing.append((item, fault))
                ended = fault if fault.why in ENDS else None
        else:
            missing.append((item, ended))
    return ItemsRead(tuple(found), tuple(missing))


def not_known(what: str, model: MeterModel) -> ContactFault:
    """Say that a model has something not at all."""
    return ContactFault(ContactWhy.REFUSED, f"model {model.name} has no {what} over its line")


async def relay_text(model: MeterModel, read: Callable[[Sequence[str]], Awaitable[ItemsRead]]) -> str:
    """Read the item that shows where the relay is; ``ContactFault`` where that cannot be."""
    if model.relay is None:
        raise not_known("relay", model)
    back = await read([model.relay.state])
    if not back.read:
        raise back.missing[0][1]
    return back.read[0].text


def unknown_item(item: str, model: MeterModel) -> ContactFault:
    """Say that a model has no such item, and which it has."""
    known = ", ".join(model.items)
    return ContactFault(ContactWhy.REFUSED, f"{item[:40]}: unknown; model {model.name} has: {known}")


def is_same_number(said: str, wanted: str) -> bool:
    """Say whether a meter of this number is the one that is wanted: zeros before it do not count.

    >>> is_same_number(" 00012345", "12345"), is_same_number("12345", "2345")
    (True, False)
    """
    return said.strip().lstrip("0") == wanted.strip().lstrip("0") != ""


def is_same_meter(said: str, wanted: str) -> bool:
    """Say the same of a name that may have its maker's three letters before the number (COSEM, 4.1.8.2).

    >>> is_same_meter("PWS000000000161", "161"), is_same_meter("161", "161"), is_same_meter("AB161", "161")
    (True, True, False)
    """
    bare = said[_MAKER:] if said[:_MAKER].isalpha() else said
    return is_same_number(said, wanted) or is_same_number(bare, wanted)


def wrong_number(said: str, wanted: str, at: str) -> ContactFault:
    """Say that another meter answers: none of its values counts."""
    sentence = f"another meter answers: it calls itself {said[:40]!r} at {at}, and {wanted} was wanted"
    return ContactFault(ContactWhy.WRONG_METER, sentence)


def no_number(at: str) -> ContactFault:
    """Say that the meter does not tell who it is, where somebody in particular is wanted."""
    said = f"the meter does not say its number ({at}), so nothing of it counts; cure: the model's number_at"
    return ContactFault(ContactWhy.WRONG_METER, said)


def in_meter_zone(at: datetime, wanted: Wanted) -> datetime:
    """Give a moment as the meter's clock shows it; one without a zone is of the meter's already."""
    zone = wanted.now().tzinfo or UTC
    return at.replace(tzinfo=zone) if at.tzinfo is None else at.astimezone(zone)
