"""Texts that may hold a token: its twenty digits are the energy itself, so no address of ours shows them."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_plus

#: Twenty digits, as they are printed: in groups or not, whatever stands between two groups.
_TOKEN: Final = re.compile(r"(?<!\d)\d(?:[\s-]*\d){19}(?!\d)")


def may_hold_token(text: str) -> bool:
    """Could a token stand in this text, or in this address?

    >>> may_hold_token("/search?q=1234+5678+9012%203456-7890"), may_hold_token("/meters/600727000000000009")
    (True, False)
    """
    return _TOKEN.search(unquote_plus(text)) is not None
