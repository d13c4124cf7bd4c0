"""What is said of vending keys on the pages: how each stands, where it is kept, what a step came to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.cells import State, Tone
from admin_web.told import told_or_raw
from admin_web.words import msg
from gateway.core.key_ring import KeyKeeper, KeyRing
from gateway.core.key_standing import KeyStanding, key_standing
from gateway.core.sentence import with_detail

if TYPE_CHECKING:
    from collections.abc import Mapping

    from admin_web.asked import Asked
    from gateway.core.key_life import VendingKey
    from gateway.core.key_words import KeyRefused, KeyStep

STANDINGS: Final[Mapping[KeyStanding, State]] = {
    KeyStanding.PENDING: State(msg("waits for a second person"), Tone.WAITING),
    KeyStanding.APPROVED: State(msg("approved, its moment is to come"), Tone.GOOD),
    KeyStanding.SERVES: State(msg("serves"), Tone.GOOD),
    KeyStanding.BEFORE: State(msg("a later one serves"), Tone.QUIET),
    KeyStanding.ENDED: State(msg("its time is over"), Tone.BAD),
    KeyStanding.EXPIRED: State(msg("expired"), Tone.BAD),
    KeyStanding.WITHDRAWN: State(msg("withdrawn"), Tone.QUIET),
}

KEEPERS: Final[Mapping[KeyKeeper, str]] = {
    KeyKeeper.FILE: msg("a plain file, for test systems"),
    KeyKeeper.SEALED: msg("the sealed file"),
    KeyKeeper.PKCS11: msg("a PKCS#11 module"),
    KeyKeeper.MODULE: msg("a module that hands out tokens"),
}


def standing_of(asked: Asked, key: VendingKey, ring: KeyRing) -> State:
    """Say how a key stands now among all of its group."""
    zone = asked.office.workshop.issuer.ring.zones.get(key.revision.sgc, asked.office.zone)
    return STANDINGS[key_standing(key, ring, zone, asked.office.now())]


def refusal_said(asked: Asked, refused: KeyRefused) -> str:
    """Say why a step was not taken, in the reader's language."""
    said = asked.words.say(refused.reason.value)
    return with_detail(said, told_or_raw(asked.words, refused.detail))


def warnings_said(asked: Asked, step: KeyStep) -> str:
    """Say what is to be known of a step that was taken, in the reader's language."""
    said = (
        asked.words.say(one.why.value).format(count=asked.shown.number(one.count), said=one.said)
        for one in step.warnings
    )
    return " ".join(f"{one[:1].upper()}{one[1:]}." for one in said)
