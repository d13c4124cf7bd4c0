"""Every page, in three languages and two windows: it fits, nobody is kept out, and Tab reaches everything.

A new page is one line of PAGES: its name, its path, and who looks at it. What a browser makes of a page does
not hang on the Python that wrote it, so the pages are looked at under one of them (marker ``looks``).
"""

import pytest

from tests.web.browser import LANGUAGES, SIZES, look, walk

pytestmark = [pytest.mark.slow, pytest.mark.looks]

PAGES = [
    ("trial-balance", "/ledger", "chief"),
    ("trial-balance-wrong", "/ledger?day=yesterday", "chief"),
    ("trial-balance-empty", "/ledger?account=nowhere", "chief"),
    ("statement", "/ledger/BANK:east/CNY", "chief"),
    ("statement-wrong", "/ledger/BANK:east/CNY?day_from=2026-11-23&day_to=2026-11-01", "auditor"),
    ("customers", "/customers", "chief"),
    ("customers-empty", "/customers?text=nobody", "chief"),
    ("customer", "/customers/2000000048", "chief"),
    ("meters", "/meters?krn=1", "chief"),
    ("meter", "/meters/600727371803406325", "chief"),
    ("management", "/management-tokens", "chief"),
    ("management-new", "/meters/600727371803406325/orders/new", "chief"),
    ("management-order", "/meters/600727371803406325/orders/made", "chief"),
    ("management-approve", "/meters/600727371803406325/orders/wanted/approve", "chief"),
    ("stock", "/stock", "chief"),
    ("stock-one", "/stock/600727070000090144", "chief"),
    ("stock-new", "/stock/new", "chief"),
    ("stock-delivery", "/stock/delivery", "chief"),
    ("stock-move", "/stock/600727070000090144/move", "chief"),
    ("keys", "/keys", "chief"),
    ("key-group", "/keys/201457", "chief"),
    ("key-approve", "/keys/201457/2/approve", "chief"),
    ("key-withdraw", "/keys/201457/2/withdraw", "chief"),
    ("not-migrated", "/keys/201457/not-migrated", "chief"),
    ("tariffs", "/tariffs", "chief"),
    ("tariff", "/tariffs/domestic/2027-01", "chief"),
    ("tariff-approve", "/tariffs/domestic/2027-01/approve", "chief"),
    ("tariff-draft", "/tariffs/new?like=domestic/domestic-1", "chief"),
    ("tariff-trial", "/tariffs/domestic/2027-01/trial", "chief"),
    ("sales", "/sales", "chief"),
    ("sales-more", "/sales?day_from=&paid_from=10&sort=-paid", "auditor"),
    ("sales-wrong", "/sales?pan=123&at_from=2026-11-23T12:00&at_to=2026-11-23T11:00", "chief"),
    ("sales-empty", "/sales?state=waiting", "chief"),
    ("sale", "/search?q=r12", "chief"),
    ("entry", "/entries/at/3", "chief"),
    ("overview", "/", "chief"),
    ("search-empty", "/search", "chief"),
    ("search", "/search?q=zh", "chief"),
    ("search-token", "/search?q=12345678901234567890", "chief"),
    ("search-nothing", "/search?q=nobody", "chief"),
    ("find-token", "/find-token?reference=r12", "chief"),
    ("find-token-blank", "/find-token", "chief"),
    ("find-token-nothing", "/find-token?reference=nix&pan=123", "auditor"),
    ("find-token-unbooked", "/find-token?reference=nix", "auditor"),
    ("no-right", "/ledger", "guest"),
    ("not-there", "/nowhere", "chief"),
    ("not-there-for-nobody", "/nowhere", None),
    ("too-long", "/sample/too-long", "chief"),
    ("help", "/help", "chief"),
    ("sign-in", "/sign-in", None),
    ("operators", "/operators", "chief"),
    ("operator", "/operators/li-na", "chief"),
    ("operator-new", "/operators/new", "chief"),
    ("operator-roles", "/operators/li-na/roles", "chief"),
    ("operator-password", "/operators/li-na/password", "chief"),
    ("operator-leave", "/operators/li-na/leave", "chief"),
    ("roles", "/roles", "chief"),
    ("roles-read", "/roles", "auditor"),
    ("role-view", "/roles?as=role-li-na", "chief"),
    ("roles-standard", "/roles/standard/add", "chief"),
    ("role-form", "/roles/role-li-na", "chief"),
    ("branches", "/branches", "chief"),
    ("stations", "/stations", "chief"),
    ("station", "/stations/north-1", "chief"),
    ("shifts", "/shifts?state=", "chief"),
    ("shift-open", "/shifts/open", "chief"),
    ("shift-close", "/shifts/1/close", "chief"),
    ("requests", "/requests", "chief"),
    ("request", "/requests/deposit/east/slip-77", "chief"),
    ("request-roles", "/requests/office/deputy/roles", "chief"),
    ("request-role", "/requests/office/deputy/role", "chief"),
    ("requests-others", "/requests?which=others", "chief"),
    ("request-own", "/requests/deposit/west/slip-78", "chief"),
    ("diary", "/diary", "chief"),
    ("diary-empty", "/diary?actor=nobody", "chief"),
    ("exceptions", "/exceptions", "chief"),
    ("exception", "/exceptions/1", "chief"),
    ("exception-resolve", "/exceptions/1/resolve?as=reversed", "chief"),
    ("claim", "/exceptions/4", "chief"),
    ("claim-end", "/exceptions/4/resolve?as=conceded", "chief"),
    ("claim-ended", "/exceptions/5", "chief"),
    ("banks", "/banks", "chief"),
    ("bank", "/banks/east", "chief"),
    ("bank-in-advance", "/banks/west", "chief"),
    ("deposit", "/banks/west/deposit", "chief"),
    ("days", "/days", "chief"),
    ("day", "/days/2026-11-22", "chief"),
    ("form", "/sample/form", "chief"),
    ("thing", "/sample/thing/200000016", "chief"),
    ("chart", "/sample/chart", "chief"),
]


def shared(pages):
    """Two browsers, each with half of the pages: so many test processes look side by side."""
    groups = [pytest.mark.xdist_group(f"browser-{number}") for number in range(2)]
    return [
        pytest.param(name, path, who, marks=groups[number % 2], id=name)
        for number, (name, path, who) in enumerate(pages)
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "path", "who"), shared(PAGES))
def test_a_page_fits_and_keeps_nobody_out(opened, name, path, who, language):
    page = opened(path, who=who, language=language)
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.goto(path)
        look(page, f"{name}-{language}-{size}")
        walk(page)
    if language == "en":
        page.emulate_media(color_scheme="dark")
        page.goto(path)
        look(page, f"{name}-dark")
