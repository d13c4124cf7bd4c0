"""The last line of defence of the log: what looks like a card, a meter's PAN or a token is masked.

Value types mask themselves and nobody logs a message whole; this catches what slips through all the same.
A card or meter number (13 to 19 digits) keeps its first six and last four, as PCI DSS 3.4 allows; a token
(20 digits) and anything longer keeps the last four only, by which a clerk still recognises it.
"""

from __future__ import annotations

import re
from typing import Final

# Digits in one run, or in groups of four the way a receipt prints them; \d takes the digits of any alphabet.
_NUMBER: Final = re.compile(r"(?<!\d)(?:\d{13,}|\d{4}(?:[ -]\d{4}){3,4})(?!\d)")

SHORTEST: Final = 13
_TOKEN_DIGITS: Final = 20


def masked(text: str) -> str:
    """Give the text with each such number masked.

    >>> masked("card 6212345678901234567, token 12345678901234567890, meter 01234567890")
    'card 621234*********4567, token ****************7890, meter 01234567890'
    """
    return _NUMBER.sub(_mask, text) if len(text) >= SHORTEST else text


def _mask(found: re.Match[str]) -> str:
    digits = found[0].replace(" ", "").replace("-", "")
    first = 6 if len(digits) < _TOKEN_DIGITS else 0
    return digits[:first] + "*" * (len(digits) - first - 4) + digits[-4:]
