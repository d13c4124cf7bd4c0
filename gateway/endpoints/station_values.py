"""What stations send and are answered, from JSON that has its shape to values of the house, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.codecs.card.steps import Ask, Granted, Lost, Over, Purpose
from gateway.core.card import ShownCard, ShownReturn
from gateway.core.counter import called

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.core.card_check import Checked
    from gateway.core.card_order import CardOrder
    from gateway.core.views_files import MeterRow
    from gateway.core.views_sales import SoldSale

    Said = dict[str, Any]  # JSON

#: Characters of a text on the wire (``schemas/station``: ``text``).
_TEXT_MAX = 200


def shown_of(said: Mapping[str, Any]) -> ShownCard:
    """Read a card that was read."""
    values = dict(said)
    back = values.pop("returned", None)
    return ShownCard(**values, returned=None if back is None else ShownReturn(**back))


def ask_of(said: Mapping[str, Any]) -> Ask:
    """Read a question of the dialogue with a card."""
    challenge, header, body = (bytes.fromhex(said.get(name, "")) for name in ("challenge", "header", "body"))
    return Ask(
        purpose=Purpose(said["purpose"]),
        profile=said["profile"],
        serial=said["serial"],
        key_version=said["key_version"],
        key=said["key"],
        size=said["size"],
        over=Over(challenge, header, body),
        system=said.get("system", ""),
    )


def answer_said(answer: Granted | Lost) -> Said:
    """Write the answer to a question of the dialogue."""
    if isinstance(answer, Granted):
        return {"granted": answer.value.hex()}
    return {"lost": {"told": answer.told.value, "detail": line(answer.detail)}}


def order_said(order: CardOrder) -> Said:
    """Write a purchase on its way to a card."""
    return {
        "id": order.id, "payment": order.payment, "pan": order.pan, "account_no": order.account_no,
        "serial": order.serial, "profile": order.profile, "kind": order.kind.value, "number": order.number,
        "amount": order.amount, "state": order.state.value, "station": order.station, "by": order.by,
        "at_us": order.at_us, "told": line(order.told), "version": order.version,
    }  # fmt: skip


def check_said(fields: Iterable[Checked]) -> list[Said]:
    """Write how a card compares with the books; ``agrees`` is left out where there is nothing to compare."""
    return [
        {"field": one.field.value, "card": line(one.on_card), "books": line(one.in_books)}
        | ({} if one.agrees is None else {"agrees": one.agrees})
        for one in fields
    ]


def meter_said(meter: MeterRow) -> Said:
    """Write a meter with its customer."""
    return {
        "pan": meter.pan, "account_no": meter.account_no, "customer": line(meter.customer),
        "power_type": line(meter.power_type),
    }  # fmt: skip


def waiting_said(sale: SoldSale) -> Said:
    """Write a sale whose credit waits for its card."""
    return {
        "payment": sale.key, "receipt_no": sale.receipt_no, "taken_by": called(sale.bank),
        "tender_minor": sale.tender_minor, "currency": sale.currency, "energy_wh": sale.energy_wh,
        "at_us": sale.at_us,
    }  # fmt: skip


def line(text: str, most: int = _TEXT_MAX) -> str:
    """Make a text fit the wire: without control characters, and cut with an ellipsis."""
    clean = "".join(max(one, " ") for one in text)
    return clean if len(clean) <= most else f"{clean[: most - 1]}…"
