"""The table of all pages and the menu: a page that is not in it is not there."""

from __future__ import annotations

from typing import Final

from admin_web.pages import (
    account,
    customers,
    dashboard,
    entries,
    find_token,
    give_back,
    guide,
    key_group,
    key_steps,
    keys,
    language,
    ledger,
    management,
    management_order,
    meter,
    meters,
    one_sale,
    sale_token,
    sales,
    search,
    sign_in,
    tariff,
    tariff_draft,
    tariff_trial,
    tariffs,
)

ROUTES: Final = (
    *account.ROUTES,
    *customers.ROUTES,
    *dashboard.ROUTES,
    *entries.ROUTES,
    *find_token.ROUTES,
    *give_back.ROUTES,
    *guide.ROUTES,
    *key_group.ROUTES,
    *key_steps.ROUTES,
    *keys.ROUTES,
    *language.ROUTES,
    *ledger.ROUTES,
    *management.ROUTES,
    *management_order.ROUTES,
    *meter.ROUTES,
    *meters.ROUTES,
    *one_sale.ROUTES,
    *sale_token.ROUTES,
    *sales.ROUTES,
    *search.ROUTES,
    *sign_in.ROUTES,
    *tariff.ROUTES,
    *tariff_draft.ROUTES,
    *tariff_trial.ROUTES,
    *tariffs.ROUTES,
)

#: In the order of the menu; each line stands in the group of its function's area.
MENU: Final = (
    *dashboard.MENU,
    *find_token.MENU,
    *customers.MENU,
    *meters.MENU,
    *management.MENU,
    *sales.MENU,
    *ledger.MENU,
    *tariffs.MENU,
    *keys.MENU,
)
