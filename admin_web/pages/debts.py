"""A debt that is paid at a counter by itself: the form, what is posted, and the receipt to be printed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from admin_web.acting import ordered, refusal_in
from admin_web.answers import NotThere, Page, Redirect
from admin_web.cells import Amount, Code
from admin_web.debt_words import DEBT_NAMES, debt_of
from admin_web.fields import Field
from admin_web.file_forms import faulted
from admin_web.file_words import customer_path
from admin_web.forms import Form, PostingLine
from admin_web.notice import redirect_with
from admin_web.object_page import Fact
from admin_web.pages.entries import number_in
from admin_web.pages.registration import customer_around, customer_facts
from admin_web.pages.sell import SELL, SELLS
from admin_web.route import Route
from admin_web.words import msg
from gateway.core import chart
from gateway.core.authority import Function
from gateway.core.dues import PAID_AT_COUNTER
from gateway.core.ledger import EntryKind
from gateway.core.money import Money
from gateway.core.office_answer import Changed
from gateway.core.timeline import moment_of
from gateway.core.views_booked import EntryFile
from gateway.office.authorised import Act
from gateway.prepayment.pay_debt import PayDebt

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.debt_words import Debt
    from admin_web.forms import Filled
    from gateway.core.views_booked import BookedEntry
    from gateway.core.views_files import CustomerFacts

_AMOUNT: Final = Field(
    "amount", msg("Cash that he pays"), "money", hint=msg("All that he owes, or a part of it.")
)
_OWED: Final = Field("owed", msg("Owed"), "kept", length_max=20)

NOT_SO_MUCH: Final = msg("This is more than zero, and %(owed)s at the most: that is what he owes.")
PAID: Final = msg("The money is booked. Give the customer the receipt.")


async def _owing(asked: Asked) -> tuple[CustomerFacts, Debt]:
    """Find the customer and what he owes, by now perhaps nothing; NotThere for what no counter takes."""
    facts = await customer_facts(asked)
    kind = next((one for one in PAID_AT_COUNTER if one.lower() == asked.places["kind"]), None)
    if kind is None:
        raise NotThere
    return facts, debt_of(asked, facts, kind)


def _form(asked: Asked, facts: CustomerFacts, debt: Debt) -> Form:
    lead = asked.words.say(
        msg("%(name)s, account %(account)s, owes %(amount)s: %(kind)s."),
        name=facts.customer.name,
        account=facts.customer.account_no,
        amount=asked.shown.money(debt.owed.amount, debt.owed.unit),
        kind=asked.words.say(debt.name),
    )
    return Form(msg("Take the payment of a debt"), msg("Go on"), (_AMOUNT, _OWED), lead=lead)


async def ask(asked: Asked) -> Outcome:
    """Show the form with all that is owed; to whoever has no shift open where she opens one."""
    facts, debt = await _owing(asked)
    if not debt.owed.amount:
        raise NotThere
    if not asked.me.station:
        return Redirect(SELL)
    # What is written needs no sign of the currency: the field says it.
    usual = {"amount": _plain(debt), "owed": str(debt.owed.amount)}
    return _form(asked, facts, debt).blank(asked, **usual).page(**customer_around(asked, facts))


def _plain(debt: Debt) -> str:
    return Money(debt.owed.amount, debt.owed.unit).text()


def _as_shown(filled: Filled, debt: Debt) -> Debt:
    return replace(debt, owed=Amount(_seen(filled), debt.owed.unit))


def _seen(filled: Filled) -> int:
    """Read what was shown to be owed; nothing where it was spoilt."""
    seen = filled.optional("owed", str) or ""
    return int(seen) if seen.isascii() and seen.isdigit() else 0


async def take(asked: Asked) -> Outcome:
    """Read it, show what is posted, and take it."""
    facts, debt = await _owing(asked)
    if not asked.me.station:
        return Redirect(SELL)
    filled, around = _form(asked, facts, debt).read(asked), customer_around(asked, facts)
    # The form that has paid it all is answered once more as it was.
    filled = _checked(filled, debt if not filled.is_confirmed else _as_shown(filled, debt))
    if not filled.is_sound or filled.wants_change:
        return filled.page(**around)
    order = _order(filled, facts, debt)
    amount = Amount(order.amount_minor, order.currency)
    if not filled.is_confirmed:
        lines = [PostingLine(one.account, Amount(one.amount, one.unit)) for one in order.entry().postings]
        name = f"{facts.customer.name} · {asked.words.say(debt.name)}"
        return filled.preview(lines, amount, name, crumbs=around["crumbs"])
    content = await ordered(asked, _act(order), order)
    if not isinstance(content, Changed):
        now = filled.keeping("owed", str(debt.owed.amount))
        return now.refused(refusal_in(asked, content) or "").page(**around)
    path = f"{customer_path(order.account_no)}/receipts/{content.subject}"
    return redirect_with(asked, path, asked.words.say(PAID))


def _checked(filled: Filled, debt: Debt) -> Filled:
    amount, most = filled.optional("amount", Money), debt.owed
    if amount is None or 0 < amount.minor <= most.amount:
        return filled
    owed = filled.asked.shown.money(most.amount, most.unit)
    return faulted(filled, "amount", filled.asked.words.say(NOT_SO_MUCH, owed=owed))


def _order(filled: Filled, facts: CustomerFacts, debt: Debt) -> PayDebt:
    me = filled.asked.me
    return PayDebt(
        me.login,
        filled.nonce,
        me.station,
        facts.customer.account_no,
        debt.kind,
        _seen(filled),
        filled.value("amount", Money).minor,
        debt.owed.unit,
    )


def _act(order: PayDebt) -> Act:
    return Act(
        Function.SELLING,
        kind="debt",
        order="",
        subject=f"debt of {order.account_no}",
        amount_minor=order.amount_minor,
        about=order.account_no,
        needs_reason=False,
        can_wait=False,
    )


async def receipt(asked: Asked) -> Outcome:
    """Show the receipt of a debt that was paid; NotThere for any other entry, and another customer's."""
    facts = await customer_facts(asked)
    # Whose customer it is has been asked: an entry without a sale is no branch's own.
    found = await asked.office.views.totals(EntryFile(branch=None, id=number_in(asked, "id")))
    if found is None or found.entry.kind != EntryKind.DEBT.value:
        raise NotThere
    entry, account_no = found.entry, facts.customer.account_no
    (paid,) = (one for one in entry.postings if one.amount < 0)
    if chart.customer_of(paid.account) != account_no:
        raise NotThere
    amount = Amount(-paid.amount, paid.unit)
    values = {
        "title": asked.words.say(msg("Payment receipt")),
        "crumbs": customer_around(asked, facts)["crumbs"],
        "amount": amount,
        "facts": _facts(asked, facts, entry, DEBT_NAMES[paid.account.rpartition(":")[2]]),
        "next": SELL,
    }
    return Page("debt_receipt.html", values)


def _facts(asked: Asked, facts: CustomerFacts, entry: BookedEntry, what: str) -> tuple[Fact, ...]:
    drawer = next(one.account for one in entry.postings if one.amount > 0)
    _, station, cashier = drawer.split(":")
    return (
        Fact(msg("Receipt"), Code(str(entry.id))),
        Fact(msg("Customer"), facts.customer.name),
        Fact(msg("Account number"), Code(facts.customer.account_no)),
        Fact(msg("Paid for"), asked.words.say(what)),
        Fact(msg("Paid at"), moment_of(entry.at_us)),
        Fact(msg("Station"), station),
        Fact(msg("Cashier"), cashier),
    )


ROUTES: Final = (
    Route("GET", "/customers/<account>/debts/<kind>", SELLS, ask),
    Route("POST", "/customers/<account>/debts/<kind>", SELLS, take),
    Route("GET", "/customers/<account>/receipts/<id>", SELLS, receipt),
)
