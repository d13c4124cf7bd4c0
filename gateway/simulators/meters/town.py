"""A town of virtual meters, made of one file: groups of meters that are alike, and where they are spoken to.

    {"seed": 7, "zone": "+08:00", "groups": [
      {"model": "dlt645-2007", "count": 2000, "first": "000000000001", "load_w": 600, "curve": "home",
       "drift_ppm": 50, "where": {"ports_from": 20000}},
      {"model": "dlt645-2007", "count": 640, "first": "000000010001",
       "where": {"ports_from": 30000, "bus": 32}},
      {"model": "dlms-tcp", "count": 100, "first": "000000020001",
       "where": {"dial": "127.0.0.1:7000"}}]}

What differs from meter to meter (load, drift, clock, energy so far) is drawn from the seed: the same file
makes the same town. Its form is ``schemas/meters/town.schema.json``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta, timezone
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import schemas
from gateway.codecs.meter_model.fault import ModelFault
from gateway.codecs.meter_model.model import MeterProtocol
from gateway.simulators.meters.build import BUILD, Build
from gateway.simulators.meters.bus import BUS_METERS_MAX
from gateway.simulators.meters.house import House
from gateway.simulators.meters.load import CURVES, Load
from gateway.simulators.meters.meter_clock import MeterClock
from gateway.simulators.meters.purse import Counts, Terms, Wallet
from gateway.simulators.meters.secure645 import SecureEnd
from gateway.simulators.meters.wired import WiredMeter
from schemas.shape import Misshapen, check_shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from gateway.codecs.meter_model.model import MeterModel
    from gateway.simulators.meters.security_module import SecurityModule

TOWN_OCTETS_MAX: Final = 262_144
"""Characters of a town's file: a hundred groups have some forty thousand."""

TOWN_METERS_MAX: Final = 20_000
"""Meters of a town: as many sockets as a process of an ordinary machine may have."""

PORT_MAX: Final = 65_535
_LOAD_W: Final = 500
_ROWS: Final = 96
_PER_MILLE: Final = 1000


class TownFault(ValueError):  # noqa: N818 - the fault of a file, not an error of ours
    """The file is no town: the text names the place and the cure."""


@dataclass(frozen=True, slots=True)
class Where:
    """How a line is reached: ``port`` is listened on, or dialled at ``host`` (``is_dialled``)."""

    host: str
    port: int
    is_dialled: bool = False
    is_for_one: bool = False
    hello: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """A line of the town with the meters on it."""

    where: Where
    meters: tuple[WiredMeter, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Meters that are alike; ``lines`` are the lines on which ``bus`` of them are each."""

    model: MeterModel
    count: int
    first: int
    row: dict[str, Any]
    lines: tuple[Where, ...]
    bus: int


@dataclass(frozen=True, slots=True)
class Town:
    """All groups; ``seed`` and ``zone`` are for all meters."""

    groups: tuple[Group, ...]
    seed: int
    zone: timezone

    @property
    def count(self) -> int:
        """Meters of the town."""
        return sum(group.count for group in self.groups)

    @property
    def lines(self) -> int:
        """Lines of the town: sockets that are open while nobody calls."""
        return sum(len(group.lines) for group in self.groups)


def read_town(text: str, model_named: Callable[[str], MeterModel]) -> Town:
    """Read a town's file; ``TownFault`` where it is none. ``model_named`` gives a model by name or file."""
    if len(text) > TOWN_OCTETS_MAX:
        raise TownFault(f"the file is longer than {TOWN_OCTETS_MAX} characters; cure: fewer groups")
    try:
        table = json.loads(text)
    except RecursionError:
        raise TownFault("the file is nested too deeply; cure: write groups as --help shows") from None
    except ValueError as fault:
        raise TownFault(f"the file is no JSON: {fault}; cure: correct it there") from None
    try:
        check_shape(table, _shape(), _shape(), "town")
    except Misshapen as fault:
        raise TownFault(f"{fault}; cure: write it as --help shows") from None
    groups = tuple(
        _group(row, f"town.groups[{place}]", model_named) for place, row in enumerate(table["groups"])
    )
    town = Town(groups, table.get("seed", 0), _zone(table.get("zone", "+00:00")))
    _check(town)
    return town


def sites_of(
    town: Town, seconds: Callable[[], float], begins: datetime, module: SecurityModule
) -> Iterator[Site]:
    """Make the meters, line by line. ``begins`` is now; ``module`` is in those that have one."""
    for place, group in enumerate(town.groups):
        dice = Random(f"{town.seed}/{place}")  # noqa: S311 - the same town for the same seed
        made = _meters(group, dice, _Moment(seconds, begins.astimezone(town.zone)), module)
        for where in group.lines:
            meters = tuple(meter for _, meter in zip(range(group.bus), made, strict=False))
            yield Site(where, meters)


class _Moment(NamedTuple):
    """When the town begins, and by which clock it lives."""

    seconds: Callable[[], float]
    begins: datetime


def _meters(group: Group, dice: Random, now: _Moment, module: SecurityModule) -> Iterator[WiredMeter]:
    row, protocol = group.row, group.model.protocol
    build, terms = _build(row), _terms(row.get("prepaid"))
    curve, load_w = CURVES[row.get("curve", "constant")], row.get("load_w", _LOAD_W)
    drift, off = (row.get(name, 0) for name in ("drift_ppm", "clock_off_s"))
    for number in range(group.first, group.first + group.count):
        ppm, ahead_s = dice.randint(-drift, drift), dice.randint(-off, off)
        clock = MeterClock(now.seconds, now.begins, ppm=ppm, ahead_s=ahead_s)
        load = Load(load_w * dice.randint(_PER_MILLE // 2, 3 * _PER_MILLE // 2) // _PER_MILLE, curve)
        house = House(f"{number:012d}", clock, load, _purse(terms, row), build)
        _used_so_far(house, row.get("energy_kwh", 0), dice)
        has_module = terms is not None and protocol is MeterProtocol.DLT645_2007
        secure = SecureEnd(module) if has_module else None
        yield WiredMeter(
            group.model, house, secure=secure, mode=row.get("mode", "C"), turn_ms=row.get("turn_ms")
        )


def _build(row: dict[str, Any]) -> Build:
    return replace(
        BUILD, period_min=row.get("period_min", BUILD.period_min), rows_max=row.get("profile_rows", _ROWS)
    )


def _used_so_far(house: House, most_kwh: int, dice: Random) -> None:
    """Let a meter have counted before."""
    if most_kwh:
        house.registers.tariffs = [dice.randint(0, most_kwh * 1000 // 4) for _ in range(4)]


def _terms(row: dict[str, str] | None) -> Terms | None:
    if row is None:
        return None
    price = _hundredths(row.get("price", "0.5000"))
    return Terms(Counts(row.get("counts", "money")), (price,) * 4, _hundredths(row.get("overdraft", "0.00")))


def _purse(terms: Terms | None, row: dict[str, Any]) -> Wallet | None:
    if terms is None:
        return None
    wallet = Wallet(terms)
    wallet.set_up(_hundredths(row["prepaid"]["balance"]), 0)
    return wallet


def _hundredths(text: str) -> int:
    """The digits of an amount, whose decimals the schema has counted."""
    return int(text.replace(".", ""))


def _group(row: dict[str, Any], at: str, model_named: Callable[[str], MeterModel]) -> Group:
    try:
        model = model_named(row["model"])
    except ModelFault as fault:
        raise TownFault(f"{at}.model: {fault}") from None
    first, count = int(row["first"]), row["count"]
    if first + count > 10**12:
        raise TownFault(f"{at}.first: the last number has more than twelve digits; cure: begin lower")
    if "prepaid" in row and model.protocol is MeterProtocol.DLT645_1997:
        raise TownFault(f"{at}.prepaid: {model.name} has no registers for it; cure: another model")
    lines, bus = _lines(row["where"], count, f"{at}.where")
    return Group(model, count, first, row, lines, bus)


def _lines(row: dict[str, Any], count: int, at: str) -> tuple[tuple[Where, ...], int]:
    ways = [way for way in ("port", "ports_from", "dial") if way in row]
    if len(ways) != 1:
        raise TownFault(f"{at}: one of port, ports_from and dial says where; cure: write one of them")
    way, bus = ways[0], row.get("bus", 1)
    is_for_one, hello = row.get("one_caller", False), row.get("hello", "")
    if way == "port":
        if count > BUS_METERS_MAX:
            raise TownFault(
                f"{at}.port: {count} meters on one line, at most {BUS_METERS_MAX}; cure: ports_from, with bus"
            )
        return (Where(row.get("host", "127.0.0.1"), row["port"], is_for_one=is_for_one),), count
    lines = -(-count // bus)
    if way == "dial":
        host, port = place_of(row["dial"], f"{at}.dial")
        return (Where(host, port, is_dialled=True, hello=hello),) * lines, bus
    first = row["ports_from"]
    if first + lines - 1 > PORT_MAX:
        raise TownFault(f"{at}.ports_from: {lines} ports from {first} on end above {PORT_MAX}; cure: a bus")
    host = row.get("host", "127.0.0.1")
    return tuple(Where(host, port, is_for_one=is_for_one) for port in range(first, first + lines)), bus


def place_of(text: str, at: str) -> tuple[str, int]:
    """Read HOST:PORT; ``TownFault`` names the place where it is none."""
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit() and 0 < int(port) <= PORT_MAX):
        raise TownFault(f"{at}: {text[:60]!r} is no HOST:PORT; cure: write for example 127.0.0.1:7000")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _zone(text: str) -> timezone:
    minutes = 60 * int(text[1:3]) + int(text[4:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def _check(town: Town) -> None:
    """Refuse two meters of one number, two lines at one place, and more than a process can hold."""
    if town.count > TOWN_METERS_MAX:
        raise TownFault(f"town.groups: {town.count} meters, at most {TOWN_METERS_MAX}; cure: two files")
    ends, taken = -1, set()
    for group in sorted(town.groups, key=lambda each: each.first):
        if group.first <= ends:
            raise TownFault(f"town.groups: number {group.first:012d} is there twice; cure: another first")
        ends = group.first + group.count - 1
    for where in (line for group in town.groups for line in group.lines if not line.is_dialled):
        if (where.host, where.port) in taken:
            raise TownFault(f"town.groups: port {where.port} is there twice; cure: another port")
        taken.add((where.host, where.port))


@cache
def _shape() -> dict[str, Any]:
    return schemas.load("meters/town.schema.json")
