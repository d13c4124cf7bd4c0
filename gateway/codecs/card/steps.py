"""What a dialogue wants next, what it is answered, and how it ends.

    Transmit       a command to the card            ──► Answered, or Lost
    Ask            a question to who has the keys   ──► Granted, or Lost
    Shown          what the card holds: what the meter returned is made durable now
    AboutToWrite   what comes next changes the card, or lets it be changed: the journal is made durable now
    Updated        one more part is on the card
                   the last three ──► Noted, or Lost to stop (AboutToWrite: nothing has been written then)

    Read           the picture
    Refused        nothing was changed, and why
    Written        all is on the card and was read back
    Unknown        something may be on it

What is unknown is found out by reading the card again, never guessed.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from gateway.codecs.card.picture import Loading, Picture
    from gateway.codecs.card.profile import Told


class Purpose(Enum):
    """What is asked of who has the keys."""

    #: Random bytes, as many as the profile's challenge or authentication has (``size``).
    CHALLENGE = "challenge"
    #: Is this the card's right answer to our challenge?
    INTERNAL = "internal"
    #: The answer to the card's challenge.
    EXTERNAL = "external"
    #: The MAC of a command, or of a record of a memory card.
    SEAL = "seal"
    #: Is this MAC, at the end of the body, right?
    PROVE = "prove"
    #: The code that lets a memory card be written.
    CODE = "code"


#: What changes a card, or lets it be changed.
WRITES: Final = frozenset({Purpose.SEAL, Purpose.CODE})


@dataclass(frozen=True, slots=True)
class Transmit:
    """A command, by its parts, and what it is for. ``is_update``: it changes what the card holds."""

    cla: int
    ins: int
    p1: int
    p2: int
    body: bytes = field(default=b"", repr=False)
    expected: int | None = None
    label: str = ""
    is_update: bool = False
    deadline_s: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class Over:
    """What a MAC is over. ``header`` is CLA INS P1 P2 Lc, or the address and size of a record."""

    challenge: bytes = b""
    header: bytes = b""
    body: bytes = b""

    def __repr__(self) -> str:
        """Show the sizes, and which command it is."""
        return f"Over(<{len(self.challenge)} bytes>, {self.header.hex()}, <{len(self.body)} bytes>)"

    @property
    def message(self) -> bytes:
        """All of it, in the order in which it is sealed."""
        return self.challenge + self.header + self.body


NOTHING = Over()


@dataclass(frozen=True, slots=True)
class Ask:
    """A question to who has the keys: which card, which version of the masters, which of its keys, over what.

    ``key`` is internal, external, code, or the name of the file that a MAC is for. ``system`` is the
    utility's number as the card has it, "" where its kind of card has none: each has masters of its own.
    """

    purpose: Purpose
    profile: str
    serial: str
    key_version: int
    key: str
    size: int
    over: Over = NOTHING
    deadline_s: int = 0
    system: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the card holds."""

    picture: Picture


@dataclass(frozen=True, slots=True)
class AboutToWrite:
    """Up to here nothing was changed or sealed; what comes next may change something."""

    loading: Loading


@dataclass(frozen=True, slots=True)
class Updated:
    """The card has taken this change."""

    label: str


Step = Transmit | Ask | Shown | AboutToWrite | Updated


@dataclass(frozen=True, slots=True)
class Answered:
    """What the card answered."""

    body: bytes = field(repr=False)
    status: int


@dataclass(frozen=True, slots=True)
class Granted:
    """What who has the keys answered; to a question of yes or no: some bytes, or none."""

    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Lost:
    """There is no answer: the card has gone, nobody has the keys, it took too long, somebody stopped it."""

    told: Told
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Noted:
    """Go on."""


Answer = Answered | Granted | Lost | Noted


@dataclass(frozen=True, slots=True)
class Read:
    """The card was read."""

    picture: Picture


@dataclass(frozen=True, slots=True)
class Written:
    """All is on the card and was read back byte for byte; ``was_there``: it had been there already."""

    picture: Picture
    was_there: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was changed on the card."""

    told: Told
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something may have been changed. The order is in doubt until the card is read again."""

    told: Told
    detail: str = ""


Outcome = Read | Written | Refused | Unknown


class Break(Exception):  # noqa: N818 - the end of a dialogue, which becomes its outcome
    """A dialogue cannot go on."""

    def __init__(self, told: Told, detail: str = "") -> None:
        super().__init__(detail)
        self.told = told
        self.detail = detail


_T = TypeVar("_T")

Talk = Generator[Step, Answer, _T]
"""Part of a dialogue: yields what it wants, is sent the answers, returns what came of it."""
