"""Why the centre refused, in the reader's language: by its code, with what stands in brackets behind it.

    the office's refusals, and those of a payment     their sentences are the centre's own (``gateway.core``)
    the door's own                                    here, by their codes

A test goes through every code that the door can answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from card_station.words import msg
from gateway.core.office import OfficeRefusal
from gateway.core.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from card_station.words import Words

#: What the door itself refuses, in words that stand for whatever its sentence is.
OF_THE_DOOR: Final[Mapping[str, str]] = {
    "wrong_sign_in": msg(
        "the login, the password or the code is not right; after several attempts wait up to 15 minutes, and "
        "try once more"
    ),
    "tried_too_often": msg("too many codes were wrong here; wait a quarter of an hour"),
    "set_password": msg("set a password of your own first: sign in to the office's pages in a browser"),
    "set_authenticator": msg("set up your authenticator first: sign in to the office's pages in a browser"),
    "too_short": msg("write three characters of the number or the name at least"),
    "one_of_both": msg("write the amount or the energy, more than nothing, and not both"),
    "bad_request": msg("the station's request for a certificate is not right; tell the engineer"),
}

#: What the door says where it does not even hear a question; it has no code.
DENIED: Final = (
    msg("the station has no certificate that stands; let it in with a code"),
    msg("the station is closed; whoever keeps the stations opens it in the office"),
)


def refusal_said(words: Words, code: str, sentence: str) -> str:
    """Say why the centre refused: its sentence may have a detail behind it, which may be one as well."""
    if code in OF_THE_DOOR:
        return words.say(OF_THE_DOOR[code])
    for known in _sentences(code):
        detail = sentence.removeprefix(known)
        if sentence == known or (sentence.startswith(known) and detail.startswith(" (")):
            detail = detail.strip().removeprefix("(").removesuffix(")")
            return f"{words.say(known)} ({words.say(detail)})" if detail else words.say(known)
    return words.say(sentence)


def _sentences(code: str) -> Iterator[str]:
    """Two enums have some codes in common, each with its own sentence."""
    office = OfficeRefusal.__members__.get(code.upper())
    if office is not None:
        yield office.value
    yield from (one.sentence for one in Refusal if one.value == code)
