"""Amendments in words: what was changed, of which kind the change is, and each field as it was and is.

Address: Qingnian Lu 5 → Renmin Lu 8; Area: nothing → east
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from admin_web.card_words import (
    amount_told,
    card_cell,
    card_path,
    order_kind_told,
    order_state_told,
    state_told,
    why_told,
)
from admin_web.cells import Code, Link
from admin_web.file_words import EA_NAMES, KEY_SAID, customer_path, meter_cell, meter_number
from admin_web.line_amendments import LINE_FIELDS, LINE_NOT_TOLD, LINE_TELLERS
from admin_web.line_words import remote_path, way_path
from admin_web.point_words import NETWORK_KINDS, POINT_STATES, point_path, ratio_said, registers_said
from admin_web.stock_words import CENTRAL_STORE
from admin_web.terms_words import due_as_kept
from admin_web.timetable_words import timetable_path
from admin_web.words import msg
from gateway.core.amendment import AmendmentKind, Subject
from gateway.core.fitting import Ratio
from gateway.core.ledger import WATT_HOURS
from gateway.core.network import NetworkKind
from gateway.core.supply_point import PointState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from admin_web.cells import Cell
    from admin_web.diary_changes import Telling
    from gateway.core.amendment import Amendment

    _Teller = Callable[[Any, Telling], str]

SUBJECTS: Final[Mapping[Subject, str]] = {
    Subject.CUSTOMER: msg("Customer"),
    Subject.POINT: msg("Supply point"),
    Subject.METER: msg("Meter"),
    Subject.NETWORK: msg("Network"),
    Subject.CARD: msg("Card"),
    Subject.CARD_ORDER: msg("Purchase on its way to a card"),
    Subject.WAY: msg("Way to a meter"),
    Subject.GROUP: msg("Group of meters"),
    Subject.SCHEDULE: msg("Schedule of readings"),
    Subject.TIMETABLE: msg("Timetable of rates"),
    Subject.REMOTE_ORDER: msg("Order over a line"),
}

AMENDMENT_KINDS: Final[Mapping[AmendmentKind, str]] = {
    AmendmentKind.REGISTERED: msg("Registered"),
    AmendmentKind.CORRECTED: msg("Corrected"),
    AmendmentKind.REPRICED: msg("Terms changed"),
    AmendmentKind.REPRICING_DUE: msg("Change of terms ordered for later"),
    AmendmentKind.REPRICING_WITHDRAWN: msg("Change of terms withdrawn"),
    AmendmentKind.ENLARGED: msg("Capacity enlarged"),
    AmendmentKind.GIVEN_UP: msg("Given up"),
    AmendmentKind.INSTALLED: msg("Installed"),
    AmendmentKind.REPLACED: msg("Meter replaced"),
    AmendmentKind.CANCELLED: msg("Cancelled"),
    AmendmentKind.TAKEN_OUT: msg("Taken out"),
    AmendmentKind.TAKEN_IN: msg("Taken into the stock"),
    AmendmentKind.ISSUED: msg("Issued"),
    AmendmentKind.STEPPED: msg("Changed"),
    AmendmentKind.RESERVED: msg("Reserved"),
    AmendmentKind.BEGUN: msg("Writing begun"),
    AmendmentKind.CONFIRMED: msg("Confirmed"),
    AmendmentKind.IN_DOUBT: msg("In doubt"),
    AmendmentKind.VOID: msg("Given up"),
    AmendmentKind.REISSUED: msg("Reissued on another card"),
    AmendmentKind.TAKING_OFF: msg("Being taken off the card"),
    AmendmentKind.ORDERED: msg("Ordered"),
    AmendmentKind.SENT: msg("Sent"),
    AmendmentKind.NOT_SENT: msg("Not sent"),
    AmendmentKind.DELIVERED: msg("Delivered"),
    AmendmentKind.REFUSED: msg("Refused by the meter"),
    AmendmentKind.EXPIRED: msg("Expired"),
    AmendmentKind.APPROVED: msg("Approved"),
    AmendmentKind.WITHDRAWN: msg("Withdrawn"),
}

#: The fields of the rows that amendments keep, in the order in which they are told.
FIELDS: Final[Mapping[str, str]] = {
    "kind": msg("Kind"),
    "name": msg("Name"),
    "place": msg("Name of the place"),
    "point": msg("Supply point"),
    "state": msg("State"),
    "address": msg("Address"),
    "phone": msg("Telephone"),
    "id_no": msg("Identity number"),
    "branch": msg("Branch"),
    "credit_limit_minor": msg("Credit limit"),
    "parent": msg("Belongs to"),
    "is_used": msg("Offered for new supply points"),
    "area": msg("Area"),
    "feeder": msg("Feeder"),
    "transformer": msg("Transformer"),
    "power_type": msg("Power type"),
    "proportions": msg("Divided among power types"),
    "phases": msg("Phases"),
    "contract_w": msg("Contracted power"),
    "schemes": msg("Preferential schemes"),
    "due": msg("Change that is due"),
    "alarm_wh": msg("The meter warns at"),
    "hoard_wh": msg("Most that may stand in it"),
    "pan": msg("Meter number"),
    "fitted_on": msg("Installed on"),
    "seals": msg("Seals"),
    "current": msg("Current transformer"),
    "voltage": msg("Voltage transformer"),
    "registers": msg("Registers when it came"),
    "removed_on": msg("Taken out on"),
    "final_registers": msg("Registers when it went"),
    "is_test": msg("Test meter"),
    "key": msg("Key of the meter"),
    "ea": msg("Encryption"),
    "serial": msg("Serial number of the card"),
    "profile": msg("Kind of card"),
    "lot": msg("Delivery"),
    "account_no": msg("Account number"),
    "payment": msg("Payment"),
    "number": msg("Number of the purchase"),
    "amount": msg("Put on the card"),
    "station": msg("Station"),
    "told": msg("Why"),
    "note": msg("Note"),
}

#: What names the row itself, or counts its changes: it stands beside what is told.
NOT_TOLD: Final = frozenset({"version", "account_no", "number", "code"})

#: The same of cards and their purchases: whose a card is, and which number a purchase has, is told of them.
NOT_TOLD_OF: Final[Mapping[Subject, frozenset[str]]] = {
    Subject.CARD: frozenset({"version", "serial"}),
    Subject.CARD_ORDER: frozenset({"version", "id", "at_us", "begun_us", "by"}),
    **LINE_NOT_TOLD,
}

_KEY: Final = re.compile(
    r"SGC (?P<sgc>[0-9]+) KRN (?P<krn>[0-9]+) TI (?P<ti>[0-9]+) base date (?P<base_date>[0-9]+)"
)

#: What is not there.
_NOTHING: Final[tuple[object, ...]] = (None, "", [])

#: What a row has that nobody filled in.
_EMPTY: Final[tuple[object, ...]] = (*_NOTHING, 0, {"primary": 1, "secondary": 1})


def subject_cell(amendment: Amendment) -> Cell:
    """Name what was changed, with its page."""
    number = amendment.number
    match amendment.subject:
        case Subject.CUSTOMER:
            return Link(Code(number), customer_path(number))
        case Subject.POINT:
            return Link(Code(number), point_path(number))
        case Subject.METER:
            return meter_cell(number)
        case Subject.CARD:
            return card_cell(number)
        case Subject.CARD_ORDER:
            return Link(Code(number), card_path(json.loads(amendment.after)["serial"]))
        case Subject.NETWORK | Subject.GROUP | Subject.SCHEDULE:
            return Code(number)
        case Subject.TIMETABLE:
            return Link(Code(number), timetable_path(number))
        case Subject.WAY:
            return Link(meter_number(number), way_path(number))
        case Subject.REMOTE_ORDER:
            return Link(Code(number), remote_path(int(number)))


def changes_said(amendment: Amendment, telling: Telling) -> str:
    """Say each field that changed, as it was and is; of a row that is new what was filled in."""
    hidden = NOT_TOLD_OF.get(amendment.subject, NOT_TOLD)
    changed = {name: (old, new) for name, old, new in amendment.changes() if name not in hidden}
    if amendment.subject is Subject.METER:
        changed.pop("pan", None)
    if amendment.subject is Subject.NETWORK and "name" in changed:  # no person's, which is another word
        changed["place"] = changed.pop("name")
    if not amendment.before:
        changed = {name: pair for name, pair in changed.items() if pair[1] not in _EMPTY}
    labels = LINE_FIELDS.get(amendment.subject, FIELDS)
    order = [*labels, *sorted(changed.keys() - labels.keys())]
    return "; ".join(_pair(name, *changed[name], amendment, telling) for name in order if name in changed)


def _pair(name: str, old: Any, new: Any, of: Amendment, telling: Telling) -> str:  # noqa: ANN401 - JSON
    labels = LINE_FIELDS.get(of.subject, FIELDS)
    label, said = telling.words.say(labels.get(name, name)), _value(name, new, of, telling)
    return f"{label}: {_value(name, old, of, telling)} → {said}" if of.before else f"{label}: {said}"


def _value(name: str, value: Any, of: Amendment, telling: Telling) -> str:  # noqa: ANN401 - JSON
    if name == "hoard_wh" and value == 0:
        return telling.words.say(msg("no limit"))
    if (of.subject, name, value) == (Subject.CARD, "branch", ""):
        return telling.words.say(CENTRAL_STORE)
    if value in _NOTHING:
        return telling.words.say(msg("nothing"))
    if (of.subject, name) == (Subject.CARD_ORDER, "amount"):
        return amount_told(json.loads(of.after) | {"amount": value}, telling)
    if of.subject in LINE_FIELDS:
        return LINE_TELLERS.get((of.subject, name), _plainly)(value, telling)
    return _OF_CARDS.get((of.subject, name), _TELLERS.get(name, _plainly))(value, telling)


def _plainly(value: Any, _telling: Telling) -> str:  # noqa: ANN401 - whatever JSON holds
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)


def _key(value: str, telling: Telling) -> str:
    """Say which key a meter holds, which is kept as ``core.key_change.key_name`` names it."""
    named = _KEY.fullmatch(value)
    return value if named is None else telling.words.say(KEY_SAID, **named.groupdict())


def _energy(value: int, telling: Telling) -> str:
    return telling.shown.amount(value, WATT_HOURS)


def _registers(value: list[tuple[str, int]], telling: Telling) -> str:
    return registers_said(value, telling.words.say, telling.shown)


def _ratio(what: str) -> _Teller:
    return lambda value, telling: ratio_said(Ratio(**value), what, telling.words.say)


def _yes_no(value: bool, telling: Telling) -> str:  # noqa: FBT001 - it is what is told
    return telling.words.say(msg("yes") if value else msg("no"))


#: What these words mean is another thing of a card than of a supply point or a place.
_OF_CARDS: Final[Mapping[tuple[Subject, str], _Teller]] = {
    (Subject.CARD, "state"): state_told,
    (Subject.CARD_ORDER, "state"): order_state_told,
    (Subject.CARD_ORDER, "kind"): order_kind_told,
    (Subject.CARD_ORDER, "told"): why_told,
}

#: Each as the program keeps it, said to a reader; what is not here stands as it is kept.
_TELLERS: Final[Mapping[str, _Teller]] = {
    "is_used": _yes_no,
    "is_test": _yes_no,
    "key": _key,
    "ea": lambda value, _: EA_NAMES.get(value, str(value)),
    "state": lambda value, telling: telling.words.say(POINT_STATES[PointState(value)].sentence),
    "kind": lambda value, telling: telling.words.say(NETWORK_KINDS[NetworkKind(value)]),
    "credit_limit_minor": lambda value, telling: telling.shown.money(value, telling.currency),
    "alarm_wh": _energy,
    "hoard_wh": _energy,
    "contract_w": lambda value, telling: telling.shown.kw(value),
    "registers": _registers,
    "final_registers": _registers,
    "current": _ratio("current"),
    "voltage": _ratio("voltage"),
    "due": due_as_kept,
    "proportions": lambda value, _: ", ".join(f"{name} {percent}%" for name, percent in value),
    "pan": lambda value, _: meter_number(value).text,
}
