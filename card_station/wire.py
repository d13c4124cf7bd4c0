"""What travels between station and centre, as values of the house and as JSON: ``schemas/station``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.core.card import CardKind, ShownCard, ShownReturn
from gateway.core.card_order import CardOrder, CardOrderState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.codecs.card.picture import Picture
    from gateway.codecs.card.steps import Ask


def shown_of(picture: Picture) -> ShownCard:
    """Give a card that was read as the books are told of it."""
    identity, wallet, back = picture.identity or {}, picture.wallet, picture.returned
    return ShownCard(
        serial=picture.serial,
        profile=picture.profile,
        key_version=picture.opened.key_version,
        system=picture.opened.system,
        meter_no=str(identity.get("meter_no", "")),
        customer_no=str(identity.get("customer_no", "")),
        amount=0 if wallet is None else wallet.amount,
        count=0 if wallet is None else wallet.count,
        returned=None
        if back is None
        else ShownReturn(back.meter_no, back.customer_no, back.remaining, back.count),
        garbled=bool(picture.garbled),
    )


def shown_said(shown: ShownCard) -> dict[str, Any]:
    """Write a card that was read."""
    said: dict[str, Any] = {
        "serial": shown.serial, "profile": shown.profile, "key_version": shown.key_version,
        "system": shown.system, "meter_no": shown.meter_no, "customer_no": shown.customer_no,
        "amount": shown.amount, "count": shown.count, "garbled": shown.garbled,
    }  # fmt: skip
    back = shown.returned
    if back is not None:
        said["returned"] = {
            "meter_no": back.meter_no, "customer_no": back.customer_no,
            "remaining": back.remaining, "count": back.count,
        }  # fmt: skip
    return said


def shown_read(said: Mapping[str, Any]) -> ShownCard:
    """Read a card that was read back."""
    values = dict(said)
    back = values.pop("returned", None)
    return ShownCard(**values, returned=None if back is None else ShownReturn(**back))


def order_said(order: CardOrder) -> dict[str, Any]:
    """Write a purchase on its way to a card."""
    return {
        "id": order.id, "payment": order.payment, "pan": order.pan, "account_no": order.account_no,
        "serial": order.serial, "profile": order.profile, "kind": order.kind.value,
        "number": order.number, "amount": order.amount, "state": order.state.value,
        "station": order.station, "by": order.by, "at_us": order.at_us, "told": order.told,
        "version": order.version,
    }  # fmt: skip


def order_read(said: Mapping[str, Any]) -> CardOrder:
    """Read a purchase on its way to a card."""
    values = dict(said)
    kind, state = CardKind(values.pop("kind")), CardOrderState(values.pop("state"))
    return CardOrder(**values, kind=kind, state=state)


def ask_said(ask: Ask) -> dict[str, Any]:
    """Write a question to who has the keys."""
    return {
        "purpose": ask.purpose.value, "profile": ask.profile, "serial": ask.serial,
        "key_version": ask.key_version, "key": ask.key, "size": ask.size,
        "challenge": ask.over.challenge.hex(), "header": ask.over.header.hex(), "body": ask.over.body.hex(),
        "system": ask.system,
    }  # fmt: skip
