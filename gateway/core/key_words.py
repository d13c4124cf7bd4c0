"""What a step in a vending key's life comes to: refusals and warnings as values, with their sentences."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from gateway.core.card_key import VERSION_LAST
from gateway.core.person import PERSON_MAX, REASON_MAX
from gateway.core.sentence import with_detail

if TYPE_CHECKING:
    from gateway.core.key_life import SupplyGroup, VendingKey

#: Characters of a supply group's name: a district's, in a line of a list.
GROUP_NAME_MAX: Final = 60

#: Characters of the name by which a module knows a key (CKA_LABEL and the like).
LABEL_MAX: Final = 64

#: Keys of one supply group, withdrawn ones too: nine revisions, each loaded anew a few times.
KEYS_MAX: Final = 100

#: Days that a key may be loaded before its moment: ten years, for a base date; later is a slip of the pen.
AHEAD_DAYS: Final = 3_660


class KeyRefusal(Enum):
    """A reason not to take a step; nothing is changed. The text is for the operator."""

    BAD_SGC = "must be 6 digits"
    BAD_KRN = "must be 1 to 9"
    BAD_VERSION = f"must be 1 to {VERSION_LAST}: the version of a card key is one byte on the card"
    NOT_OF_CARDS = "is not for the keys of cards; leave it out"
    BAD_KT = "must be 0 to 3"
    BAD_BASE_DATE = "must be 1993, 2014 or 2035"
    BAD_KEN = "must be 0 to 255"
    BAD_DKGA = "must be 02 or 04"
    BAD_KCV = "must be 6 hexadecimal digits"
    BAD_LIMIT = "must be above 0 kWh"
    BAD_PERSON = f"must be a name of 1 to {PERSON_MAX} printable characters"
    BAD_REASON = f"must be 1 to {REASON_MAX} printable characters: it is kept for ever"
    BAD_NAME = f"must be 1 to {GROUP_NAME_MAX} printable characters"
    BAD_LABEL = f"must be 1 to {LABEL_MAX} printable characters: the module finds the key by it"
    NO_LABEL_HERE = "is for keys in a module; the sealed file finds a key by its group and revision"
    BAD_KEEPER = "keys in plain files stand in the configuration, for test systems only"
    NEEDS_THE_KEY = "DKGA02 needs the key itself, which the module keeps to itself; use the sealed file"
    ENDS_BEFORE = "must lie behind the moment from which the key is used"
    ENDED = "has passed: no token could be made with this key"
    TOO_FAR_AHEAD = f"lies more than {AHEAD_DAYS} days ahead"
    BASE_DATE_OVER = (
        "the moment from which the key is used lies before it, or behind its 31 years; a key that meters "
        "only leave is loaded once another serves, as used from before that one"
    )
    EXPIRES_BEFORE = (
        "the key has expired before the moment from which it is used; a key that meters only leave is loaded "
        "once another serves, as used from before that one"
    )
    OTHER_ALGORITHM = "DKGA02 is for meters of EA07, and meters of this group have EA11"
    STANDS_ALREADY = "this revision of the group is loaded already; withdraw it first, or take the next"
    TOO_MANY = f"this group has {KEYS_MAX} keys, and no more can be kept"
    OTHER_ZONE = "token ids count the minutes of the group's zone, and keys of this group are loaded"
    OTHER_KEY = "the check value is not the same: this is another key"
    SAME_PERSON = "who loaded a key cannot approve it; ask another person"
    UNKNOWN = "there is no such key"
    APPROVED_ALREADY = "the key is approved already"
    WITHDRAWN_ALREADY = "the key was withdrawn; load it again if it is to be used"
    NOT_PENDING = "the key was approved meanwhile; who may approve one may withdraw it"
    IN_PARTS = (
        "from here nobody sees whether the sealed file has the whole key; let it be approved at the "
        "machine, with powertill keys approve"
    )
    BAD_ZONE = "must be a zone such as Africa/Nairobi"


@dataclass(frozen=True, slots=True)
class KeyRefused:
    """A step that was not taken: why, the path of the wrong field, and what more there is to say."""

    reason: KeyRefusal
    path: str
    detail: str = ""

    @property
    def sentence(self) -> str:
        """The reason in words."""
        return with_detail(self.reason.value, self.detail)


class KeyWarningWhy(Enum):
    """Something that is allowed, and that whoever takes the step should know."""

    NO_NAME = "the group has no name yet: powertill keys group"
    NO_METERS = "no meter of this group is registered; see that its code is spelled as in the meters' files"
    LATER_KEY = "revision {said} of the group begins later, so meters are moved to that one"
    KEY_CHANGE = "meters of this group that get a key change with their next purchase from {said} on: {count}"
    HELD = "meters that hold this key, to which nothing is sold until it is loaded again: {count}"
    CARDS_LEFT = "cards of this key version cannot be read or written until it is loaded again"
    NOTHING_LEFT = "no other key of this group is approved: nothing is sold to its meters"


@dataclass(frozen=True, slots=True)
class KeyWarning:
    """A warning with its figures: ``count`` meters, and a moment or a revision as it is ``said``."""

    why: KeyWarningWhy
    count: int = 0
    said: str = ""

    @property
    def sentence(self) -> str:
        """The warning in words."""
        return self.why.value.format(count=self.count, said=self.said)


@dataclass(frozen=True, slots=True)
class KeyStep:
    """A step that is taken: the key as it stands behind it, and what to know of it."""

    key: VendingKey
    warnings: tuple[KeyWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupNamed:
    """A group that got its name, or another one."""

    group: SupplyGroup
