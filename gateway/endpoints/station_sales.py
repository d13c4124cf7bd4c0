"""Selling at a station: look at a card, find a meter, work a price out, sell or reserve.

A cashier sees the customers of her branch; what she orders is ordered in her name (``Desk.give``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gateway.core.card import CONFIRMING, SELLABLE
from gateway.core.counter import ON_CARDS, counter_key
from gateway.core.meter import Carrier, MeterRef
from gateway.core.money import Money
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import CardHeld, CardOrdered, CardSeen
from gateway.core.outcome import Approved, MeterFound
from gateway.core.payment import PaymentOrder
from gateway.core.sale import SaleState
from gateway.core.shown_price import shown_of as price_of
from gateway.core.views_files import MeterFile, Meters
from gateway.core.views_sales import Sales
from gateway.endpoints.station_needs import Deed, Turned
from gateway.endpoints.station_said import refusal, turned_of
from gateway.endpoints.station_values import check_said, line, meter_said, order_said, shown_of, waiting_said
from gateway.prepayment.hoarding import InquireAtCounter
from gateway.prepayment.inquire import Inquire
from gateway.prepayment.look_at_card import LookAtCard, LookForCard
from gateway.prepayment.reserve_card import ReserveCard, SellOnCard
from gateway.prepayment.sell_at_counter import SellAtCounter
from gateway.prepayment.take_payment import TakePayment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.core.outcome import Content
    from gateway.core.views_files import MeterRow
    from gateway.endpoints.station_needs import Caller, StationDoor

    Said = dict[str, Any]  # JSON

#: Meters that a station is shown for one text: more are no answer (``schemas/station``).
FOUND_MAX: Final = 20

#: Waiting credits of one meter: more than a card could take in a year.
WAITING_MAX: Final = 50

#: Characters that say enough to look for.
_TEXT_MIN, _TEXT_MAX = 3, 64


async def look(door: StationDoor, caller: Caller, asked: Mapping[str, Any]) -> Said | Turned:
    """Say what a card that was read is: whose, what waits for it, what is on its way to it."""
    seen = await door.poster.post(LookAtCard(shown_of(asked["shown"]), door.system))
    if not isinstance(seen, CardSeen):
        return turned_of(seen) or refusal(OfficeRefusal.NOT_ON_CARDS)
    said: Said = {
        "reason": seen.reason.value,
        "sentence": seen.reason.sentence,
        "is_sellable": seen.reason in SELLABLE,
        "is_confirming": seen.reason in CONFIRMING,
        "check": check_said(seen.checked),
        "waiting": [],
    }
    pan = seen.order.pan if seen.order is not None else "" if seen.card is None else seen.card.pan
    if not pan:
        return said
    meter = await _meter(door, caller, pan)
    if meter is None:
        return refusal(OfficeRefusal.OTHER_BRANCH)
    said["meter"] = meter_said(meter)
    if seen.order is not None:
        said["order"] = order_said(seen.order)
    if seen.last is not None:
        said["last"] = order_said(seen.last)
    said["waiting"] = await _waiting(door, caller, pan)
    return said


async def _meter(door: StationDoor, caller: Caller, pan: str) -> MeterRow | None:
    """Find a meter of the cashier's branch."""
    facts = await door.views.totals(MeterFile(branch=caller.cashier.branch, pan=pan))
    return None if facts is None else facts.meter


async def _waiting(door: StationDoor, caller: Caller, pan: str) -> list[Said]:
    question = Sales(branch=caller.cashier.branch, pan=pan, state=SaleState.WAITING, limit=WAITING_MAX)
    return [waiting_said(one) for one in await door.views.rows(question)]


async def find(door: StationDoor, caller: Caller, asked: Mapping[str, Any]) -> Said | Turned:
    """Find meters that take cards, by their number, their account, or the customer's name."""
    text = asked["number"].strip()
    if not _TEXT_MIN <= len(text) <= _TEXT_MAX:
        return Turned("too_short", f"write {_TEXT_MIN} to {_TEXT_MAX} characters of the number or the name")
    question = Meters(branch=caller.cashier.branch, text=text, carrier=Carrier.CARD, limit=FOUND_MAX)
    found = [meter_said(one) for one in await door.views.rows(question)]
    if len(found) != 1:
        return {"meters": found, "waiting": []}
    # A blank card says nothing of what waits, nor of the card before it, so a meter that was found does.
    pan = found[0]["pan"]
    said: Said = {"meters": found, "waiting": await _waiting(door, caller, pan)}
    held = await door.poster.post(LookForCard(pan))
    if isinstance(held, CardHeld) and held.serial:
        said["held"] = {"serial": held.serial, "fee_minor": held.fee_minor}
        if held.order is not None:
            said["held"]["order"] = order_said(held.order)
    return said


async def quote(door: StationDoor, caller: Caller, asked: Mapping[str, Any]) -> Said | Turned:
    """Work out what an amount buys, or what so much energy costs."""
    amount, energy_wh = asked.get("amount_minor"), asked.get("energy_wh", 0)
    if (amount is None) is (energy_wh == 0) or amount == 0:
        return Turned("one_of_both", "write the amount or the energy, more than nothing, and not both")
    meter = await _meter(door, caller, asked["pan"])
    if meter is None:
        return refusal(OfficeRefusal.OTHER_BRANCH)
    if meter.carrier is not Carrier.CARD:
        return refusal(OfficeRefusal.NOT_A_CARD_METER)
    money = None if amount is None else Money(amount, door.rules.currency)
    terms = door.rules.terms(caller.station, caller.cashier.login)
    inquiry = Inquire(MeterRef(pan=meter.pan), terms, door.pricing, money, energy_wh)
    found = await door.poster.post(InquireAtCounter(inquiry))
    if not isinstance(found, MeterFound) or found.offer is None:
        return turned_of(found) or refusal(OfficeRefusal.NO_PRICE)
    offer = found.offer
    return {
        "price": price_of(offer),
        "tender_minor": offer.tender.minor,
        "currency": offer.tender.currency,
        "energy_wh": offer.energy_wh,
        "free_wh": offer.free_wh,
        "preset_wh": offer.preset_wh,
        "lines": [{"code": line(code), "minor": minor} for code, minor in offer.lines],
        "customer": line(found.customer),
        "account_no": found.account_no,
        "valid_until_us": offer.valid_until_us,
    }


async def sell(door: StationDoor, caller: Caller, asked: Mapping[str, Any]) -> Said | Turned:
    """Sell what was quoted, and reserve it for the card that was read."""
    station, login, pan = caller.station, caller.cashier.login, asked["pan"]
    key, minor = counter_key(station, asked["nonce"]), asked["tender_minor"]
    currency = door.rules.currency
    order = PaymentOrder(MeterRef(pan=pan), Money(minor, currency), station, door.random_nibble())
    terms = door.rules.terms(station, login)
    payment = TakePayment(key, f"{pan} {minor} {currency}", order, terms, door.pricing, door.issuer)
    selling = SellAtCounter(login, station, payment, asked["price"], ON_CARDS)
    command = SellOnCard(selling, _reserving(door, caller, asked, key))
    return ordered(await door.desk.give(caller, Deed("sell_on_card", key, pan, minor), command))


async def reserve(door: StationDoor, caller: Caller, asked: Mapping[str, Any]) -> Said | Turned:
    """Reserve a credit that waits for the card that was read."""
    command = _reserving(door, caller, asked, asked["payment"])
    return ordered(
        await door.desk.give(caller, Deed("reserve_card", asked["payment"], asked["pan"]), command)
    )


def _reserving(door: StationDoor, caller: Caller, asked: Mapping[str, Any], payment: str) -> ReserveCard:
    shown, nonce = shown_of(asked["card"]), f"station/{caller.station}/{asked['nonce']}"
    login, station = caller.cashier.login, caller.station
    return ReserveCard(login, nonce, station, payment, asked["pan"], shown, door.system)


def ordered(content: Content) -> Said | Turned:
    """Say where a purchase stands, or why nothing was done."""
    if isinstance(content, CardOrdered):
        return {"order": order_said(content.order)}
    if isinstance(content, Approved):
        # Another cashier has sent the same sale again: its money was taken, its card is still to come.
        return refusal(OfficeRefusal.SOLD_ALREADY)
    turned = turned_of(content)
    assert turned is not None  # noqa: S101 - an order comes to a purchase, or is refused
    return turned
