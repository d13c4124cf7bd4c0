"""A desk without people: a dialogue, a card and who has the keys, in one process and at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from gateway.codecs.apdu.command import Command, PeerFault
from gateway.codecs.apdu.exchange import Exchange
from gateway.codecs.card.profile import Told
from gateway.codecs.card.steps import Answered, Ask, Lost, Noted, Transmit
from gateway.simulators.card.cells import CardGone

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.codecs.card.dialogue import Dialogue
    from gateway.codecs.card.steps import Answer, Outcome, Step, Talk
    from gateway.simulators.card.faults import VirtualCard
    from gateway.simulators.card.key_holder import KeyHolder

_T = TypeVar("_T")


def carried_out(
    dialogue: Dialogue,
    card: VirtualCard,
    keys: KeyHolder,
    told: Callable[[Step], Answer | None] = lambda _: None,
) -> Outcome:
    """Bring a dialogue to its end. ``told`` hears of each step, and may answer it itself."""
    while dialogue.step is not None:
        dialogue.answer(told(dialogue.step) or answered(dialogue.step, card, keys))
    assert dialogue.outcome is not None, "a dialogue without a step has ended"  # noqa: S101 - of our own code
    return dialogue.outcome


def spoken(talk: Talk[_T], card: VirtualCard, keys: KeyHolder) -> _T:
    """Bring a part of a dialogue to its end; what breaks it off comes out as ``Break``."""
    try:
        step = next(talk)
        while True:
            step = talk.send(answered(step, card, keys))
    except StopIteration as end:
        result: _T = end.value
        return result


def answered(step: Step, card: VirtualCard, keys: KeyHolder) -> Answer:
    """Answer one step."""
    if isinstance(step, Ask):
        return keys.answer(step)
    return transmitted(step, card) if isinstance(step, Transmit) else Noted()


def transmitted(step: Transmit, card: VirtualCard) -> Answered | Lost:
    """Send a command in the way of the card's protocol, until its answer is whole."""
    command = Command(step.cla, step.ins, step.p1, step.p2, step.body, step.expected)
    exchange = Exchange(command, card.protocol)
    try:
        while exchange.outgoing is not None:
            exchange.receive(card.transmit(exchange.outgoing.encoded))
    except CardGone:
        return Lost(Told.CARD_GONE)
    except PeerFault as fault:
        return Lost(Told.CARD_FAULT, str(fault))
    assert exchange.response is not None, "an exchange without more to send has its answer"  # noqa: S101 - ours
    return Answered(exchange.response.body, exchange.response.status)
