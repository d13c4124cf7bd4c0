"""A model of meters, read from its table in ``schemas/meters/models``: what its protocol leaves open.

    model_named("dlt645-2007").item("energy")    ->  ItemAt(at='00010000', ...)

A table is held against ``schemas/meters/model.schema.json`` first. Passwords and keys are none of it: they
are a meter's own, and come from whoever opens the route.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import schemas
from gateway.codecs.meter_model.fault import ModelFault
from schemas.shape import Misshapen, check_shape

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The models that come with the product.
MODELS: Final = (
    "dlms-hdlc",
    "dlms-prepaid",
    "dlms-tcp",
    "dlt645-1997",
    "dlt645-2007",
    "dlt645-prepaid",
    "iec62056-21",
)

TABLE_OCTETS_MAX: Final = 65_536
"""Octets of a table of an operator's own: ours have some two thousand."""


class MeterProtocol(Enum):
    """What a meter speaks."""

    DLT645_2007 = "dlt645-2007"
    DLT645_1997 = "dlt645-1997"
    IEC62056_21 = "iec62056-21"
    DLMS_HDLC = "dlms-hdlc"
    DLMS_TCP = "dlms-tcp"


@dataclass(frozen=True, slots=True)
class LineFormat:
    """How characters stand on the meter's own line: speed in bit/s, data bits, parity, stop bits."""

    baud: int
    bits: int
    parity: str
    stop: int

    @property
    def bits_each(self) -> int:
        """Bits of a character on the line, with start, parity and stop."""
        return 1 + self.bits + (self.parity != "none") + self.stop

    def ms_of(self, octets: int) -> int:
        """Milliseconds that so many octets take, rounded up."""
        return -(-octets * self.bits_each * 1000 // self.baud)


@dataclass(frozen=True, slots=True)
class ItemAt:
    """Where a value stands: an identifier; with DLMS a logical name, its class and attribute.

    ``unit``: where the meter does not say it.
    """

    at: str
    class_id: int = 0
    attribute: int = 0
    unit: str = ""


@dataclass(frozen=True, slots=True)
class RelayWords:
    """How a relay is told to trip, to close, and to let the customer close it ("": it cannot).

    DL/T 645: N1 as hex. IEC 62056-21: a command and its text, as in ``W1 96.3.10(0)``. DLMS: the number of a
    method. ``state`` is the item that shows where the relay is.
    """

    trip: str
    close: str
    permit: str
    state: str


class MeterCredit(Enum):
    """How a meter takes credit over its line."""

    NONE = ""
    TOKEN = "token"  # noqa: S105 - a kind of credit, not a secret
    WALLET_MONEY = "wallet_money"
    """A wallet that counts hundredths of the currency (DL/T 645, control 03)."""
    WALLET_ENERGY = "wallet_energy"
    """A wallet that counts hundredths of a kWh."""


@dataclass(frozen=True, slots=True)
class DlmsWords:
    """What of DLMS differs by the model: addresses, whether APDUs are sealed, moments, the form of tokens."""

    client: int = 16
    logical: int = 1
    physical: int = 16
    address_octets: int = 1
    is_ciphered: bool = True
    moments_with_deviation: bool = True
    token_form: str = "digits"  # noqa: S105 - no secret
    token_gateway: str = "0-0:19.40.0.255"  # noqa: S105 - no secret


@dataclass(frozen=True, slots=True)
class TimetableWords:
    """How many of each a timetable may have. ``weeks``: none (days alike), weekend, or any."""

    seasons: int
    days: int
    slots: int
    tariffs: int
    special_days: int
    weeks: str


@dataclass(frozen=True, slots=True)
class MeterModel:
    """All that is known of a model. ``number_at``: the item that holds the meter's number, if any.

    ``proof`` is how one gets in: P1 or P2, none, lls or gmac; ``password_level`` the PA of DL/T 645.
    ``slack_ms`` is what this kind of meter takes beyond its standard's times. ``timetable``: what it holds of
    one, None where none is written over its line.
    """

    name: str
    title: str
    protocol: MeterProtocol
    line: LineFormat
    items: Mapping[str, ItemAt]
    slack_ms: int = 0
    relay: RelayWords | None = None
    password_level: int = 2
    proof: str = "none"
    number_at: str = ""
    dlms: DlmsWords = DlmsWords()
    credit: MeterCredit = MeterCredit.NONE
    timetable: TimetableWords | None = None

    def item(self, name: str) -> ItemAt | None:
        """Say where an item stands; None for one that this model has not."""
        return self.items.get(name)


@cache
def model_named(name: str) -> MeterModel:
    """Give a model that comes with the product; ``ModelFault`` says which there are."""
    if name not in MODELS:
        known = ", ".join(MODELS)
        raise ModelFault(f"there is no model {name[:40]!r}; cure: one of {known}, or a table's file")
    return read_model(schemas.load(f"meters/models/{name}.json"))


def model_of(text: str) -> MeterModel:
    """Read a table of an operator's own; ``ModelFault`` says what is wrong, and where."""
    if len(text) > TABLE_OCTETS_MAX:
        raise ModelFault(f"the table is longer than {TABLE_OCTETS_MAX} characters")
    try:
        table = json.loads(text)
    except (ValueError, RecursionError):
        raise ModelFault("the table is no JSON") from None
    return read_model(table)


def read_model(table: Any) -> MeterModel:  # noqa: ANN401 - JSON, checked here
    """Read a table; ``ModelFault`` where it is none."""
    shape = _shape()
    try:
        check_shape(table, shape, shape, "model")
    except Misshapen as fault:
        raise ModelFault(str(fault)) from None
    password, dlms, relay = table.get("password", {}), table.get("dlms"), table.get("relay")
    timetable = table.get("timetable")
    model = MeterModel(
        table["name"],
        table["title"],
        MeterProtocol(table["protocol"]),
        LineFormat(**table["line"]),
        {name: _item(row) for name, row in table["items"].items()},
        table.get("slack_ms", 0),
        None if relay is None else RelayWords(**{"permit": "", **relay}),
        password.get("level", 2),
        password.get("kind", "none"),
        table.get("number_at", ""),
        DlmsWords() if dlms is None else DlmsWords(**dlms),
        MeterCredit(table.get("credit", "")),
        None if timetable is None else TimetableWords(**timetable),
    )
    _check(model)
    return model


def _item(row: dict[str, Any]) -> ItemAt:
    return ItemAt(row["at"], row.get("class", 0), row.get("attribute", 0), row.get("unit", ""))


def _check(model: MeterModel) -> None:
    """Hold a table against itself: what names an item must name one of its own."""
    seen_at = model.relay.state if model.relay else ""
    for what, named in (("relay.state", seen_at), ("number_at", model.number_at)):
        if named and named not in model.items:
            raise ModelFault(f"model.{what}: {named} is not among its items")
    if model.protocol in (MeterProtocol.DLMS_HDLC, MeterProtocol.DLMS_TCP):
        for name, item in model.items.items():
            if not item.class_id or not item.attribute:
                raise ModelFault(f"model.items.{name}: class and attribute are missing")


@cache
def _shape() -> dict[str, Any]:
    return schemas.load("meters/model.schema.json")
