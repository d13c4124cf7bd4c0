"""Looking for something: anything by whatever a person has in hand, and a customer's token that is missing.

question        rows                                           count       totals
Found           what fits, ten of a kind at most               of these    None
TokenQuestion   the payments that may be meant, newest first   of these    None

A missing token's payments are ``CASES_MAX`` and one more, which says that there are others.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from gateway.core.paging import require_range
from gateway.core.token_story import TokenCase
from gateway.core.views import Query
from gateway.core.views_files import require_text

#: Hits of one kind: more are a list's, not an answer.
HITS_MAX: Final = 10

#: Payments looked at for one missing token.
CASES_MAX: Final = 20


class HitKind(Enum):
    """What was found, in the order in which it is shown."""

    CUSTOMER = "customer"
    METER = "meter"
    SALE = "sale"
    TOKEN = "token"  # noqa: S105 - a kind of hit, not a secret
    ENTRY = "entry"


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found; ``is_exact``: by its whole name, so nothing else can be meant.

    ``id`` is the row's own: of a customer, a meter, an entry, or the sale (for a token, that it belongs to).
    ``name`` is what its page is called by: an account number, a PAN, a payment's key, an entry's place.
    ``detail`` tells it from the others of its kind.
    """

    kind: HitKind
    id: int
    name: str
    detail: str
    is_exact: bool
    at_us: int | None = None


@dataclass(frozen=True, slots=True)
class Found(Query[Hit, None]):
    """What a branch, or all of them, have that goes by a text; exact hits first, then by kind, newest first.

    Only what is of one of these ``kinds`` is looked for.

    An account number, a meter's number (11, 13 or 18 digits), a payment's reference, key or trace, a receipt
    number, a token (all its 20 digits, or the last four), a telephone number, a part of a customer's name.
    """

    text: str
    branch: str | None
    kinds: frozenset[HitKind] = frozenset(HitKind)

    def __post_init__(self) -> None:
        """Refuse a text that is none."""
        require_text(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenQuestion(Query[TokenCase, None]):
    """Where is my token? By what the customer has: at least one of these, and all that he names must fit.

    ``reference`` is as in ``views_sales.Sales``, or the number of a receipt or of an invoice; ``pan`` a
    meter's 18 digits; ``phone`` the customer's, as it was entered; the time is when he paid, ``end_us`` the
    first moment behind.
    """

    branch: str | None
    reference: str | None = None
    pan: str | None = None
    phone: str | None = None
    begin_us: int | None = None
    end_us: int | None = None

    def __post_init__(self) -> None:
        """Refuse a question about every payment there is."""
        require_range(self.begin_us, self.end_us, "the time")
        named = (self.reference, self.pan, self.phone, self.begin_us, self.end_us)
        if all(name is None for name in named):
            raise ValueError("name the payment's reference, the meter, a telephone number or a time")
        for text in (self.reference, self.phone):
            require_text(text)
