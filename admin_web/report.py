"""What a list that is taken away says of itself: which list, what was chosen, who took it, when, and its sum.

In CSV it stands behind the rows and an empty line, in XLSX on a page of its own, so that programs read the
rows without it. The SHA-256 is that of the CSV's lines from the head to the last row, in both: the same list
has the same sum. The report's number stands in the diary's line of the export, which the journal's chain
seals. On paper a page has the list's name, the filters, who and when, and no number: nobody hears of it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from admin_web.cells import plain_of, text_of, unit_of
from admin_web.listing import LABEL
from admin_web.words import msg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from admin_web.asked import Asked
    from admin_web.cells import Cell, Plain
    from admin_web.filters import Box
    from admin_web.listing import Chosen, Listing

#: Octets of a number's random part: two reports of one second are told apart.
_NUMBER_OCTETS: Final = 4


@dataclass
class Tally:
    """Counts the rows that went out, and sums up their lines."""

    count: int = 0
    _sum: Any = field(default_factory=sha256, repr=False)  # hashlib names no type of it

    def add(self, lines: bytes, count: int) -> None:
        """Take further lines in; ``count`` of them are rows."""
        self.count += count
        self._sum.update(lines)

    @property
    def checksum(self) -> str:
        """The SHA-256 of all lines so far."""
        text: str = self._sum.hexdigest()
        return text


@dataclass(frozen=True, slots=True)
class Report:
    """A list as it was taken away: its number, its title as the page has it, and the moment."""

    number: str
    title: str
    at: datetime


def report_of(asked: Asked, title: str) -> Report:
    """Begin one, with a new number."""
    at = asked.office.now()
    stamp = at.astimezone(asked.shown.zone).strftime("%Y%m%d-%H%M%S")
    return Report(f"{stamp}-{secrets.token_hex(_NUMBER_OCTETS)}", title, at)


def chosen_in_words(asked: Asked, chosen: Chosen) -> list[tuple[str, str]]:
    """Say what the filters are set to, each with its label."""
    boxes = (box for read in chosen.reads.values() for box in read.boxes if box.written)
    return [(asked.words.say(box.label), _written(asked, box)) for box in boxes]


def _written(asked: Asked, box: Box) -> str:
    said = next((sentence for value, sentence in box.choices if value == box.written), None)
    return box.written if said is None else asked.words.say(said)


def maker_said(asked: Asked) -> str:
    """Name who takes it away."""
    return f"{asked.me.name} ({asked.me.login})"


def moment_said(asked: Asked, at: datetime) -> str:
    """Say when, with the zone by its name: an offset alone is not always that of one country."""
    return f"{asked.shown.moment(at)} ({asked.shown.zone})"


def report_lines(
    asked: Asked,
    listing: Listing[Any],
    chosen: Chosen,
    report: Report,
    end: tuple[Tally, Sequence[Mapping[str, Cell]]],
) -> list[list[Plain]]:
    """Write what stands behind the rows; ``end`` is their tally, and the lines of totals."""
    tally, totals = end
    say = asked.words.say
    lines: list[list[Plain]] = [[say(msg("List")), report.title], [say(msg("Utility")), asked.office.utility]]
    lines += [[label, text] for label, text in chosen_in_words(asked, chosen)]
    for total in totals:
        lines += _totals(asked, listing, chosen, total)
    lines += [
        [say(msg("Rows")), tally.count],
        [say(msg("Made by")), maker_said(asked)],
        [say(msg("Made at")), moment_said(asked, report.at)],
        [say(msg("Report number, as in the diary")), report.number],
        [say(msg("SHA-256 of the rows")), tally.checksum],
    ]
    return lines


def _totals(
    asked: Asked, listing: Listing[Any], chosen: Chosen, total: Mapping[str, Cell]
) -> list[list[Plain]]:
    """Write a line of totals: its label, then for each figure the column, the figure and its unit."""
    words, shown = asked.words, asked.shown
    label = total.get(LABEL) or msg("Total")
    said = words.say(label) if isinstance(label, str) else text_of(label, words, shown)
    lines: list[list[Plain]] = []
    for column in listing.columns:
        cell = total.get(column.name, "")
        if column.name in chosen.columns and cell not in {"", None}:
            lines.append([said, words.say(column.label), plain_of(cell, words, shown), unit_of(cell)])
    return lines
