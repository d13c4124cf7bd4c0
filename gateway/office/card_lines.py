"""Read a delivery list of cards: each fault named by its line and column, nothing kept yet.

    serial;profile;branch
    A1B2C3D4E5F60718;powertill-cpu;north

The first line names the columns, in any order, and is line 1; ``profile`` and ``branch`` may be left out
where all cards of the list are of one kind, or lie in one place. Semicolons, or commas, stand between values.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from gateway.codecs.card.profile import PROFILES, Credit, profile_named
from gateway.core.card import CardState
from gateway.core.card_stock import StockCard
from gateway.core.stock import DELIVERY_MAX

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

#: Faults that are told: who has more of them has another kind of file.
FAULTS_MAX: Final = 200

SERIAL, PROFILE, BRANCH = "serial", "profile", "branch"
COLUMNS: Final = (SERIAL, PROFILE, BRANCH)

#: Characters of one value: longer is no value of any column.
_VALUE_MAX: Final = 200
_HEX: Final = frozenset("0123456789ABCDEF")


class CardFaultWhy(Enum):
    """What is wrong in a line; the text is for whoever wrote the list."""

    NO_TEXT = "this is no text in UTF-8: save the list as CSV UTF-8"
    EMPTY = "there is no card in the list"
    TOO_MANY = f"a list has {DELIVERY_MAX} cards at most: send it in parts"
    NO_COLUMN = "the first line does not name this column"
    UNKNOWN_COLUMN = "there is no column of this name"
    WIDTH = "the line has more or fewer values than the first line has columns"
    KIND = "there is no such kind of card: write one of those below"
    SERIAL = "this is no serial number of this kind of card: compare it with the card"
    TWICE = "the card stands in the list twice"
    KNOWN = "the card is in the stock already"
    BRANCH = "there is no such branch, or it is not yours"


@dataclass(frozen=True, slots=True)
class CardFault:
    """A fault: its line (0: the whole list), its column, what was written there, and what is wrong."""

    line: int
    column: str
    written: str
    why: CardFaultWhy


@dataclass(frozen=True, slots=True)
class CardDelivery:
    """A list as it was read: its cards by their lines, and what is wrong (``FAULTS_MAX`` at most)."""

    cards: tuple[tuple[int, StockCard], ...]
    faults: tuple[CardFault, ...]

    @property
    def is_sound(self) -> bool:
        """May it be taken in, as far as the list itself can say?"""
        return not self.faults and bool(self.cards)


@dataclass(frozen=True, slots=True)
class Usual:
    """What holds for a card whose line does not say it; ``lot`` names the delivery of all of them."""

    profile: str
    branch: str
    lot: str = ""


@dataclass(frozen=True, slots=True)
class KindOfCard:
    """A kind of card for people: its name, and how many digits (hex) its serial numbers have.

    ``is_money``: what stands on it is minor units of the utility's currency; else it is Wh.
    """

    name: str
    title: str
    digits: int
    is_money: bool


def kinds_of_card() -> tuple[KindOfCard, ...]:
    """Give the kinds that there are."""
    made = (profile_named(name) for name in PROFILES)
    return tuple(
        KindOfCard(one.name, one.title, 2 * one.serial.size, one.credit is Credit.MONEY) for one in made
    )


def is_of_its_kind(card: StockCard) -> bool:
    """Is its kind known, and its serial number in hex and as long as those of its kind?"""
    digits = {kind.name: kind.digits for kind in kinds_of_card()}.get(card.profile)
    return len(card.serial) == digits and set(card.serial) <= _HEX


def read_card_delivery(octets: bytes, branches: Collection[str], usual: Usual) -> CardDelivery:
    """Read a list; ``branches`` are those that it may name."""
    try:
        text = octets.decode("utf-8-sig")
        head = text.partition("\n")[0]
        reader = csv.reader(io.StringIO(text), delimiter=";" if ";" in head else ",")
        lines = [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error):
        return _faulty(0, "", "", CardFaultWhy.NO_TEXT)
    lines = [(line, row) for line, row in lines if any(value.strip() for value in row)]
    if len(lines) <= 1:
        return _faulty(0, "", "", CardFaultWhy.EMPTY)
    if len(lines) > DELIVERY_MAX + 1:
        return _faulty(0, "", str(len(lines) - 1), CardFaultWhy.TOO_MANY)
    columns = [name.strip().lower() for name in lines[0][1]]
    if SERIAL not in columns:
        return _faulty(1, SERIAL, "", CardFaultWhy.NO_COLUMN)
    strange = [name for name in columns if name not in COLUMNS or columns.count(name) > 1]
    if strange:
        return _faulty(1, strange[0][:_VALUE_MAX], "", CardFaultWhy.UNKNOWN_COLUMN)
    return _read(lines[1:], columns, _Reader(frozenset(branches), usual))


def _faulty(line: int, column: str, written: str, why: CardFaultWhy) -> CardDelivery:
    return CardDelivery((), (CardFault(line, column, written, why),))


def _read(lines: list[tuple[int, list[str]]], columns: list[str], reader: _Reader) -> CardDelivery:
    cards, faults, seen = [], list[CardFault](), set[str]()
    for line, row in lines:
        if len(row) != len(columns):
            faults.append(CardFault(line, "", "", CardFaultWhy.WIDTH))
            continue
        values = {name: value.strip() for name, value in zip(columns, row, strict=True)}
        card = reader.card(values)
        wrong = [*reader.faults(card)]
        if not wrong and card.serial in seen:
            wrong = [(SERIAL, CardFaultWhy.TWICE)]
        faults += [CardFault(line, name, values.get(name, "")[:_VALUE_MAX], why) for name, why in wrong]
        seen.add(card.serial)
        cards.append((line, card))
    return CardDelivery(tuple(cards), tuple(faults[:FAULTS_MAX]))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the values of one line."""

    branches: frozenset[str]
    usual: Usual

    def card(self, values: Mapping[str, str]) -> StockCard:
        """Make the card of a line. Whoever delivers it has put its keys on it."""
        return StockCard(
            serial=values[SERIAL].replace(" ", "").upper(),
            profile=values.get(PROFILE) or self.usual.profile,
            state=CardState.PERSONALISED,
            branch=values.get(BRANCH) or self.usual.branch,
            lot=self.usual.lot,
        )

    def faults(self, card: StockCard) -> Iterator[tuple[str, CardFaultWhy]]:
        """Name the columns that are wrong, and why."""
        if card.profile not in PROFILES:
            yield PROFILE, CardFaultWhy.KIND
        elif not is_of_its_kind(card):
            yield SERIAL, CardFaultWhy.SERIAL
        if card.branch not in self.branches:
            yield BRANCH, CardFaultWhy.BRANCH
