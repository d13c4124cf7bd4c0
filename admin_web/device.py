"""Devices: a browser in which somebody has signed in keeps a sealed note of it, and is known by that later.

Who guesses at a login from elsewhere holds back all that is not known, so the note is what lets her in
meanwhile. It opens nothing: whoever has it may try a few passwords of this one login, and waits after them as
anybody.

At a counter several people sign in, so a browser keeps a note for each of the last few. A note names nobody:
it is found by whose login it was sealed for.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final, NamedTuple

from admin_web.cookies import DEVICE_COOKIE, DEVICE_S, Cookie
from admin_web.place_seal import open_place, seal_place
from gateway.core.timeline import microseconds

if TYPE_CHECKING:
    from admin_web.asked import Asked

#: People whom one browser knows: a counter has two or three, in turns.
PEOPLE_MAX: Final = 8

#: Octets of a device's name: no two are drawn alike.
_NAME_OCTETS: Final = 9

#: Between two notes.
_BETWEEN: Final = "."


class _Note(NamedTuple):
    """A note as it is kept in the browser, the device's name, and when it was sealed."""

    kept: str
    device: str
    at_us: int


def known_device(asked: Asked, login: str) -> str | None:
    """Name the device, if this person has signed in there within the last half year."""
    note = _note(asked, login)
    return None if note is None else note.device


def device_cookie(asked: Asked, login: str) -> Cookie:
    """Keep in this browser that she has signed in here now; the notes of others stay, but for the oldest."""
    before = _note(asked, login)
    device = secrets.token_hex(_NAME_OCTETS) if before is None else before.device
    note = seal_place(asked.office.seal_key, _sealed_for(login), (device, microseconds(asked.office.now())))
    others = [one for one in _kept(asked) if before is None or one != before.kept]
    return Cookie(DEVICE_COOKIE, _BETWEEN.join([note, *others[: PEOPLE_MAX - 1]]), DEVICE_S)


def _kept(asked: Asked) -> list[str]:
    return [one for one in asked.device.split(_BETWEEN) if one][:PEOPLE_MAX]


def _note(asked: Asked, login: str) -> _Note | None:
    at_us = microseconds(asked.office.now())
    for kept in _kept(asked):
        opened = open_place(asked.office.seal_key, _sealed_for(login), kept)
        if opened is not None:
            device, sealed_us = opened
            return _Note(kept, device, sealed_us) if at_us < sealed_us + DEVICE_S * 1_000_000 else None
    return None


def _sealed_for(login: str) -> str:
    return f"device of {login}"
