"""A centre in the process of the test: a station's questions, answered by the centre's own commands on books.

What is asked and answered is held against ``schemas/station`` on both sides, and seals are given by the same
permits as at the door. ``FaultyCentre`` loses questions and answers, and kills the station, on purpose.
"""

from __future__ import annotations

import json
from enum import Enum

from card_station.centre import Ok, Refused, SignedOut, Unknown, answer_of, checked_request
from card_station.wire import order_said, shown_read
from gateway.codecs.card.permit import Permit
from gateway.codecs.card.steps import Ask, Granted, Over, Purpose
from gateway.core.card import CONFIRMING, SELLABLE
from gateway.core.card_order import CardOrderState
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import CardHeld, CardOrdered, CardSeen, Changed
from gateway.core.sale import SaleState
from gateway.core.shown_price import shown_of
from gateway.endpoints.station_values import check_said
from gateway.prepayment.answer_card import Errand, StationPace, answer_card
from gateway.prepayment.card_fit import loading_of
from gateway.prepayment.look_at_card import LookAtCard, LookForCard
from gateway.prepayment.reissue_card import Gone
from tests import cards

SESSION = "s" * 43
WRITABLE = {CardOrderState.WRITING, CardOrderState.REISSUED, CardOrderState.CLEARING}


class NoTally:
    def count(self, *_, **__):
        pass


class Keys:
    """The key holder, as who is asked over a line."""

    def __init__(self, holder):
        self.holder = holder

    async def answer(self, ask):
        return self.holder.answer(ask)


class CentreOfBooks:
    """Answers as the door does, for the station ``n1``; ``ann`` sits there."""

    def __init__(self, counter):
        self.counter = counter
        self.keys = Keys(counter.keys)
        self.errands: dict[str, Errand] = {}
        self.asked: list[str] = []
        self.returned: list[dict] = []
        self.is_signed_in = True
        self.language = "en"
        self.taking_off: tuple = ()

    async def ask(self, op, request):
        request = json.loads(json.dumps(request))
        checked_request(op, request)
        self.asked.append(op)
        if "session" in request and not self.is_signed_in:
            return SignedOut()
        found = getattr(self, f"_{op}")(request)
        said = await found if op == "answer" else found
        if isinstance(said, NotDone):
            refused = {"code": said.reason.name.lower(), "sentence": said.sentence}
            answer = answer_of(op, 200, {"refused": refused})
            assert isinstance(answer, Refused), answer
            return answer
        answer = answer_of(op, 200, json.loads(json.dumps({"ok": said})))
        assert isinstance(answer, Ok), answer
        return answer

    def _sign_in(self, request):
        self.is_signed_in = True
        return {
            "session": SESSION,
            "login": request["login"],
            "name": "Ann",
            "language": self.language,
            "has_shift": True,
        }

    def _sign_out(self, _):
        self.is_signed_in = False
        return {}

    def _hello(self, _):
        return {
            "station": self.counter.station, "name": "Counter 1", "branch": "north", "time_us": 1,
            "currency": "CNY", "zone": "Asia/Shanghai", "system": cards.SYSTEM, "key_versions": [1],
            "certificate_ends_us": 10**15,
        }  # fmt: skip

    def _errand(self, request):
        id_ = f"read/{len(self.errands)}"
        permit = Permit(
            id_, request["profile"], request["serial"], request["key_version"], request.get("system", "")
        )
        self.errands[id_] = Errand(permit, StationPace(10**9))
        return {"errand": id_}

    def _errand_of(self, name):
        kind, _, number = name.partition("/")
        if kind == "read":
            return self.errands[name]
        order = self.counter.books.files.cards.orders[int(number)]
        loading = loading_of(order) if order.state in WRITABLE else None
        system = "" if order.profile == "gdw365" else cards.SYSTEM
        permit = Permit(name, order.profile, order.serial, 1, system, loading)
        errand = self.errands.setdefault(name, Errand(permit, StationPace(10**9)))
        errand.permit = permit
        return errand

    async def _answer(self, request):
        said = request["ask"]
        over = Over(*(bytes.fromhex(said[name]) for name in ("challenge", "header", "body")))
        ask = Ask(
            Purpose(said["purpose"]), said["profile"], said["serial"], said["key_version"], said["key"],
            said["size"], over, system=said["system"],
        )  # fmt: skip
        errand = self._errand_of(request["errand"])
        found = await answer_card(ask, errand=errand, keys=self.keys, tally=NoTally(), now_s=0)
        if isinstance(found, Granted):
            return {"granted": found.value.hex()}
        return {"lost": {"told": found.told.value, "detail": found.detail}}

    def _look(self, request):
        shown = shown_read(request["shown"])
        seen = self.counter.post(LookAtCard(shown, cards.OUR_SYSTEM))
        if not isinstance(seen, CardSeen):
            return seen
        said: dict = {
            "reason": seen.reason.value,
            "sentence": seen.reason.sentence,
            "is_sellable": seen.reason in SELLABLE,
            "is_confirming": seen.reason in CONFIRMING,
            "check": check_said(seen.checked),
            "waiting": [],
        }
        if seen.card is not None and seen.card.pan:
            said["meter"] = self._meter(seen.card.pan)
            said["waiting"] = self._waiting(seen.card.pan)
        if seen.order is not None:
            said["order"] = order_said(seen.order)
            said["meter"] = self._meter(seen.order.pan)
        if seen.last is not None:
            said["last"] = order_said(seen.last)
        return said

    def _meter(self, pan):
        meter = self.counter.books.meters[pan]
        return {
            "pan": pan, "account_no": meter.account_no, "customer": meter.customer,
            "power_type": meter.power_type,
        }  # fmt: skip

    def _waiting(self, pan):
        return [
            {
                "payment": key, "receipt_no": place, "taken_by": "n1", "tender_minor": one.tender.minor,
                "currency": one.tender.currency, "energy_wh": one.energy_wh, "at_us": one.at_us,
            }
            for place, (key, one) in enumerate(self.counter.books.sales.items())
            if one.pan == pan and one.state is SaleState.WAITING
        ]  # fmt: skip

    def _find(self, request):
        number = request["number"]
        meters = [self._meter(pan) for pan in self.counter.books.meters if number in pan]
        if len(meters) != 1:
            return {"meters": meters, "waiting": []}
        held = self.counter.asked(LookForCard(meters[0]["pan"]))
        assert isinstance(held, CardHeld)
        said = {"meters": meters, "waiting": self._waiting(meters[0]["pan"])}
        if held.serial:
            said["held"] = {"serial": held.serial, "fee_minor": held.fee_minor}
            said["held"] |= {} if held.order is None else {"order": order_said(held.order)}
        return said

    def _quote(self, request):
        counter, minor = self.counter, request["amount_minor"]
        found = counter.asked(counter._inquiry(minor, request["pan"]))  # noqa: SLF001 - as the counter itself asks
        offer = getattr(found, "offer", None)
        assert offer is not None, found
        meter = self._meter(request["pan"])
        return {
            "price": shown_of(offer), "tender_minor": minor, "currency": "CNY",
            "energy_wh": offer.energy_wh, "free_wh": 0, "preset_wh": 0,
            "lines": [{"code": code, "minor": minor} for code, minor, *_ in offer.lines],
            "customer": meter["customer"], "account_no": meter["account_no"], "valid_until_us": 10**15,
        }  # fmt: skip

    def _sell(self, request):
        counter = self.counter
        selling = counter.selling_on_card(
            shown_read(request["card"]), request["nonce"], request["tender_minor"]
        )
        assert selling.selling.shown == request["price"] or selling.key in counter.books.known
        return self._ordered(counter.post(selling))

    def _reserve(self, request):
        shown = shown_read(request["card"])
        return self._ordered(
            self.counter.post(self.counter.reserving(shown, request["payment"], request["nonce"]))
        )

    def _reissue(self, request):
        shown, gone = shown_read(request["card"]), Gone(request["gone"])
        content = self.counter.post(
            self.counter.reissuing(
                shown, request["before"], gone, request["nonce"], reason=request["reason"]
            )
        )
        return {} if isinstance(content, Changed) else self._ordered(content)

    def _take_off(self, request):
        """Ask a second person, who decides when the test has her do it."""
        order = self.counter.books.files.cards.orders[request["order"]]
        if order.state is CardOrderState.CLEARING:
            return {"order": order_said(order)}
        self.taking_off = (order, shown_read(request["card"]), request["reason"])
        return {"waits_until_us": 10**15}

    def agree(self):
        """The second person agrees."""
        order, shown, reason = self.taking_off
        content = self.counter.post(self.counter.taking_off(order, shown, reason))
        assert isinstance(content, CardOrdered), content

    def _undo(self, request):
        counter = self.counter
        orders = counter.books.files.cards.orders.values()
        states = {one.state for one in orders if one.payment == request["payment"]}
        if CardOrderState.RESERVED in states:
            return NotDone(OfficeRefusal.CARD_ORDER_OPEN)
        if states - {CardOrderState.VOID}:
            return NotDone(OfficeRefusal.ON_A_CARD)
        content = counter.post(counter.undoing(request["payment"], request["pan"], request["amount_minor"]))
        return content if isinstance(content, NotDone) else {}

    def _cleared(self, request):
        return self._ordered(self.counter.cleared(self._of(request), shown_read(request["card"])))

    def _order(self, request):
        return {"order": order_said(self.counter.books.files.cards.orders[request["order"]])}

    def _begin(self, request):
        order = self._of(request)
        return order if isinstance(order, NotDone) else self._ordered(
            self.counter.begin(order, shown_read(request["card"]))
        )  # fmt: skip

    def _confirm(self, request):
        said = self._ordered(self.counter.confirm(self._of(request), shown_read(request["card"])))
        return said if isinstance(said, NotDone) else said | {"receipt_no": 7}

    def _doubt(self, request):
        return self._ordered(self.counter.doubt(self._of(request), request["told"]))

    def _give_up(self, request):
        return self._ordered(self.counter.give_up(self._of(request), request["told"]))

    def _returned(self, request):
        self.returned.append(request)
        return {}

    def _of(self, request):
        order = self.counter.books.files.cards.orders[request["order"]]
        assert (order.payment, order.by) == (request["payment"], request["by"])
        return order

    @staticmethod
    def _ordered(content):
        return {"order": order_said(content.order)} if isinstance(content, CardOrdered) else content


class Killed(BaseException):
    """The station's program ends here."""


class Wire(Enum):
    """What happens to one message."""

    REQUEST_LOST = "request lost"
    ANSWER_LOST = "answer lost"
    KILLED_BEFORE = "killed before it is sent"
    KILLED_BEHIND = "killed behind its answer"
    #: From this message on nobody answers, until ``mend``.
    DOWN_BEFORE = "down before it"
    DOWN_BEHIND = "down behind it"


class FaultyCentre:
    """A centre behind a line on which something happens once, at a message counted from 0."""

    def __init__(self, centre, at=-1, wire=None):
        self.centre = centre
        self.at, self.wire = at, wire
        self.count = 0
        self.is_down = False

    def mend(self):
        self.wire, self.is_down = None, False

    async def ask(self, op, request):
        if self.is_down:
            return Unknown("nobody answers")
        place, self.count = self.count, self.count + 1
        wire = self.wire if place == self.at else None
        if wire is Wire.REQUEST_LOST:
            return Unknown("lost on the way there")
        if wire is Wire.KILLED_BEFORE:
            raise Killed
        if wire is Wire.DOWN_BEFORE:
            self.is_down = True
            return Unknown("nobody answers")
        answer = await self.centre.ask(op, request)
        if wire is Wire.ANSWER_LOST:
            return Unknown("lost on the way back")
        if wire is Wire.KILLED_BEHIND:
            raise Killed
        if wire is Wire.DOWN_BEHIND:
            self.is_down = True
            return Unknown("nobody answers any more")
        return answer
