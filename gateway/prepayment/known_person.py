"""Who has an identity number already, told to whoever enters it for somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gateway.core.books import Books

#: Account numbers that a refusal names; who wants all of them looks for the identity number.
_NAMED: Final = 3


def known_person(books: Books, id_no: str, branch: str | None, but: str = "") -> str | None:
    """Name those who have an identity number, as far as this branch (None: any) may know; None for nobody.

    ``but`` is the account number of whom it is entered for. Customers of other branches are not named.
    """
    others = {one: at for one, at in books.files.having.get(id_no, {}).items() if one != but}
    if not others:
        return None
    return ", ".join([one for one, at in others.items() if branch is None or at == branch][:_NAMED])
