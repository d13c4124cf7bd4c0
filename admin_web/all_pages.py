"""The table of all pages and the menu: a page that is not in it is not there."""

from __future__ import annotations

from typing import Final

from admin_web.pages import account, first, guide, language, ledger, sign_in

ROUTES: Final = (
    *account.ROUTES,
    *first.ROUTES,
    *guide.ROUTES,
    *language.ROUTES,
    *ledger.ROUTES,
    *sign_in.ROUTES,
)

#: In the order of the menu; each line stands in the group of its function's area.
MENU: Final = (*ledger.MENU,)
