"""Tokens as they are typed on a command line: in one piece, or in groups with spaces or dashes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_GROUP: Final = 4
_GROUPS: Final = 5


def tokens_of(words: Sequence[str]) -> list[str]:
    """Give the tokens of the words; five words of four characters each are one token in its groups.

    Nothing is judged here: what is not 20 digits is for the meter to refuse.

    >>> tokens_of(["1234", "5678", "9012", "3456", "7890"]) == tokens_of(["1234-5678 9012 34567890"])
    True
    """
    plain = [word.replace(" ", "").replace("-", "") for word in words]
    tokens: list[str] = []
    at = 0
    while at < len(plain):
        group = plain[at : at + _GROUPS]
        is_grouped = len(group) == _GROUPS and all(len(word) == _GROUP for word in group)
        tokens.append("".join(group) if is_grouped else plain[at])
        at += _GROUPS if is_grouped else 1
    return tokens
