"""Plans: how the fields of one bitmap are read, or one combination of fields is written.

A plan is made at the first message of its kind and kept, and after some use it gets its short cut
(see ``quick``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.codecs.iso8583.quick import Characters, QuickReader, QuickWriter, quick_reader, quick_writer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gateway.codecs.iso8583.fields import FieldSpec

# A bank's interface has a few dozen combinations of fields; a peer that invents new ones with every
# message must not fill our memory. When the plans are full they are made anew.
PLANS_MAX = 512
# A pattern costs as much time as some hundred messages, so it is made only for what comes often:
# a peer that invents bitmaps must not keep us busy with patterns.
QUICK_AFTER = 16


@dataclass(slots=True)
class ReadingPlan:
    """The fields of a bitmap in order, up to the first without a layout (``unknown``)."""

    specs: tuple[FieldSpec, ...]
    unknown: int | None
    numbers: tuple[int, ...] = ()
    quick: QuickReader | None = None
    uses: int = 0

    def count_use(self) -> None:
        """Note one more message; the plan gets its short cut when it has earned it."""
        self.uses += 1
        if self.uses == QUICK_AFTER and (layout := _quick_layout(self.specs)):
            self.quick = quick_reader(layout)


@dataclass(slots=True)
class WritingPlan:
    """The fields of a combination in order, and their bitmap."""

    specs: tuple[FieldSpec, ...]
    bitmap: bytes
    quick: QuickWriter | None = None
    uses: int = 0

    def count_use(self) -> None:
        """Note one more message; the plan gets its short cut when it has earned it."""
        self.uses += 1
        if self.uses == QUICK_AFTER and len(layout := _quick_layout(self.specs)) > 1:
            self.quick = quick_writer([spec.number for spec in self.specs], layout)


def reading_plan(fields: Mapping[int, FieldSpec], numbers: Iterable[int]) -> ReadingPlan:
    """Make the plan for the fields a bitmap names."""
    specs = []
    unknown = None
    for number in numbers:
        if number not in fields:
            unknown = number
            break
        specs.append(fields[number])
    return ReadingPlan(tuple(specs), unknown, tuple(spec.number for spec in specs))


def _quick_layout(specs: Sequence[FieldSpec]) -> list[Characters]:
    """Give the layout for the short cut, empty when one field of them cannot take it."""
    layout = [spec.quick for spec in specs if spec.quick is not None]
    return layout if len(layout) == len(specs) else []
