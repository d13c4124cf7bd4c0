"""Orders about the terms of a supply point, as they are kept for a second person.

What a customer is priced by is worth money for years, so nobody changes it alone; nor takes away alone what
two have ordered. They are requests and no life of their own: a request is bound to what was looked at, can be
refused and withdrawn, lapses, and is carried out in the moment in which it is approved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from gateway.core.authority import Function
from gateway.core.terms import Terms, TermsDay
from gateway.prepayment.amend_terms import AmendTerms, WithdrawTerms

if TYPE_CHECKING:
    from gateway.core.books import Command


@dataclass(frozen=True, slots=True)
class AmendTermsOrder:
    """A supply point is priced by these terms from a day on; ``version`` and ``pan`` were looked at.

    ``proportions`` and ``schemes`` are texts (``domestic=60,shop=40``; ``POOR,STAFF``), "" for none.
    """

    number: str
    version: int
    pan: str
    power_type: str
    proportions: str
    contract_w: int
    schemes: str
    day: str
    begins_us: int
    ends_us: int
    prorates: bool = False

    kind: ClassVar[str] = "terms"
    function: ClassVar[Function] = Function.TERMS
    amount_minor: ClassVar[int] = 0

    @classmethod
    def of(  # noqa: PLR0913 - all of it named
        cls, number: str, version: int, pan: str, terms: Terms, day: TermsDay, *, prorates: bool = False
    ) -> Self:
        """Write terms as they are kept."""
        parts = ",".join(f"{power_type}={percent}" for power_type, percent in terms.proportions)
        schemes = ",".join(terms.schemes)
        return cls(
            number, version, pan, terms.power_type, parts, terms.contract_w, schemes,
            day.day, day.begins_us, day.ends_us, prorates,
        )  # fmt: skip

    @property
    def subject(self) -> str:
        """Which supply point."""
        return f"supply point {self.number}"

    @property
    def about(self) -> str:
        """Whose it is."""
        return account_of(self.number)

    @property
    def terms(self) -> Terms:
        """The terms that are wanted."""
        pairs = (one.partition("=") for one in self.proportions.split(",") if one)
        parts = tuple((power_type, int(percent)) for power_type, _, percent in pairs)
        schemes = tuple(one for one in self.schemes.split(",") if one)
        return Terms(self.power_type, parts, self.contract_w, schemes)

    def command(self, by: str, reason: str) -> Command:
        """Amend them."""
        day = TermsDay(self.day, self.begins_us, self.ends_us)
        said = (self.number, self.version, self.pan, self.terms, day, reason, self.prorates)
        return AmendTerms(by, "", *said)


@dataclass(frozen=True, slots=True)
class WithdrawTermsOrder:
    """The change that is due at a supply point on ``day`` is wanted no more; ``version`` was looked at."""

    number: str
    version: int
    day: str

    kind: ClassVar[str] = "terms_off"
    function: ClassVar[Function] = Function.TERMS
    amount_minor: ClassVar[int] = 0

    @property
    def subject(self) -> str:
        """Which supply point."""
        return f"supply point {self.number}"

    @property
    def about(self) -> str:
        """Whose it is."""
        return account_of(self.number)

    def command(self, by: str, reason: str) -> Command:
        """Take it away."""
        return WithdrawTerms(by, "", self.number, self.version, reason)


def account_of(number: str) -> str:
    """Give the account number of whose supply point it is."""
    return number.rpartition("-")[0]
