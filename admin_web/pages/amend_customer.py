"""Amend the basic file of a customer: name, identity number, telephone, address, branch, credit limit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from admin_web.customer_fields import branch_field, customer_fields, customer_in, usual_of
from admin_web.diary_files import customer_subject
from admin_web.fields import REASON
from admin_web.file_forms import VERSION, file_act, filed, version_in
from admin_web.file_words import customer_path
from admin_web.forms import Form
from admin_web.pages.registration import customer_around, customer_facts, known_page
from admin_web.route import Right, Route
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.office import OfficeRefusal
from gateway.prepayment.amend_file import AmendCustomer

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked

AMENDS: Final = Right(Function.AMENDMENT, Level.DO)


async def _form(asked: Asked, *, is_known: bool) -> Form:
    fields = customer_fields(await branch_field(asked), is_new=False, is_known=is_known)
    return Form(msg("Amend the customer's file"), msg("Keep the change"), (*fields, REASON, VERSION))


async def ask_customer(asked: Asked) -> Outcome:
    """Show the file as it is."""
    facts = await customer_facts(asked)
    form = await _form(asked, is_known=False)
    usual = usual_of(facts.file, asked.me.currency)
    return form.blank(asked, **usual).page(**customer_around(asked, facts))


async def amend_customer(asked: Asked) -> Outcome:
    """Keep what was changed."""
    facts = await customer_facts(asked)
    around, is_another = customer_around(asked, facts), bool(asked.field("is_another"))
    filled = (await _form(asked, is_known=is_another)).read(asked)
    filled, customer = customer_in(filled, facts.file)
    if not filled.is_sound:
        return filled.page(**around)
    reason, account_no = filled.value("reason", str), customer.account_no
    looked_at = replace(customer, version=version_in(filled))
    order = AmendCustomer(asked.me.login, filled.nonce, looked_at, reason, is_another)
    act = file_act(Function.AMENDMENT, customer_subject(account_no), about=account_no, reason=reason)
    done = await filed(filled, act, order, path=customer_path, said=msg("The customer's file is amended."))
    if done.onward is not None:
        return done.onward
    if done.refusal is not None and done.refusal.reason is OfficeRefusal.KNOWN_PERSON and not is_another:
        asking = (await _form(asked, is_known=True)).read(asked)
        return known_page(asking, done.filled, done.refusal, around)
    return done.filled.page(**around)


ROUTES: Final = (
    Route("GET", "/customers/<account>/amend", AMENDS, ask_customer),
    Route("POST", "/customers/<account>/amend", AMENDS, amend_customer),
)
