"""A card in a station's reader: questions about it answered with the keys, and its purchase step by step.

    errand         a permit to read one card: for whoever is signed in
    answer         a question of the dialogue; ``order/<number>`` is the errand of a purchase of this station
    begin … cleared    as the station's journal has it: nobody need be signed in, what was begun is finished
    returned       what the meter wrote on the card, kept before that is cleared

Nothing is sealed for a purchase that is only reserved, and nothing for one that another station has.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from typing import TYPE_CHECKING, Any, Final

from gateway.bits import unfilled
from gateway.codecs.card.permit import Permit
from gateway.codecs.card.profile import PROFILES, Told
from gateway.codecs.card.steps import Lost
from gateway.core.card import CardReason
from gateway.core.card_order import CardOrderState
from gateway.core.office import OfficeRefusal
from gateway.core.views_booked import SaleFile
from gateway.core.views_invoices import Invoices
from gateway.core.views_stations import CardOrdersKnown
from gateway.endpoints.station_needs import Turned
from gateway.endpoints.station_said import card_refusal, refusal, turned_of
from gateway.endpoints.station_sales import ordered
from gateway.endpoints.station_values import answer_said, ask_of, order_said, shown_of
from gateway.prepayment.answer_card import Errand, StationPace, answer_card
from gateway.prepayment.card_fit import loading_of
from gateway.prepayment.keep_return import KeepReturn
from gateway.prepayment.step_card import BeginCard, ConfirmCard, DoubtCard, GiveUpCard
from gateway.prepayment.take_off_card import ClearedCard

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.core.card_order import CardOrder
    from gateway.endpoints.station_needs import Caller, StationDoor

    Said = dict[str, Any]  # JSON

ERRANDS_MAX: Final = 64
"""Errands of one station that are remembered: four readers, and what was read in the last minutes."""

_ORDER: Final = "order/"
_ORDER_DIGITS_MAX: Final = 18

#: Where a purchase may be on a card, and its records are sealed.
_WRITABLE: Final = frozenset({CardOrderState.WRITING, CardOrderState.REISSUED, CardOrderState.CLEARING})


class Errands:
    """The permits under way, of each station its own; in memory, for a card is read anew after a restart."""

    def __init__(self) -> None:
        self._paces: defaultdict[str, StationPace] = defaultdict(StationPace)
        self._errands: defaultdict[str, OrderedDict[str, Errand]] = defaultdict(OrderedDict)

    def of(self, station: str, name: str) -> Errand | None:
        """Give an errand that this station has."""
        return self._errands[station].get(name)

    def begin(self, station: str, name: str, permit: Permit) -> Errand:
        """Begin an errand; beyond the limit the one that was used longest ago is forgotten."""
        mine = self._errands[station]
        mine[name] = Errand(permit, self._paces[station])
        while len(mine) > ERRANDS_MAX:
            mine.popitem(last=False)
        return mine[name]

    def go_on(self, station: str, name: str, permit: Permit) -> Errand:
        """Give the errand of a purchase as it stands now: what was asked before counts on."""
        mine = self._errands[station]
        found = mine.get(name)
        if found is None:
            return self.begin(station, name, permit)
        mine.move_to_end(name)
        if found.permit != permit:
            found.permit = permit
        return found


class CardDesk:
    """Answers what stations ask of cards and purchases."""

    def __init__(self) -> None:
        self._errands = Errands()

    async def errand(self, door: StationDoor, caller: Caller, asked: Mapping[str, Any]) -> Said | Turned:
        """Permit the reading of one card."""
        if asked["profile"] not in PROFILES:
            return card_refusal(CardReason.OTHER_PROFILE)
        reason = _served(door, asked["key_version"], asked.get("system", ""))
        if reason is not None:
            return card_refusal(reason)
        name = door.drawn_id()
        permit = Permit(
            name, asked["profile"], asked["serial"], asked["key_version"], asked.get("system", "")
        )
        self._errands.begin(caller.station, name, permit)
        return {"errand": name}

    async def answer(self, door: StationDoor, caller: Caller, asked: Mapping[str, Any]) -> Said:
        """Answer a question of the dialogue, or say why there is no answer."""
        ask, name = ask_of(asked["ask"]), asked["errand"]
        if name.startswith(_ORDER):
            errand = await self._errand_of(door, caller, name, asked["ask"])
        else:
            errand = self._errands.of(caller.station, name)
        if errand is None:
            lost = Lost(Told.NOT_AUTHORISED, "there is no such errand at this station; read the card again")
            return answer_said(lost)
        answer = await answer_card(
            ask, errand=errand, keys=door.keys, tally=door.tally, now_s=door.clock.seconds()
        )
        return answer_said(answer)

    async def _errand_of(
        self, door: StationDoor, caller: Caller, name: str, ask: Mapping[str, Any]
    ) -> Errand | None:
        """Give the errand of a purchase of this station: to read, and once it is begun to write."""
        digits = name.removeprefix(_ORDER)
        order = await _known(door, int(digits)) if _is_number(digits) else None
        if order is None or order.station != caller.station or not order.is_open:
            return None
        version, system = ask["key_version"], ask.get("system", "")
        if _served(door, version, system) is not None:
            return None
        loading = loading_of(order) if order.state in _WRITABLE else None
        permit = Permit(name, order.profile, order.serial, version, system, loading)
        return self._errands.go_on(caller.station, name, permit)

    async def order(self, door: StationDoor, caller: Caller, asked: Mapping[str, Any]) -> Said | Turned:
        """Say where a purchase of this station stands; other_station: it was taken over by another one."""
        order = await _known(door, asked["order"])
        if order is None:
            return refusal(OfficeRefusal.NO_CARD_ORDER)
        if order.station != caller.station:
            return refusal(OfficeRefusal.OTHER_STATION)
        return {"order": order_said(order)}

    async def begin(self, door: StationDoor, caller: Caller, asked: Mapping[str, Any]) -> Said | Turned:
        """The card is about to be changed."""
        step = BeginCard(*_of(caller, asked), shown_of(asked["card"]), door.system)
        return ordered(await door.poster.post(step))

    async def confirm(self, door: StationDoor, caller: Caller, asked: Mapping[str, Any]) -> Said | Turned:
        """All is on the card; with the numbers that stand on the receipt."""
        step = ConfirmCard(*_of(caller, asked), shown_of(asked["card"]), door.system)
        said = ordered(await door.poster.post(step))
        return said if isinstance(said, Turned) else said | await _papers(door, asked["payment"])

    async def cleared(self, door: StationDoor, caller: Caller, asked: Mapping[str, Any]) -> Said | Turned:
        """The card was read behind its clearing: the credit waits again, or the meter has it."""
        step = ClearedCard(*_of(caller, asked), shown_of(asked["card"]), door.system)
        return ordered(await door.poster.post(step))

    async def doubt(self, door: StationDoor, caller: Caller, asked: Mapping[str, Any]) -> Said | Turned:
        """Something may be on the card."""
        if await _is_elsewhere(door, caller, asked["order"]):
            return refusal(OfficeRefusal.OTHER_STATION)
        return ordered(await door.poster.post(DoubtCard(*_of(caller, asked), asked["told"])))

    async def give_up(self, door: StationDoor, caller: Caller, asked: Mapping[str, Any]) -> Said | Turned:
        """Nothing was written, and nothing will be."""
        if await _is_elsewhere(door, caller, asked["order"]):
            return refusal(OfficeRefusal.OTHER_STATION)
        return ordered(await door.poster.post(GiveUpCard(*_of(caller, asked), asked["told"])))

    async def returned(self, door: StationDoor, caller: Caller, asked: Mapping[str, Any]) -> Said | Turned:
        """Keep what the meter wrote on the card."""
        kept = KeepReturn(
            caller.station, caller.address, asked["serial"], asked["profile"], asked["values"], asked["raw"]
        )
        return turned_of(await door.poster.post(kept)) or {}


async def _known(door: StationDoor, order: int) -> CardOrder | None:
    if not order > 0:
        return None
    found = await door.views.rows(CardOrdersKnown(order=order))
    return found[0] if found else None


async def _is_elsewhere(door: StationDoor, caller: Caller, number: int) -> bool:
    """Has another station this purchase? What only its own may end, no other ends."""
    order = await _known(door, number)
    return order is not None and order.station != caller.station


async def _papers(door: StationDoor, payment: str) -> Said:
    """Give the numbers of a sale's receipt, and of its invoice where it has one."""
    facts = await door.views.totals(SaleFile(branch=None, key=payment))
    said: Said = {} if facts is None else {"receipt_no": facts.sale.receipt_no}
    written = [one.invoice for one in await door.views.rows(Invoices(branch=None, payment=payment))]
    standing = [one for one in written if not one.is_red]
    if standing:
        said["invoice"] = {"series": standing[0].series, "number": standing[0].number}
    return said


def _of(caller: Caller, asked: Mapping[str, Any]) -> tuple[int, str, str, str]:
    return asked["order"], asked["payment"], asked["by"], caller.station


def _served(door: StationDoor, key_version: int, system: str) -> CardReason | None:
    """Say why cards of this version and system are not served; one that says no system is anybody's."""
    if system and unfilled(system) != unfilled(door.system.number):
        return CardReason.OTHER_SYSTEM
    return None if key_version in door.system.key_versions else CardReason.OTHER_KEYS


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _ORDER_DIGITS_MAX
