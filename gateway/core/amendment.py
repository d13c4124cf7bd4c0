"""An amendment: what was changed in the files, from what to what, when, by whom and why.

Written once with the change, and for ever: the files of customers and supply points are the sum of their
amendments. ``before`` and ``after`` are the whole row as it was and is, as values by name.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from gateway.core.card_order import CardOrder
from gateway.core.card_stock import StockCard
from gateway.core.customer import Customer
from gateway.core.fitting import Fitting
from gateway.core.key_change import key_name
from gateway.core.meter_way import MeterWay
from gateway.core.network import NetworkPlace
from gateway.core.reading_plan import MeterGroup, ReadingSchedule
from gateway.core.remote_order import RemoteOrder
from gateway.core.supply_point import SupplyPoint
from gateway.core.timetable_version import TimetableVersion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.core.meter import MeterAccount
    from gateway.core.token import StsIdentity

Row = (
    Customer | SupplyPoint | Fitting | NetworkPlace | StockCard | CardOrder | MeterWay | MeterGroup
    | ReadingSchedule | TimetableVersion | RemoteOrder
)  # fmt: skip


class Subject(Enum):
    """What was changed."""

    CUSTOMER = "customer"
    POINT = "point"
    METER = "meter"
    NETWORK = "network"
    CARD = "card"
    #: A purchase on its way to a card.
    CARD_ORDER = "card_order"
    #: How a meter is reached, which are read together and when, what rates they have, what is sent to them.
    WAY = "way"
    GROUP = "group"
    SCHEDULE = "schedule"
    TIMETABLE = "timetable"
    REMOTE_ORDER = "remote_order"


class AmendmentKind(Enum):
    """What was done, in the words of the office."""

    REGISTERED = "registered"
    CORRECTED = "corrected"
    REPRICED = "repriced"
    REPRICING_DUE = "repricing_due"
    REPRICING_WITHDRAWN = "repricing_withdrawn"
    ENLARGED = "enlarged"
    GIVEN_UP = "given_up"
    INSTALLED = "installed"
    REPLACED = "replaced"
    CANCELLED = "cancelled"
    #: Of a meter: it was taken out.
    TAKEN_OUT = "taken_out"
    #: Of a card: it came into the stock, was given to a customer, and what followed.
    TAKEN_IN = "taken_in"
    ISSUED = "issued"
    STEPPED = "stepped"
    #: Of a purchase on its way to a card.
    RESERVED = "reserved"
    BEGUN = "begun"
    CONFIRMED = "confirmed"
    IN_DOUBT = "in_doubt"
    VOID = "void"
    REISSUED = "reissued"
    TAKING_OFF = "taking_off"
    #: Of an order that goes over a line.
    ORDERED = "ordered"
    SENT = "sent"
    NOT_SENT = "not_sent"
    DELIVERED = "delivered"
    REFUSED = "refused"
    EXPIRED = "expired"
    #: Of a timetable of rates: a second person let it out.
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Amendment:
    """One change of one row; ``version`` is the row's behind it, ``before`` is "" where it is new.

    ``entry_id`` is the first entry that was booked with it, None where no money moved.
    """

    subject: Subject
    number: str
    version: int
    kind: AmendmentKind
    before: str
    after: str
    by: str
    reason: str = ""
    entry_id: int | None = None

    def changes(self) -> Iterator[tuple[str, Any, Any]]:
        """Give the names whose values changed, with what they were (None: it is new) and are."""
        old: Mapping[str, Any] = json.loads(self.before) if self.before else {}
        new: Mapping[str, Any] = json.loads(self.after)
        for name in sorted(old.keys() | new.keys()):
            if old.get(name) != new.get(name):
                yield name, old.get(name), new.get(name)


def amended(kind: AmendmentKind, before: Row | None, after: Row, by: str, reason: str = "") -> Amendment:
    """Tell of a change of a row; ``before`` is None where it is new."""
    subject, number = _place(after)
    return Amendment(subject, number, after.version, kind, written(before), written(after), by, reason)


def meter_amended(
    kind: AmendmentKind, before: Fitting | None, after: Fitting, meter: MeterAccount, by: str
) -> Amendment:
    """Tell of a change of how a meter is fitted, with what its tokens are made for; the note is why."""
    told = amended(kind, before, after, by, after.note)
    return replace(told, after=with_tokens_for(told.after, meter.identity, is_test=meter.is_test))


def with_tokens_for(fitting: str, identity: StsIdentity, *, is_test: bool) -> str:
    """Add to a fitting, as it is written, for what key the meter's tokens are made and whether for trials."""
    tokens = {"ea": identity.ea, "is_test": is_test, "key": key_name(identity)}
    return _dumped(json.loads(fitting) | tokens)


def written(row: Row | None) -> str:
    """Write a row as an amendment keeps it: its values by name, as JSON; "" for none."""
    return "" if row is None else _dumped(asdict(row))


def _dumped(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_value)


#: By which of its values a row is named.
_PLACES: Final[dict[type[Row], tuple[Subject, str]]] = {
    Customer: (Subject.CUSTOMER, "account_no"),
    SupplyPoint: (Subject.POINT, "number"),
    Fitting: (Subject.METER, "pan"),
    NetworkPlace: (Subject.NETWORK, "code"),
    StockCard: (Subject.CARD, "serial"),
    CardOrder: (Subject.CARD_ORDER, "id"),
    MeterWay: (Subject.WAY, "pan"),
    MeterGroup: (Subject.GROUP, "code"),
    ReadingSchedule: (Subject.SCHEDULE, "code"),
    TimetableVersion: (Subject.TIMETABLE, "reference"),
    RemoteOrder: (Subject.REMOTE_ORDER, "id"),
}


def _place(row: Row) -> tuple[Subject, str]:
    subject, name = _PLACES[type(row)]
    return subject, str(getattr(row, name))


def _value(one: Enum) -> Any:  # noqa: ANN401 - whatever an enum's values are
    return one.value
