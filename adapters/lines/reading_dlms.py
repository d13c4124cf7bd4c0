"""Reads attributes of DLMS: several at once where the meter takes lists, and once what registers count in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.lines.items_dlms import scale_in, value_in
from gateway.codecs.dlms.acse import conformance
from gateway.codecs.dlms.events import Got
from gateway.codecs.dlms.services import Asked, Selection, Target
from gateway.core.contact import ENDS, ContactFault, ItemsRead

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from adapters.lines.association import Association
    from adapters.lines.items_dlms import Attribute
    from adapters.lines.text_dlms import Scale
    from gateway.codecs.dlms.datum import Datum
    from gateway.codecs.dlms.services import Result
    from gateway.core.contact import ItemRead

GROUP_MAX: Final = 16
"""Attributes asked for at once: what is lost with a line that breaks stays small."""

_LISTS: Final = conformance("multiple-references")
#: Octets of a request: of an attribute in a list, and of what is around the list, with a seal.
_EACH, _AROUND = 11, 40


class Reading:
    """What is read in one conversation."""

    def __init__(self, association: Association) -> None:
        self._association = association
        self._scales: dict[Target, Scale] = {}
        self._takes_lists = True

    async def items(self, attributes: Sequence[Attribute]) -> ItemsRead:
        """Read attributes, and show them. What was read before the line broke is kept."""
        wanted: list[Target] = []
        for one in attributes:
            scale_at = one.scale_at
            wanted += [] if scale_at is None or scale_at in self._scales else [scale_at]
            wanted.append(one.target)
        results = await self.values(wanted)
        read: list[ItemRead] = []
        missing: list[tuple[str, ContactFault]] = []
        for one in attributes:
            try:
                read.append(one.show(value_in(results, one.target, one.item), self._scale(results, one)))
            except ContactFault as fault:
                missing.append((one.item, fault))
        return ItemsRead(tuple(read), tuple(missing))

    async def scales(self, attributes: Iterable[Attribute]) -> list[Scale | None]:
        """Read what registers among attributes count in; ``ContactFault`` where one does not say it."""
        several = list(attributes)
        wanted = [one.scale_at for one in several if one.scale_at is not None]
        results = await self.values([at for at in wanted if at not in self._scales])
        return [self._scale(results, one) for one in several]

    async def values(self, targets: Iterable[Target]) -> dict[Target, Result | ContactFault]:
        """Read attributes: give of each its value, the meter's reason, or why the question has no answer."""
        found: dict[Target, Result | ContactFault] = {}
        left = list(dict.fromkeys(targets))
        while left:
            size = self._size()
            group, left = left[:size], left[size:]
            try:
                found |= dict(zip(group, await self._get(group), strict=True))
            except ContactFault as fault:
                if not self._association.is_open or fault.why in ENDS:
                    return found | dict.fromkeys([*group, *left], fault)
                if len(group) > 1:
                    # It agreed to lists, and does not take this one.
                    self._takes_lists, left = False, group + left
                else:
                    found[group[0]] = fault
        return found

    async def one(self, target: Target, selection: Selection | None = None) -> Datum:
        """Read one attribute, or the part of it that is selected; ``ContactFault`` where it is not given."""
        event = await self._association.ask(lambda client: client.get(Asked(target, selection)))
        assert isinstance(event, Got), "what answers a question"  # noqa: S101 - of our own codec
        return value_in({target: event.results[0]}, target, "asked for it")

    async def _get(self, group: Sequence[Target]) -> tuple[Result, ...]:
        event = await self._association.ask(lambda client: client.get(*map(Asked, group)))
        assert isinstance(event, Got), "what answers a question"  # noqa: S101 - of our own codec
        return event.results

    def _size(self) -> int:
        """Say how many attributes fit into a request."""
        agreed = self._association.agreed
        if not self._takes_lists or not agreed.conformance & _LISTS:
            return 1
        most = (agreed.pdu_max - _AROUND) // _EACH if agreed.pdu_max else GROUP_MAX
        return max(1, min(most, GROUP_MAX))

    def _scale(
        self, results: dict[Target, Result | ContactFault], one: Attribute
    ) -> Scale | None:  # fmt: skip
        at = one.scale_at
        if at is None or at in self._scales:
            return None if at is None else self._scales[at]
        scale = scale_in(results, one)
        if scale is not None:
            self._scales[at] = scale
        return scale
