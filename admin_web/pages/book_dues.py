"""What a customer owes is put on his account after he was registered: read back, then booked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.diary_files import customer_subject
from admin_web.dues_fields import DUES_FIELDS, dues_in, postings_of, total_of
from admin_web.fields import REASON
from admin_web.file_forms import file_act, filed
from admin_web.file_words import customer_path
from admin_web.forms import Form
from admin_web.pages.registration import REGISTERS, customer_around, customer_facts
from admin_web.route import Route
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.prepayment.book_dues import BookDues

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked

FORM: Final = Form(
    msg("Put a debt on the account"),
    msg("Go on"),
    (*DUES_FIELDS, REASON),
    lead=msg("What he owes from before, or what his connection costs. He pays it as his page says."),
)
NOTHING: Final = msg("Say what he owes: at least one of these sums.")


async def ask(asked: Asked) -> Outcome:
    """Show the form."""
    facts = await customer_facts(asked)
    return FORM.blank(asked).page(**customer_around(asked, facts))


async def book(asked: Asked) -> Outcome:
    """Read it, show what is posted, and book it."""
    facts = await customer_facts(asked)
    account_no, around = facts.customer.account_no, customer_around(asked, facts)
    filled, dues = dues_in(FORM.read(asked))
    if filled.is_sound and not dues.total_minor:
        filled = filled.refused(NOTHING, DUES_FIELDS[0].name)
    if not filled.is_sound or filled.wants_change:
        return filled.page(**around)
    if not filled.is_confirmed:
        name = f"{facts.customer.name} · {account_no}"
        return filled.preview(
            postings_of(dues, account_no), total_of(dues), name, crumbs=around["crumbs"]
        )
    reason = filled.value("reason", str)
    order = BookDues(asked.me.login, filled.nonce, account_no, dues, asked.me.currency, reason)
    act = file_act(
        Function.REGISTRATION,
        customer_subject(account_no),
        about=account_no,
        reason=reason,
        amount_minor=dues.total_minor,
    )
    done = await filed(filled, act, order, path=customer_path, said=msg("The debt is booked."))
    return done.onward or done.filled.page(**around)


ROUTES: Final = (
    Route("GET", "/customers/<account>/dues", REGISTERS, ask),
    Route("POST", "/customers/<account>/dues", REGISTERS, book),
)
