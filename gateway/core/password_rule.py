"""Which password may be chosen: a long one that is not among the first tried. What it is made of is nobody's
business (NIST SP 800-63B: length and a list of refused ones, no composition rules, no change for its age).

    10 to 128 characters, all of which can be printed; not the login; not one of those that everybody tries

A password is compared in its normal form (``normal``), so that it fits whichever keyboard types it.
"""

from __future__ import annotations

import unicodedata
from enum import Enum
from typing import Final

#: NIST asks for eight where a second factor stands behind the password; not everybody has one here.
PASSWORD_LEAST: Final = 10

#: A sentence fits; more only makes the hash dear.
PASSWORD_MAX: Final = 128

#: Whoever repeats so few characters until it is long enough has a short password.
_PIECE_MAX: Final = 4

#: Of the usual lists of stolen passwords those that are long enough to be chosen here, in small letters.
_FIRST_TRIED: Final = frozenset(
    """
    0123456789 01234567890 0987654321 12345678910 1234567891 1234567890 12345678900 1234567890a 123456789a
    123456789q 1234qwerasdf 123qwe123qwe 12qwaszx12 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc 1qazxsw23edc
    147258369a 9876543210 987654321a a1b2c3d4e5 a123456789 abc1234567 abcd123456 abcd1234567890 abcdefghij
    abcdefghijk asdfghjkl1 asdfghjkl; asdfghjklzxcvbnm asdf1234asdf p@ssw0rd123 p@ssword123 pass123456
    passw0rd123 q1w2e3r4t5 q1w2e3r4t5y6 qazwsxedcrfv qwer123456 qwert12345 qwerty123456 qwertyuiop
    qwertyuiop[] qwertyuiopasdfghjkl qweasdzxc123 trustno1trustno1 zaq12wsxcde3 zxcvbnm123 zxcvbnm1234
    йцукенгшщз йцукенгшщзхъ
    """.split()  # noqa: SIM905 - read as the lists they are
)

#: What is too common a word to be a password with a year or a mark beside it.
_WORDS_TRIED: Final = frozenset(
    """
    abcdef admin administrator changeme cashier computer default dragon electricity football gateway iloveyou
    letmein login monkey office operator pass password passw passwort powertill prepaid qwerty qwertyuiop
    secret starwars sunshine superman supervisor test tester user utility welcome woaini
    админ администратор йцукен пароль привет любовь
    """.split()  # noqa: SIM905 - read as the lists they are
)


class PasswordFault(Enum):
    """Why it cannot be chosen, with the cure."""

    TOO_SHORT = "a password has 10 characters at least; three or four words together are easy to keep"
    TOO_LONG = "a password has 128 characters at most"
    UNPRINTABLE = "a password has only characters that can be printed"
    LOGIN = "the login, also with signs around it, is the first that is tried; choose another password"
    FIRST_TRIED = "this password is among the first that are tried; choose another one"


def normal(password: str) -> str:
    r"""Give the form in which it is kept and compared: the same however a keyboard writes its letters.

    >>> normal("\uff50\uff41ss") == "pass"
    True
    """
    return unicodedata.normalize("NFKC", password)


def password_fault(password: str, login: str) -> PasswordFault | None:
    """Say why somebody cannot choose it; None where she can."""
    text = normal(password)
    if len(text) > PASSWORD_MAX:
        return PasswordFault.TOO_LONG
    if len(text) < PASSWORD_LEAST:
        return PasswordFault.TOO_SHORT
    if not text.isprintable():
        return PasswordFault.UNPRINTABLE
    small = text.casefold()
    word, name = _word_of(small), login.casefold()
    if name and (name in {small, word} or word == _word_of(name) or not small.replace(name, "")):
        return PasswordFault.LOGIN
    is_tried = small in _FIRST_TRIED or word in _WORDS_TRIED or _is_repeated(small)
    return PasswordFault.FIRST_TRIED if is_tried else None


def _word_of(text: str) -> str:
    """Take away the digits and signs around it: a year behind a word makes no other word of it."""
    letters = [place for place, one in enumerate(text) if one.isalpha()]
    return text[letters[0] : letters[-1] + 1] if letters else ""


def _is_repeated(text: str) -> bool:
    pieces = (text[:length] for length in range(1, _PIECE_MAX + 1))
    return any((piece * len(text))[: len(text)] == text for piece in pieces)
