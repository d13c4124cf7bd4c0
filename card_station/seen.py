"""A card that was read and looked at: what is on it, and what the centre says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from card_station.wire import order_read, shown_said
from gateway.core.card import CardReason
from gateway.core.card_order import CardOrderState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.codecs.card.profile import Told
    from gateway.core.card import ShownCard
    from gateway.core.card_order import CardOrder


_TAKEN: Final = frozenset({CardReason.TAKEN.value, CardReason.TAKEN_BEFORE.value})


@dataclass(frozen=True, slots=True)
class Session:
    """Who has signed in at this station; ``secret`` is never kept nor shown."""

    secret: str
    login: str
    name: str
    language: str
    has_shift: bool

    def __repr__(self) -> str:
        """Show who it is."""
        return f"Session({self.login})"


@dataclass(frozen=True, slots=True)
class Seen:
    """A card at the counter. ``reason`` may be a newer centre's word, so it is a text; ``sentence`` says it.

    ``errand`` is good for the further questions about this very card.
    """

    shown: ShownCard
    errand: str
    reason: str
    sentence: str
    is_sellable: bool
    is_confirming: bool
    meter: Mapping[str, Any] | None
    waiting: tuple[Mapping[str, Any], ...]
    order: CardOrder | None
    #: The card compared with the books, field by field, as the centre says it.
    check: tuple[Mapping[str, Any], ...] = ()
    #: What is on it and its meter has not taken yet.
    last: CardOrder | None = None

    @property
    def said(self) -> dict[str, Any]:
        """The card as it travels to the centre."""
        return shown_said(self.shown)

    @property
    def is_clearing(self) -> bool:
        """Is its purchase taken off it?"""
        return self.order is not None and self.order.state is CardOrderState.CLEARING

    @property
    def is_to_be_written(self) -> bool:
        """Is its purchase to be written again with the same number, or overwritten as it is taken off?"""
        is_cleared = self.is_clearing and self.reason == CardReason.ON_THE_CARD.value
        return self.order is not None and (is_cleared or self.reason == CardReason.UNFINISHED.value)

    @property
    def is_at_its_end(self) -> bool:
        """Is its purchase where it was to come? What is taken off is at its end where the meter has it."""
        return self.reason in _TAKEN if self.is_clearing else self.is_confirming

    @property
    def is_its_order(self) -> bool:
        """Is the purchase under way one for this very card?"""
        return self.order is not None and self.order.serial == self.shown.serial


@dataclass(frozen=True, slots=True)
class Held:
    """The card that a meter has, or had last; ``order`` goes on with the next one.

    ``fee_minor`` is owed for a card, and paid first.
    """

    serial: str
    fee_minor: int
    order: CardOrder | None


@dataclass(frozen=True, slots=True)
class NotRead:
    """The card could not be read; nothing was changed on it."""

    told: Told
    detail: str


@dataclass(frozen=True, slots=True)
class NotLooked:
    """The card was read, and the centre did not say what it is."""

    shown: ShownCard
    why: str
    is_signed_out: bool = False


def seen_of(shown: ShownCard, errand: str, content: Mapping[str, Any]) -> Seen:
    """Read the centre's answer to ``look``."""
    order, last = content.get("order"), content.get("last")
    return Seen(
        shown=shown,
        errand=errand,
        reason=content["reason"],
        sentence=content["sentence"],
        is_sellable=content["is_sellable"],
        is_confirming=content["is_confirming"],
        meter=content.get("meter"),
        waiting=tuple(content["waiting"]),
        order=None if order is None else order_read(order),
        check=tuple(content.get("check", ())),
        last=None if last is None else order_read(last),
    )


def held_of(content: Mapping[str, Any]) -> Held | None:
    """Read which card a meter has, of the centre's answer to ``find``."""
    said = content.get("held")
    if said is None:
        return None
    order = said.get("order")
    return Held(said["serial"], said["fee_minor"], None if order is None else order_read(order))
