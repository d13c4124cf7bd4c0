"""One sale, one entry: everything that the books hold of it, on one page.

    question    rows                                    count       totals
    SaleFile    what happened to it, in order of time   of these    all that is known of it, or None
    EntryFile   its postings                            of these    all that is known of it, or None

Tokens come as values that mask themselves; so do those inside of a decided content.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from gateway.core.delivery import NEVER_US
from gateway.core.outcome import Approved
from gateway.core.views import Query

if TYPE_CHECKING:
    from gateway.core.meter import Carrier
    from gateway.core.outcome import StoredContent
    from gateway.core.pricing import Explained
    from gateway.core.token import TokenDigits
    from gateway.core.trouble import Trouble
    from gateway.core.views_resets import ResetCase
    from gateway.core.views_sales import SoldSale


@dataclass(frozen=True, slots=True)
class PostedLine:
    """A posting: debit positive, in minor units or Wh."""

    line: int
    account: str
    amount: int
    unit: str


@dataclass(frozen=True, slots=True)
class BookedEntry:
    """An entry as it stands in the journal, with its postings."""

    id: int
    position: int
    kind: str
    at_us: int
    business_date: str
    channel: str
    key: str
    sale_id: int | None
    reverses_id: int | None
    postings: tuple[PostedLine, ...]


@dataclass(frozen=True, slots=True)
class StoredKey:
    """What is remembered under a key for ever: the request's digest, what was decided, its link."""

    key: str
    digest: str
    content: StoredContent
    at_us: int
    link: int


@dataclass(frozen=True, slots=True)
class TokenOut:
    """A token that went out: its place among its meter's tokens, and the link that seals it."""

    sale_id: int
    base_date: int
    tid: int
    digits: TokenDigits
    at_us: int
    link: int


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice to the outside that is not delivered yet, or was given up. Those delivered are gone."""

    id: int
    kind: str
    at_us: int
    due_us: int
    attempts: int

    @property
    def is_given_up(self) -> bool:
        """Does it wait for a person?"""
        return self.due_us == NEVER_US


@dataclass(frozen=True, slots=True)
class SaleFacts:
    """All that the books hold of a sale.

    ``carrier`` is how its meter takes credit now. ``explained`` is what its price was made of.
    ``keys`` are those of its payment, and of what was ordered about it after, in the order of the decisions.
    ``resets`` are what was found of it later, the oldest first.
    """

    sale: SoldSale
    funding: str
    encoded_wh: int
    carrier: Carrier
    link: int
    explained: Explained
    entries: tuple[BookedEntry, ...]
    tokens: tuple[TokenOut, ...]
    notices: tuple[NoticeRow, ...]
    troubles: tuple[Trouble, ...]
    keys: tuple[StoredKey, ...]
    resets: tuple[ResetCase, ...] = ()

    @property
    def handed_out(self) -> Approved | None:
        """The answer with the tokens that stand: those of the last one, if any went out."""
        answers = [one.content for one in self.keys if isinstance(one.content, Approved)]
        return next((one for one in reversed(answers) if one.token is not None), None)


class HappeningKind(Enum):
    """What sort of thing happened; ``name`` of a happening says which."""

    ENTRY = "entry"
    TOKEN = "token"  # noqa: S105 - a sort of happening, not a secret
    NOTICE = "notice"
    TROUBLE = "trouble"
    RESOLVED = "resolved"
    DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened to a sale: when, what, and the id of the row that says more.

    ``what`` is the kind of entry, notice or trouble, the end of a token, the key under which was decided.
    """

    at_us: int
    kind: HappeningKind
    what: str
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleFile(Query[Happening, SaleFacts | None]):
    """One sale of a branch, or of any, by exactly one of its names."""

    branch: str | None
    id: int | None = None
    key: str | None = None
    receipt_no: int | None = None

    def __post_init__(self) -> None:
        """Refuse a question that names no sale, or names it twice."""
        _require_one(self.id, self.key, self.receipt_no)


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """All that the books hold of an entry; ``reverses`` and ``reversed_by`` are whole entries.

    An entry without a sale belongs to no branch, and only who sees all branches sees it.
    """

    entry: BookedEntry
    key: StoredKey | None
    sale: SoldSale | None
    reverses: BookedEntry | None
    reversed_by: tuple[BookedEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFile(Query[PostedLine, EntryFacts | None]):
    """One entry by its id, or by its place in the journal."""

    branch: str | None
    id: int | None = None
    position: int | None = None

    def __post_init__(self) -> None:
        """Refuse a question that names no entry, or names it twice."""
        _require_one(self.id, self.position)


def _require_one(*names: object) -> None:
    if sum(name is not None for name in names) != 1:
        raise ValueError("name it once, by exactly one of its names")
