"""Putting right at a station: a card in the place of another, a purchase taken off its card, money back.

    reissue    the card before is dead, and the meter's last purchase goes on with the new one, as itself
    take_off   asked for at the station, decided by a second person in the office; ``cleared`` ends it
    undo       a sale whose purchase was given up: the money goes back out of the drawer

Each is ordered in the cashier's name (``Desk.give``), and may be asked again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.core.card_order import CardOrderState
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import ApprovalAsked, Changed
from gateway.core.views_booked import SaleFile
from gateway.core.views_stations import CardOrdersKnown
from gateway.endpoints.station_needs import Deed, Turned
from gateway.endpoints.station_said import refusal, turned_of
from gateway.endpoints.station_sales import ordered
from gateway.endpoints.station_values import order_said, shown_of
from gateway.prepayment.reissue_card import Gone, ReissueCard
from gateway.prepayment.sell_at_counter import UndoAtCounter
from gateway.prepayment.take_off_card import TakeOffCard

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.endpoints.station_needs import Caller, StationDoor

    Said = dict[str, Any]  # JSON


async def reissue(door: StationDoor, caller: Caller, asked: Mapping[str, Any]) -> Said | Turned:
    """Give a customer the card that was read; no order in the answer: nothing was ever bought."""
    nonce, pan, shown = f"station/{caller.station}/{asked['nonce']}", asked["pan"], shown_of(asked["card"])
    command = ReissueCard(
        caller.cashier.login, nonce, caller.station, pan, asked["before"], Gone(asked["gone"]), shown,
        door.system, asked["reason"].strip(),
    )  # fmt: skip
    content = await door.desk.give(caller, Deed("reissue_card", f"card {shown.serial}", pan), command)
    return {} if isinstance(content, Changed) else ordered(content)


async def take_off(door: StationDoor, caller: Caller, asked: Mapping[str, Any]) -> Said | Turned:
    """Ask for a purchase to be taken off its card; its order once that was agreed to."""
    known = await door.views.rows(CardOrdersKnown(order=asked["order"])) if asked["order"] else ()
    facts = await door.views.totals(SaleFile(branch=caller.cashier.branch, key=asked["payment"]))
    if not known or known[0].payment != asked["payment"] or known[0].pan != asked["pan"] or facts is None:
        return refusal(OfficeRefusal.NO_CARD_ORDER)
    if known[0].state is CardOrderState.CLEARING:
        return {"order": order_said(known[0])}
    # One order is taken off once, so who asks again asks for the same.
    nonce, shown = f"off/{asked['order']}", shown_of(asked["card"])
    command = TakeOffCard(
        caller.cashier.login, nonce, caller.station, asked["order"], asked["payment"], shown,
        door.system, asked["reason"].strip(),
    )  # fmt: skip
    deed = Deed("take_off", asked["payment"], asked["pan"], facts.sale.tender_minor)
    content = await door.desk.give(caller, deed, command)
    return {"waits_until_us": content.ends_us} if isinstance(content, ApprovalAsked) else ordered(content)


async def undo(door: StationDoor, caller: Caller, asked: Mapping[str, Any]) -> Said | Turned:
    """Take a sale back whose purchase was given up, and of which nothing is on a card."""
    payment, pan, minor = asked["payment"], asked["pan"], asked["amount_minor"]
    for order in await door.views.rows(CardOrdersKnown(payment=payment)):
        if order.state is CardOrderState.RESERVED:
            return refusal(OfficeRefusal.CARD_ORDER_OPEN)
        if order.state is not CardOrderState.VOID:
            return refusal(OfficeRefusal.ON_A_CARD)
    undoing = UndoAtCounter(caller.cashier.login, caller.station, payment, pan, minor, door.rules.undo_s)
    return turned_of(await door.desk.give(caller, Deed("undo", payment, pan), undoing)) or {}
