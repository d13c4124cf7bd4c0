"""What a virtual meter answers to a token: that it was carried out and what that did, or why it was not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from gateway.codecs.sts.block import TokenFaultWhy

if TYPE_CHECKING:
    from gateway.codecs.sts.content import Management
    from gateway.core.token import StsIdentity


class RejectedWhy(Enum):
    """What the display of the meter would say, in words."""

    FORMAT = "not 20 digits of a token"
    WRONG_KEY = "mistyped, or the token of another meter"
    USED = "this token was taken before"
    OLD = "this token is older than the meter remembers"
    NOT_MINE = "for another service, another way of counting or another maker's meter"
    UNSUPPORTED = "a kind of token this meter does not know"
    KEY_EXPIRED = "the meter's key has expired: a key change comes first"
    TOO_MUCH = "more credit than the meter can hold: use some, then type it again"
    SECTION_AGAIN = "this token of the key change was taken before: type the others"
    NEW_KEY_EXPIRED = "the new key has expired already: the meter keeps its own"
    NO_KEY_CHANGE = "these tokens do not make a key change: type all of its tokens again"


@dataclass(frozen=True, slots=True)
class Added:
    """A credit of anything but energy: ``amount`` was added, and ``credit`` is what the meter holds now.

    Both are thousandths of a m3 or of a minute; of a meter that counts currency, hundred-thousandths.
    """

    amount: int
    credit: int


@dataclass(frozen=True, slots=True)
class Displayed:
    """A meter test: the meter shows these lines, and nothing in it changes."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SectionKept:
    """A part of the new key is kept; ``missing`` more tokens are to come.

    ``is_anew``: what was kept before was of another set, and is forgotten.
    """

    missing: int
    is_anew: bool = False


@dataclass(frozen=True, slots=True)
class KeyChanged:
    """The last part came: from now on the meter opens tokens under the key of ``identity`` only.

    ``forgets_ids``: the meter has forgotten the ids of the tokens it took (RO).
    """

    identity: StsIdentity
    ken: int
    forgets_ids: bool


Done = Added | Displayed | SectionKept | KeyChanged


@dataclass(frozen=True, slots=True)
class Accepted:
    """The token was carried out: ``energy_wh`` was added, and ``credit_wh`` is what the meter holds now.

    ``done`` is what it did instead of adding energy: a management token is told as it is. Both figures are 0
    in a meter that counts anything but energy.
    """

    energy_wh: int
    credit_wh: int
    done: Done | Management | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Nothing was carried out."""

    why: RejectedWhy


Answer = Accepted | Rejected


def why_unreadable(why: TokenFaultWhy) -> RejectedWhy:
    """Return what the meter says to a token that it cannot open, or whose content it does not know."""
    match why:
        case TokenFaultWhy.CRC:
            return RejectedWhy.WRONG_KEY
        case TokenFaultWhy.LENGTH | TokenFaultWhy.DIGITS | TokenFaultWhy.RANGE:
            return RejectedWhy.FORMAT
        case _:
            return RejectedWhy.UNSUPPORTED
