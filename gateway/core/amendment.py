"""An amendment: what was changed in the files, from what to what, when, by whom and why.

Written once with the change, and for ever: the files of customers and supply points are the sum of their
amendments. ``before`` and ``after`` are the whole row as it was and is, as values by name.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from gateway.core.customer import Customer
from gateway.core.fitting import Fitting
from gateway.core.network import NetworkPlace
from gateway.core.supply_point import SupplyPoint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Row = Customer | SupplyPoint | Fitting | NetworkPlace


class Subject(Enum):
    """What was changed."""

    CUSTOMER = "customer"
    POINT = "point"
    METER = "meter"
    NETWORK = "network"


class AmendmentKind(Enum):
    """What was done, in the words of the office."""

    REGISTERED = "registered"
    CORRECTED = "corrected"
    GIVEN_UP = "given_up"
    INSTALLED = "installed"


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


def written(row: Row | None) -> str:
    """Write a row as an amendment keeps it: its values by name, as JSON; "" for none."""
    if row is None:
        return ""
    return json.dumps(
        asdict(row), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_value
    )


def _place(row: Row) -> tuple[Subject, str]:
    match row:
        case Customer():
            return Subject.CUSTOMER, row.account_no
        case SupplyPoint():
            return Subject.POINT, row.number
        case Fitting():
            return Subject.METER, row.pan
        case NetworkPlace():
            return Subject.NETWORK, row.code


def _value(one: Enum) -> Any:  # noqa: ANN401 - whatever an enum's values are
    return one.value
