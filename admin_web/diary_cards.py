"""The diary's lines about cards in words.

card A1B2C3D4E5F60718: issued to blocked, branch 'north'             what became of a card
2 cards, A1B2C3D4E5F60718 to A1B2C3D4E5F60719, sha256 …              a delivery
purchase 2 of 600727070000000390 for card A1B2C3D4E5F60718: writing  a purchase on its way
card A1B2C3D4E5F60718 of 600727…: lost, A1B2C3D4E5F60719 in its place  a reissue
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from admin_web.card_words import CARD_STATES, ORDER_STATES, card_path
from admin_web.file_words import meter_number
from admin_web.stock_words import CENTRAL_STORE
from admin_web.words import msg
from gateway.core.card_order import CardOrderState

if TYPE_CHECKING:
    from admin_web.diary_changes import Telling

_CARD: Final = "card "
_SERIAL: Final = r"(?P<serial>[0-9A-F]+)"
_SUBJECT: Final = re.compile(rf"card {_SERIAL}")
_STEPPED: Final = re.compile(
    rf"card {_SERIAL}: (?P<old>[a-z_]+) to (?P<new>[a-z_]+), branch '(?P<branch>[a-z0-9-]*)'"
)
_CAME: Final = re.compile(
    r"(?P<count>\d+) cards, (?P<first>[0-9A-F]+) to (?P<last>[0-9A-F]+), sha256 (?P<digest>[0-9a-f]{64})"
)
_PURCHASE: Final = re.compile(
    rf"purchase (?P<number>\d+) of (?P<pan>\d{{18}}) for card {_SERIAL}: (?P<state>[a-z_]+)"
)
_REISSUED: Final = re.compile(
    rf"card (?P<before>[0-9A-F]+) of (?P<pan>\d{{18}}): (?P<gone>lost|damaged|worn), {_SERIAL} in its place"
)

#: Digits of a digest that are shown: enough to compare two by eye; the whole stands in what is kept.
_DIGEST_SHOWN: Final = 12

_GONE: Final = {"lost": msg("lost"), "damaged": msg("damaged"), "worn": msg("worn out")}


def card_subject(serial: str) -> str:
    """Name a card as the diary has it."""
    return f"{_CARD}{serial}"


def card_subject_said(subject: str, telling: Telling) -> str:
    """Say what a line is about; what is no card stands as it is kept."""
    found = _SUBJECT.fullmatch(subject)
    return subject if found is None else telling.words.say(msg("Card %(serial)s"), serial=found["serial"])


def card_subject_path(subject: str) -> str | None:
    """Find the page of what a line is about; None where that is no card."""
    found = _SUBJECT.fullmatch(subject)
    return None if found is None else card_path(found["serial"])


def cards_said(text: str, telling: Telling) -> str | None:
    """Say what was done with cards; None for a text that tells of none, or of what is not known here."""
    for pattern, way in ((_STEPPED, _stepped), (_CAME, _came), (_PURCHASE, _purchase), (_REISSUED, _again)):
        found = pattern.fullmatch(text)
        if found is not None:
            return way(found, telling)
    return None


def _stepped(found: re.Match[str], telling: Telling) -> str | None:
    say, states = telling.words.say, {one.value: state.sentence for one, state in CARD_STATES.items()}
    before, after = states.get(found["old"]), states.get(found["new"])
    if before is None or after is None:
        return None
    return say(
        msg("card %(serial)s: %(before)s → %(after)s; lies in %(place)s"),
        serial=found["serial"],
        before=say(before),
        after=say(after),
        place=found["branch"] or say(CENTRAL_STORE),
    )


def _came(found: re.Match[str], telling: Telling) -> str:
    said = msg("%(count)s cards, from %(first)s to %(last)s, SHA-256 %(digest)s")
    named = found.groupdict() | {"digest": f"{found['digest'][:_DIGEST_SHOWN]}…"}
    return telling.words.say(said, **named)


def _purchase(found: re.Match[str], telling: Telling) -> str | None:
    if found["state"] not in {one.value for one in CardOrderState}:
        return None
    say, state = telling.words.say, ORDER_STATES[CardOrderState(found["state"])]
    return say(
        msg("purchase %(number)s of meter %(meter)s for card %(serial)s: %(state)s"),
        number=found["number"],
        meter=meter_number(found["pan"]).text,
        serial=found["serial"],
        state=say(state.sentence),
    )


def _again(found: re.Match[str], telling: Telling) -> str:
    say, gone = telling.words.say, _GONE[found["gone"]]
    return say(
        msg("card %(before)s of meter %(meter)s: %(gone)s, %(serial)s in its place"),
        before=found["before"],
        meter=meter_number(found["pan"]).text,
        gone=say(gone),
        serial=found["serial"],
    )
