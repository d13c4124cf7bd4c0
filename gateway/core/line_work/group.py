"""Meters that are read alike, and how each is reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Reach(NamedTuple):
    """Which number leads to a meter, and over which bus, if it shares one ("" if not)."""

    meter: int
    number: str
    bus: str = ""


class Visit(NamedTuple):
    """Meters that one call can ask."""

    number: str
    bus: str
    meters: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Meters with a name in common; ValueError where one is in it twice."""

    name: str
    reaches: tuple[Reach, ...]

    def __post_init__(self) -> None:
        if len({reach.meter for reach in self.reaches}) < len(self.reaches):
            raise ValueError(f"reaches: a meter is twice in the group {self.name}; name each once")

    def visits(self, meters_max: int) -> tuple[Visit, ...]:
        """Put together what one call can ask, so many meters at the most; in the order of the group."""
        return visits_of(self.reaches, meters_max)


def visits_of(reaches: tuple[Reach, ...] | list[Reach], meters_max: int) -> tuple[Visit, ...]:
    """Put meters together by number and bus, so many in a call; a meter without a bus has its call alone."""
    together: dict[tuple[str, str], list[int]] = {}
    for meter, number, bus in reaches:
        together.setdefault((number, bus), []).append(meter)
    return tuple(
        Visit(number, bus, tuple(meters[begin : begin + step]))
        for (number, bus), meters in together.items()
        for step in [meters_max if bus else 1]
        for begin in range(0, len(meters), step)
    )
