"""The fields of a customer's basic file, and how they become his file again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from admin_web.fields import Field
from admin_web.file_forms import NO_BRANCH, bounded, faulted_as_told
from admin_web.words import msg
from gateway.core.customer import ADDRESS_MAX, CREDIT_LIMIT_MAX, NAME_MAX, Customer, customer_faults
from gateway.core.money import Money
from gateway.core.views_staff import Branches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from admin_web.asked import Asked
    from admin_web.forms import Filled

#: Letters of an account number, of a telephone number, of an identity number (``core.customer``).
_ACCOUNT_MAX: Final = 30
_NUMBER_MAX: Final = 31

ACCOUNT: Final = Field(
    "account_no",
    msg("Account number"),
    hint=msg("Only for a file from another system that keeps its number; else the next one is given out."),
    is_required=False,
    length_max=_ACCOUNT_MAX,
)
NAME: Final = Field("name", msg("Name"), length_max=NAME_MAX)
ID_NO: Final = Field(
    "id_no",
    msg("Identity number"),
    hint=msg("Of the paper that was shown: digits and capital letters."),
    is_required=False,
    length_max=_NUMBER_MAX,
)
#: Asked for only once somebody else is known to have the number.
IS_ANOTHER: Final = Field("is_another", msg("A second file of the same person is meant"), "check")
PHONE: Final = Field(
    "phone",
    msg("Telephone"),
    hint=msg("Such as +86 871 5550123."),
    is_required=False,
    length_max=_NUMBER_MAX,
)
ADDRESS: Final = Field("address", msg("Address"), length_max=ADDRESS_MAX)
CREDIT_LIMIT: Final = Field(
    "credit_limit",
    msg("Credit limit"),
    "money",
    hint=msg("How far his own account may go below nothing; empty: not at all."),
    is_required=False,
)


async def branch_field(asked: Asked) -> Field | None:
    """Ask for the branch; None where there is nothing to choose: it is her own, or there is none yet."""
    if asked.me.rights.branch is not None:
        return None
    found = await asked.office.views.rows(Branches())
    places = tuple((one.code, f"{one.name} ({one.code})") for one in found)
    choices = ((NO_BRANCH, msg("none")), *places)
    hint = msg("Who belongs to a branch sees the customers of that branch only.")
    return Field("branch", msg("Branch"), "choice", hint=hint, choices=choices) if places else None


def customer_fields(branch: Field | None, *, is_new: bool, is_known: bool) -> Iterator[Field]:
    """Give the fields of a basic file; ``is_known``: somebody else has his identity number.

    One that is there may have come without an address, and is amended nevertheless.
    """
    yield replace(NAME, heading=msg("Customer") if is_new else "")
    yield ID_NO
    if is_known:
        yield IS_ANOTHER
    yield PHONE
    yield replace(ADDRESS, is_required=is_new)
    if branch is not None:
        yield branch
    yield CREDIT_LIMIT


def usual_of(customer: Customer, currency: str) -> dict[str, str]:
    """Say what stands in the fields of a file that is there."""
    limit = customer.credit_limit_minor
    return {
        "name": customer.name,
        "id_no": customer.id_no,
        "phone": customer.phone,
        "address": customer.address,
        "branch": customer.branch or NO_BRANCH,
        "credit_limit": Money(limit, currency).text() if limit else "",
        "version": str(customer.version),
    }


def customer_in(filled: Filled, before: Customer) -> tuple[Filled, Customer]:
    """Read a customer; what is not asked for stays as ``before``, what is wrong is said of its field."""
    limit = filled.optional("credit_limit", Money)
    chosen = filled.optional("branch", str) if filled.has("branch") else before.branch
    customer = replace(
        before,
        name=filled.optional("name", str) or "",
        id_no=(filled.optional("id_no", str) or "").upper(),
        phone=filled.optional("phone", str) or "",
        address=filled.optional("address", str) or "",
        branch="" if chosen in {None, NO_BRANCH} else chosen or "",
        credit_limit_minor=0 if limit is None else limit.minor,
    )
    me = filled.asked.me
    most = filled.asked.shown.money(CREDIT_LIMIT_MAX, me.currency)
    filled = bounded(filled, "credit_limit", customer.credit_limit_minor, CREDIT_LIMIT_MAX, most)
    for name, why in customer_faults(customer):
        if filled.has(name):
            filled = faulted_as_told(filled, name, why)
    return filled, customer
