"""The last line of defence of the log: what looks like a card, a meter's PAN or a token is masked.

Value types mask themselves and nobody logs a message whole; this catches what slips through all the same.
A card or meter number (13 to 19 digits) keeps its first six and last four, as PCI DSS 3.4 allows; a token
(20 digits) and anything longer keeps the last four only, by which a clerk still recognises it.

A payment's key is what an operator looks for, and its reference may have as many digits as a card. There a
number stands as it is if it is no card's, nor holds one: a bank might take a card's number for a reference.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.bits import luhn_valid

# Digits in one run, or in groups of four the way a receipt prints them; \d takes the digits of any alphabet.
_NUMBER: Final = re.compile(r"(?<!\d)(?:\d{13,}|\d{4}(?:[ -]\d{4}){3,4})(?!\d)")

SHORTEST: Final = 13
_TOKEN_DIGITS: Final = 20

#: How numbers of cards begin, and how long they are (ISO/IEC 7812; each scheme's own tables): Visa;
#: Mastercard, Mir and national schemes; American Express; Diners; JCB, UnionPay, Discover, RuPay; Maestro.
_CARDS: Final = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5|2[2-7]|8[126]|9[78])\d{14,15}"
    r"|3[47]\d{13}|3[0689]\d{12,17}|(?:35|6\d|81)\d{14,17}|(?:5[0678]|6\d)\d{11,17}"
)


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


def masked_key(key: str) -> str:
    """Give a payment's key with every number masked that is a card's, holds one, or may be a token.

    The whole number need only pass the check digit to be taken for a card's, whatever it begins with: one
    reference in ten does. Within a longer number it must begin as a card's does, too.

    >>> masked_key("pay/east/2026112300000017-2026-11-23"), masked_key("pay/east/4111111111111111-2026-11-23")
    ('pay/east/2026112300000017-2026-11-23', 'pay/east/411111******1111-2026-11-23')
    """
    return _NUMBER.sub(lambda found: found[0] if _is_reference(found[0]) else _mask(found), key)


def _is_reference(number: str) -> bool:
    if not (number.isascii() and number.isdigit()) or len(number) >= _TOKEN_DIGITS or luhn_valid(number):
        return False
    within = (
        number[start:end]
        for start in range(len(number) - SHORTEST + 1)
        for end in range(start + SHORTEST, len(number) + 1)
    )
    return not any(luhn_valid(part) and _CARDS.fullmatch(part) for part in within)
