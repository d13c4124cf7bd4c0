"""Items of DLMS: which attribute a name means, what is needed to read it, and how it is shown.

energy                        as the model has it
3/1-0:1.8.0.255/2             class, logical name, attribute
relay, 70/0-0:96.3.10.255/3   the state of a relay is told in the standard's word
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.lines.talk import unknown_item
from adapters.lines.text_dlms import Scale, Shown, read_scale, shown
from gateway.codecs.dlms.classes import meaning
from gateway.codecs.dlms.datum import ARRAY, ENUM, INT8, OCTET_STRING, STRUCTURE, UINT16, Datum
from gateway.codecs.dlms.fault import PeerFault
from gateway.codecs.dlms.results import AccessFault
from gateway.codecs.dlms.services import Target
from gateway.codecs.dlms.token import read_token_status
from gateway.core.contact import ContactFault, ContactWhy, ItemRead

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.codecs.dlms.services import Result
    from gateway.codecs.meter_model.model import MeterModel

OBJECTS_MAX: Final = 512
"""Objects of a meter that are read when all is read: meters have two hundred or three."""

#: Attributes that count in ``scaler_unit``, and which attribute that is (IEC 62056-6-2, 4.3.2 to 4.3.4).
_SCALED: Final = {(3, 2): 3, (4, 2): 3, (5, 2): 4, (5, 3): 4}
#: What of an object is read when all is read. Profiles are left out: they are read between two moments.
_VALUES: Final = {
    1: (2,), 3: (2,), 4: (2,), 5: (2, 3), 8: (2,), 70: (3, 2), 111: (5,), 112: (2,), 113: (12,), 115: (6,),
}  # fmt: skip
_CLOCK, _RELAY, _TOKENS = (8, 2), (70, 3), (115, 6)
_PROFILE: Final = (7, 2)
_WRITTEN: Final = re.compile(r"([0-9]{1,5})/([0-9.:*-]{11,23})/([0-9]{1,3})")
_NAME_SIZE: Final = 6
_CLASSES, _ATTRIBUTES = range(1, 0x1_0000), range(1, 128)


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute that was asked for; ``unit`` is the model's, where the meter does not say it."""

    item: str
    target: Target
    unit: str = ""

    @property
    def at(self) -> str:
        """Where it stands: class, logical name, attribute."""
        return written(self.target)

    @property
    def kind(self) -> tuple[int, int]:
        """Its class and number."""
        return self.target.class_id, self.target.index

    @property
    def is_moment(self) -> bool:
        """True where its octets are a date and time."""
        return self.kind == _CLOCK

    @property
    def is_profile(self) -> bool:
        """True where it is a whole profile."""
        return self.kind == _PROFILE

    @property
    def scale_at(self) -> Target | None:
        """Say where the meter has its scaler and unit; None where it has none."""
        index = _SCALED.get(self.kind)
        return None if index is None else Target(self.target.class_id, self.target.name, index)

    def show(self, found: Datum, scale: Scale | None) -> ItemRead:
        """Show its value; ``ContactFault`` for one that is not what it must be."""
        said = self._in_words(found) or shown(found, scale, is_moment=self.is_moment)
        unit = (scale.unit if scale else "") or self.unit
        return ItemRead(
            self.item, self.at, said.text, said.number, said.decimals, "" if said.number is None else unit
        )

    def _in_words(self, found: Datum) -> Shown | None:
        """Give the standard's word for a state; None for what is none."""
        if self.kind == _TOKENS:
            return Shown(_status(found))
        if self.kind == _RELAY and found.tag == ENUM and isinstance(found.value, int):
            return Shown(meaning("control_state", found.value))
        return None


def written(target: Target) -> str:
    """Write an attribute as class, logical name and number.

    >>> written(Target.of(3, "1-0:1.8.0.255", 2))
    '3/1-0:1.8.0.255/2'
    """
    a, b, c, d, e, f = target.name
    return f"{target.class_id}/{a}-{b}:{c}.{d}.{e}.{f}/{target.index}"


def find(item: str, model: MeterModel) -> Attribute:
    """Find an item by its name or as it is written; ``ContactFault`` for what this model has not."""
    known = model.item(item)
    if known is not None:
        return Attribute(item, Target.of(known.class_id, known.at, known.attribute), known.unit)
    found = _WRITTEN.fullmatch(item)
    if found is None or int(found[1]) not in _CLASSES or int(found[3]) not in _ATTRIBUTES:
        raise unknown_item(item, model)
    try:
        return Attribute(item, Target.of(int(found[1]), found[2], int(found[3])))
    except ValueError as fault:
        raise ContactFault(ContactWhy.REFUSED, f"{item[:40]}: {fault}") from None


def named(target: Target, model: MeterModel) -> Attribute:
    """Give an attribute the model's name for it, if it has one."""
    for name, item in model.items.items():
        if Target.of(item.class_id, item.at, item.attribute) == target:
            return Attribute(name, target, item.unit)
    return Attribute(written(target), target)


def value_in(results: Mapping[Target, Result | ContactFault], target: Target, item: str) -> Datum:
    """Give what was read of an attribute; ``ContactFault`` says why nothing was."""
    found = results[target]
    if isinstance(found, ContactFault):
        raise found
    if isinstance(found, AccessFault):
        said = f"{item}: the meter says {found.name}"
        raise ContactFault(ContactWhy.REFUSED, said)
    return found


def scale_in(results: Mapping[Target, Result | ContactFault], one: Attribute) -> Scale | None:
    """Give by what a register counts; ``ContactFault`` where it is one, and the meter does not say that."""
    at = one.scale_at
    return None if at is None else read_scale(value_in(results, at, f"{one.item}, its scaler and unit"))


def values_of(objects: Datum) -> list[Target]:
    """Give what is to be read of a list of objects (class 15, attribute 2); what is none is passed over."""
    rows = objects.value if objects.tag == ARRAY and isinstance(objects.value, tuple) else ()
    found: list[Target] = []
    for row in rows[:OBJECTS_MAX]:
        parts = row.value if row.tag == STRUCTURE and isinstance(row.value, tuple) else ()
        kinds = [part.tag for part in parts[:3]]
        if len(kinds) == 3 and kinds[0] == UINT16 and kinds[2] == OCTET_STRING:  # noqa: PLR2004 - class, version, name
            class_id, name = parts[0].value, parts[2].value
            if isinstance(class_id, int) and isinstance(name, bytes) and len(name) == _NAME_SIZE:
                found += [Target(class_id, name, index) for index in _VALUES.get(class_id, ())]
    return found


def captured_in(found: Datum) -> list[Target]:
    """Read the columns of a profile (attribute 3); ``ContactFault`` where they are none."""
    rows = found.value if found.tag == ARRAY and isinstance(found.value, tuple) else ()
    columns = [column for column in map(_column, rows) if column is not None]
    if not columns or len(columns) != len(rows):
        said = "the profile's columns are not described as the standard has it"
        raise ContactFault(ContactWhy.GARBLED, said)
    return columns


def _column(row: Datum) -> Target | None:
    parts = row.value if row.tag == STRUCTURE and isinstance(row.value, tuple) else ()
    if [part.tag for part in parts] != [UINT16, OCTET_STRING, INT8, UINT16]:
        return None
    class_id, name, index = (part.value for part in parts[:3])
    is_one = isinstance(class_id, int) and isinstance(name, bytes) and isinstance(index, int)
    return Target(class_id, name, index) if is_one and len(name) == _NAME_SIZE else None


def _status(found: Datum) -> str:
    try:
        return read_token_status(found).name
    except PeerFault as fault:
        raise ContactFault(ContactWhy.GARBLED, str(fault)) from None
