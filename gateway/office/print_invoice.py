"""Print an invoice: the diary has its line first, and the books say whether it is the first paper or a copy.

    may she?     print invoices; show whole tokens, where they stand on it; is the customer her branch's
    first time   remembered under the invoice's own key: the original
    ever after   a copy, whoever prints it

Refusals: signed_out, not_allowed, other_branch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.core.authority import Function, Level
from gateway.core.books import Decision, Needs
from gateway.core.diary import Action, DiaryOutcome
from gateway.core.invoice import invoice_name, paper_key
from gateway.core.office_answer import Changed
from gateway.office.authorised import Act, office_needs, refused

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.diary import Actor

#: How ``Changed`` counts papers: the first one, and any behind it.
ORIGINAL: Final = 1
COPY: Final = 2

#: The pattern of the page's route, behind which nobody's words stand in the line.
PAPER_PATTERN: Final = "/invoices/<series>/<number>/paper"


@dataclass(frozen=True, slots=True)
class PrintInvoice:
    """Somebody prints an invoice of this payment. ``form`` is the paper's size and language, as the line has
    them; ``shows_token``: whole tokens stand on it. By ``pan`` it is judged whose customer it is.
    """

    actor: Actor
    series: str
    number: int
    payment: str
    pan: str
    form: str
    shows_token: bool

    digest = ""
    channel = ""

    @property
    def key(self) -> str:
        """That of the first paper."""
        return paper_key(self.series, self.number)

    def needs(self) -> Needs:
        """Who prints, whether there was a paper before."""
        return Needs(keys=(self.key,), office=office_needs(self.actor, self.pan))

    def decide(self, books: Books, now: datetime) -> Decision:
        """Write it down, or that it was refused."""
        acts = self._acts()
        for act in acts:
            refusal = refused(books, self.actor, act, now)
            if refusal is not None:
                line = act.line(self.actor, DiaryOutcome.REFUSED, refusal.sentence)
                return Decision(refusal, diary=(line,))
        is_copy = self.key in books.known
        paper, name = "copy" if is_copy else "original", invoice_name(self.series, self.number)
        detail = f"invoice {name}, {self.form}, {paper}; {PAPER_PATTERN}"
        line = acts[-1].line(self.actor, DiaryOutcome.DONE, detail)
        told = Changed(name, COPY if is_copy else ORIGINAL)
        return Decision(told, remembered=not is_copy, diary=(line,))

    def _acts(self) -> tuple[Act, ...]:
        """Say what is done, as authority judges it; the line is of the last one."""
        prints = Act(
            Function.INVOICES, "", "", self.payment, about=self.pan, needs_reason=False, action=Action.PRINT
        )
        if not self.shows_token:
            return (prints,)
        shows = Act(
            Function.SHOW_TOKEN, "", "", self.payment, about=self.pan, needs_reason=False, level=Level.VIEW,
            action=Action.PRINT,
        )  # fmt: skip
        return prints, shows
