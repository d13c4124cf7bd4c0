"""The diary's lines about the office's files in words: what they are about, and what was done.

customer 2000000048, supply point 2000000048-1: registered      a registration
2000000048-1: corrected: address, area                          an amendment, with the fields
2000000048-1: meter 600727070000090144 installed                an installation
area east: registered                                           the network's dictionary
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from admin_web.amendment_words import AMENDMENT_KINDS, FIELDS, SUBJECTS
from admin_web.diary_lines import lines_said
from admin_web.file_words import customer_path, meter_number
from admin_web.point_words import NETWORK_KINDS, POINT_STATES, point_path
from admin_web.words import msg
from gateway.core.amendment import Subject
from gateway.core.ledger import WATT_HOURS
from gateway.core.network import NetworkKind
from gateway.core.supply_point import PointState

if TYPE_CHECKING:
    from collections.abc import Callable

    from admin_web.diary_changes import Telling

    _Say = Callable[..., str]

#: What a registration is about, as long as nobody has an account number yet.
NEW_CUSTOMER: Final = "new customer"

_CUSTOMER: Final = "customer "
_POINT: Final = "supply point "

_OPENED: Final = re.compile(
    r"(?:customer (?P<account>\S+), )?supply point (?P<point>\S+): (?P<state>applied|registered)"
)
_AMENDED: Final = re.compile(r"(?P<number>\S+): (?P<kind>[a-z_]+): (?P<fields>[a-z_]+(?:, [a-z_]+)*)")
_INSTALLED: Final = re.compile(r"(?P<point>\S+): meter (?P<pan>[0-9]{18}) installed")
_REPLACED: Final = re.compile(
    r"(?P<point>\S+): meter (?P<pan>[0-9]{18}) instead of (?P<old>[0-9]{18}), (?P<wh>[0-9]+) Wh travel"
)
_CANCELLED: Final = re.compile(
    r"(?P<point>\S+): meter (?P<pan>[0-9]{18}) is cancelled, (?P<minor>[0-9]+) to be paid out"
)
_PLACE: Final = re.compile(r"(?P<place>area|feeder|transformer) (?P<code>\S+): (?P<kind>[a-z_]+)")


def customer_subject(account_no: str) -> str:
    """Name a customer as the diary has him; without an account number he is a new one."""
    return f"{_CUSTOMER}{account_no}" if account_no else NEW_CUSTOMER


def point_subject(number: str) -> str:
    """Name a supply point as the diary has it."""
    return f"{_POINT}{number}"


def file_subject_said(subject: str, telling: Telling) -> str:
    """Say what a line is about; what is not known stands as it is kept."""
    say = telling.words.say
    if subject == NEW_CUSTOMER:
        return say(msg("new customer"))
    for before, what in ((_CUSTOMER, Subject.CUSTOMER), (_POINT, Subject.POINT)):
        if subject.startswith(before):
            return f"{say(SUBJECTS[what])} {subject.removeprefix(before)}"
    return subject


def file_subject_path(subject: str, detail: str) -> str | None:
    """Find the page of what a line is about; of a new customer once he has a number."""
    if subject.startswith(_CUSTOMER):
        return customer_path(subject.removeprefix(_CUSTOMER))
    if subject.startswith(_POINT):
        return point_path(subject.removeprefix(_POINT))
    found = _OPENED.search(detail)
    return customer_path(found["account"]) if found is not None and found["account"] else None


def files_said(text: str, telling: Telling) -> str | None:
    """Say what was done with a file; None for a text that tells of none."""
    say = telling.words.say
    ways = (
        (_OPENED, _opened),
        (_INSTALLED, _installed),
        (_PLACE, _place),
        (_AMENDED, _amended),
    )
    moved = _REPLACED.fullmatch(text)
    if moved is not None:
        return _replaced(moved, telling)
    ended = _CANCELLED.fullmatch(text)
    if ended is not None:
        return _cancelled(ended, telling)
    for pattern, way in ways:
        found = pattern.fullmatch(text)
        said = None if found is None else way(found, say)
        if said is not None:
            return said
    return lines_said(text, telling)


def _opened(found: re.Match[str], say: _Say) -> str:
    state = say(POINT_STATES[PointState(found["state"])].sentence)
    point = say(msg("supply point %(number)s: %(state)s"), number=found["point"], state=state)
    if not found["account"]:
        return point
    customer = say(msg("customer %(account)s"), account=found["account"])
    return f"{customer}, {point}"


def _installed(found: re.Match[str], say: _Say) -> str:
    meter = meter_number(found["pan"]).text
    return say(msg("%(point)s: meter %(meter)s is installed"), point=found["point"], meter=meter)


def _replaced(found: re.Match[str], telling: Telling) -> str:
    new, old = meter_number(found["pan"]).text, meter_number(found["old"]).text
    energy = telling.shown.amount(int(found["wh"]), WATT_HOURS)
    said = msg("%(point)s: meter %(new)s instead of %(old)s, %(energy)s travel")
    return telling.words.say(said, point=found["point"], new=new, old=old, energy=energy)


def _cancelled(found: re.Match[str], telling: Telling) -> str:
    meter, money = meter_number(found["pan"]).text, telling.shown.money(int(found["minor"]), telling.currency)
    said = msg("%(point)s: meter %(meter)s is cancelled, %(money)s to be paid out")
    return telling.words.say(said, point=found["point"], meter=meter, money=money)


def _place(found: re.Match[str], say: _Say) -> str | None:
    kind = _kind(found["kind"], say)
    return kind and f"{say(NETWORK_KINDS[NetworkKind(found['place'])])} {found['code']}: {kind}"


def _amended(found: re.Match[str], say: _Say) -> str | None:
    kind, fields = _kind(found["kind"], say), found["fields"].split(", ")
    if kind is None or any(one not in FIELDS for one in fields):
        return None
    return f"{found['number']}: {kind}: {', '.join(say(FIELDS[one]) for one in fields)}"


def _kind(text: str, say: _Say) -> str | None:
    known = {one.value: said for one, said in AMENDMENT_KINDS.items()}
    return say(known[text]) if text in known else None
