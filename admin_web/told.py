"""Says in the reader's language what the gateway has written down in English: a check, an exception, a fault.

The books and the health checks keep one English sentence for ever. Here it is found again among those that
the catalogs know, with the figures in its places, and said anew. What is not found stands in English, as raw.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from admin_web.spoken import sentences_of_others
from admin_web.told_sentences import ALL

if TYPE_CHECKING:
    from admin_web.words import Words

PLACE: Final = re.compile(r"\{(\w+)\}")

#: Characters of what is looked for: the longest sentence of ours with its figures has some 300.
TEXT_MAX: Final = 600

#: A sentence in a sentence in a sentence: ours go no deeper.
_DEPTH_MAX: Final = 3


def told(words: Words, text: str, depth: int = _DEPTH_MAX) -> str | None:
    """Say a sentence of the gateway; None where it is none that is known."""
    if len(text) > TEXT_MAX:
        return None
    if text in _whole():
        return words.say(text)
    for sentence, pattern in _with_places():
        found = pattern.fullmatch(text)
        if found is not None and depth:
            inner = found.groupdict().items()
            values = {name: told(words, value, depth - 1) or value for name, value in inner}
            return words.say(sentence).format(**values)
    return None


def told_or_raw(words: Words, text: str) -> str:
    """Say it, or leave it as it is."""
    return told(words, text) or text


@cache
def _whole() -> frozenset[str]:
    """Gather those without places."""
    return frozenset(one for one in (*ALL, *sentences_of_others()) if not PLACE.search(one))


@cache
def _with_places() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Give those with places, the wordiest first: a short one may fit what a longer one means."""
    sentences = sorted((one for one in ALL if PLACE.search(one)), key=lambda one: -len(PLACE.sub("", one)))
    return tuple((one, _pattern(one)) for one in sentences)


def _pattern(sentence: str) -> re.Pattern[str]:
    parts = PLACE.split(sentence)
    # PLACE.split gives what is between the places and their names in turn.
    return re.compile(
        "".join(f"(?P<{part}>.+?)" if number % 2 else re.escape(part) for number, part in enumerate(parts))
    )
