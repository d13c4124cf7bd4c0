"""Points 26 to 34 of the security checklist, each by its number, on a real gateway with its pages open.

What a point says in one sentence is tried here from outside; the rules behind it are tested one by one in
``tests/office``, ``tests/web`` and ``tests/adapters/test_people.py``. Point 35 is ``test_two_people.py``.
"""

from __future__ import annotations

import re
from secrets import token_urlsafe

import pyotp
import pytest
from sqlalchemy import select, update

from adapters.db import tables as t
from admin_web.all_pages import ROUTES
from admin_web.route import PUBLIC, Right
from gateway.core.diary import Actor
from gateway.core.session import IDLE_US, LASTS_US
from gateway.office.sign_in import EndSessions
from tests.builders import drn
from tests.office_place import BRANCHES, CALLED, CARDS, PANS, PASSWORD, STOCKED, TOTP, office_place, seal_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("admin_checklist")]


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    with office_place(tmp_path_factory.mktemp("checklist")) as place:
        yield place


def test_26_a_password_is_kept_as_argon2id_of_64_mib_three_passes_four_lanes(office):
    browser = office.browser("ben")
    fresh = "quite another password"
    status, _ = browser.form("/account/password", now=PASSWORD, new=fresh, again=fresh)
    assert status == 303
    with office.engine.connect() as connection:
        kept = connection.execute(
            select(t.operator.c.password).where(t.operator.c.login == "ben")
        ).scalar_one()
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert fresh not in kept
    browser.form("/account/password", now=fresh, new=PASSWORD, again=PASSWORD)


def test_27_failures_hold_back_and_nobody_learns_which_logins_there_are(office):
    browser = office.browser()
    answers = [browser.sign_in("locked", "not the password") for _ in range(6)]
    answers += [browser.sign_in("locked", PASSWORD), browser.sign_in("not.here", PASSWORD)]
    said = {re.search(r'role="alert".*?</div>', text, re.DOTALL).group() for _, text in answers}
    assert {status for status, _ in answers} == {422}
    assert len(said) == 1
    tried = [line.detail for line in office.diary() if line.subject == "locked" and line.outcome == "refused"]
    assert tried == ["wrong password"] * 5, "the others were not even compared"
    assert "not.here" not in str(office.diary())


def test_28_a_code_of_an_authenticator_opens_once(office):
    code = pyotp.TOTP(TOTP).now()
    assert office.browser("cho", code=code)
    assert office.browser().sign_in("cho", PASSWORD, code=code)[0] == 422
    assert office.browser().sign_in("cho", PASSWORD)[0] == 422


def test_29_a_session_is_new_with_each_sign_in_idles_ends_and_can_be_ended(office):
    first, second = office.browser("ann"), office.browser("ann")
    assert first.cookies != second.cookies
    for column, back in ((t.session.c.seen_us, IDLE_US), (t.session.c.began_us, LASTS_US)):
        browser = office.browser("ann")
        assert browser.ask("GET", "/account")[0] == 200
        with office.engine.begin() as connection:
            connection.execute(update(t.session).values({column.name: column - back}))
        assert browser.ask("GET", "/account")[0] == 303
    browser = office.browser("ann")
    office.post(EndSessions(Actor("root"), "ann"))
    assert browser.ask("GET", "/account")[0] == 303


def test_30_the_cookie_is_bound_to_this_host_and_out_of_reach_of_scripts(office):
    said = office.browser("ann").said_cookie
    assert said.startswith("__Host-powertill=")
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=Strict"} <= {part.strip() for part in said.split(";")}
    assert "Domain" not in said


def test_31_no_form_is_taken_without_its_seal_from_this_site(office):
    browser = office.browser("ann")
    evil = {"Origin": "https://evil.example"}
    for route in ROUTES:
        if route.method != "POST" or route.needs is PUBLIC:
            continue
        path = re.sub(r"<[^>]+>", "1", route.path)
        sealed = {"nonce": "x" * 24, "seal": seal_of(browser, path)}
        for fields, headers in (({"nonce": "x" * 24}, {}), (sealed, evil), (sealed, {"Origin": ""})):
            status, text = browser.ask("POST", path, fields, **headers)
            assert (status, "P403F-" in text) == (403, True), (path, headers)
    form = {"now": "wrong", "new": "quite another password", "again": "quite another password"}
    assert office.send(browser, "/account/password", **form)[0] == 422


def test_32_every_answer_forbids_what_is_inline_framed_guessed_or_kept(office):
    browser = office.browser("ann")
    for path in ("/account", "/nowhere", "/sales", "/help"):
        _, text = browser.ask("GET", path)
        policy = browser.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert browser.headers["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in browser.headers["Cache-Control"]
        assert not re.search(r"<script(?![^>]*\b(?:src=|type=\"application/json\"))", text), path
        assert not re.search(r"<[^>]+\s(?:style|on\w+)=", text), path


def sent(office, browser, route, path):
    """Ask for a page; a form is sent as it stands on our own pages, with its seal."""
    if route.method == "GET":
        return browser.ask("GET", path)
    return office.send(browser, path, verdict="withdraw")


#: What takes no right: what is hers, what is for everybody, and what asks for a right by what it shows.
NO_RIGHT = {
    "/account", "/account/password", "/account/authenticator", "/account/sessions", "/", "/search",
    "/requests", "/requests/<path:reference>", "/sign-out", "/sign-in", "/help", "/language",
    "/print",
}  # fmt: skip


def test_33_each_route_takes_a_right_but_for_those_that_are_named():
    assert {route.path for route in ROUTES if not isinstance(route.needs, Right)} == NO_RIGHT


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_33_whoever_was_granted_nothing_gets_nothing(office, method):
    nil = office.browser("nil")
    for route in ROUTES:
        if route.method != method or not isinstance(route.needs, Right):
            continue
        path = re.sub(r"<[^>]+>", "1", route.path)
        status, text = sent(office, nil, route, path)
        assert status == 403, path
        # That the right is missing: a form without its seal would be refused as well, as forged.
        assert "P403-" in text, path
    assert ("nil", "refused") in {(line.actor, line.outcome) for line in office.diary()}


def test_33_whoever_is_not_signed_in_is_led_to_signing_in(office):
    for route in ROUTES:
        if route.needs is PUBLIC:
            continue
        path = re.sub(r"<[^>]+>", "1", route.path)
        nobody = office.browser()
        status, _ = nobody.ask(route.method, path, {"nonce": "x" * 24} if route.method == "POST" else None)
        assert (status, nobody.headers["Location"].partition("?")[0]) == (303, "/sign-in"), path


#: What a place in a path is filled with, for each branch: made by what ``in_branch`` finds.
PLACES = {
    "/customers/<account>": "account", "/sales/<id>": "sale", "/entries/<id>": "sale",
    "/entries/at/<position>": "position", "/meters/<pan>": "meter", "/stock/<pan>": "stock",
    "/exceptions/<number>": "exception", "/ledger/<account>/<unit>": "statement",
    "/operators/<login>": "login", "/branches/<code>": "branch", "/stations/<code>": "station",
    "/shifts/<number>": "shift", "/supply-points/<number>": "point", "/requests/<path:reference>": "request",
    "/supply-points/<number>/step": "waiting_point", "/supply-points/<number>/install": "waiting_point",
    "/supply-points/<number>/terms/withdraw": "waiting_point", "/departures/<id>": "departure",
    "/refunds/<account>": "account", "/customers/<account>/debts/<kind>": "debt",
    "/customers/<account>/receipts/<id>": "debt_receipt",
    "/invoices/<series>/<number>": "invoice", "/sell/<pan>": "meter", "/sold/<receipt>": "counter_receipt",
    "/cards/<serial>": "card", "/lines/ways/<pan>": "meter", "/lines/orders/<id>": "remote_order",
}  # fmt: skip
#: Pages of things that belong to no branch: tariffs, timetables, keys and roles are the utility's own.
SHARED = ("/tariffs/", "/timetables/", "/keys/", "/roles/", "/network/")
#: Figures of the whole house, which for whoever belongs to a branch are not there.
OF_ALL = ("/banks/", "/days/", "/lines/groups/", "/lines/schedules/", "/lines/losses/")


def in_branch(office, branch):
    """What is a branch's own, by the names of PLACES."""
    with office.engine.connect() as connection:

        def one(column, *tests):
            return connection.execute(select(column).where(*tests)).scalars().first()

        meter = one(t.meter.c.id, t.meter.c.pan == PANS[branch])
        account = one(t.customer.c.account_no, t.customer.c.branch == branch)
        sale = one(
            t.sale.c.id, t.sale.c.meter_id == meter, t.sale.c.state == "issued", t.sale.c.tender_minor > 0
        )
        key = one(t.sale.c.key, t.sale.c.meter_id == meter, t.sale.c.state == "waiting")
        return {
            "account": account, "card": CARDS[branch],
            "remote_order": one(t.remote_order.c.id, t.remote_order.c.pan == PANS[branch]),
            "sale": sale, "meter": PANS[branch],
            "stock": STOCKED[branch], "called": CALLED[branch],
            "point": one(t.supply_point.c.number, t.supply_point.c.pan == PANS[branch]),
            "waiting_point": one(
                t.supply_point.c.number, t.supply_point.c.account_no == account, t.supply_point.c.pan == ""
            ),
            "debt": f"{account}/debts/connection",
            "debt_receipt": f"{account}/receipts/{_paid(one, account)}",
            "departure": one(t.departure.c.id, t.departure.c.account_no == account),
            "position": one(t.entry.c.position, t.entry.c.id == sale),
            "exception": one(t.exception_note.c.id, t.exception_note.c.key == key),
            "statement": f"CUST:{account}/CNY", "login": f"{branch}.cashier", "branch": branch,
            "station": f"{branch}-1",
            "shift": one(t.shift.c.id, t.shift.c.login == f"{branch}.cashier"),
            "request": one(t.approval.c.reference, t.approval.c.about == PANS[branch]),
            "invoice": f"{one(t.invoice.c.series, t.invoice.c.pan == PANS[branch])}/1",
            "counter_receipt": one(t.sale.c.receipt_no, t.sale.c.bank == f"@{branch}-1"),
            "name": f"{branch.title()} Person", **_in_hand(connection, branch, sale),
        }  # fmt: skip


def _paid(one, account):
    """The entry of a debt that this customer has paid."""
    owed = one(t.account.c.id, t.account.c.code == f"AR:{account}:CONNECTION")
    mine = t.entry.c.id.in_(select(t.posting.c.entry_id).where(t.posting.c.account_id == owed))
    return one(t.entry.c.id, t.entry.c.kind == "debt", mine)


def _in_hand(connection, branch, sale):
    """What else somebody may have in hand of this sale and its customer."""
    sold = connection.execute(select(t.sale.c.key, t.sale.c.receipt_no).where(t.sale.c.id == sale)).one()
    digits = connection.execute(select(t.token.c.digits).where(t.token.c.sale_id == sale)).scalar_one()
    telephone = connection.execute(select(t.customer.c.phone).where(t.customer.c.branch == branch)).scalars()
    return {
        "telephone": telephone.first(), "key": sold.key, "receipt": sold.receipt_no, "digits": digits,
        "reference": sold.key.rpartition("/")[2], "token_end": digits[-4:],
    }  # fmt: skip


def path_in(route, owned, branch):
    """The path of a route for a thing of this branch."""
    begins = max((one for one in PLACES if route.path.startswith(one)), key=len)
    place = re.sub("<.*>", str(owned[PLACES[begins]]), begins)
    which = "wanted" if route.path.endswith("/approve") else "made"
    return (place + route.path.removeprefix(begins)).replace("<reference>", f"{branch}-{which}")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_34_nothing_of_another_branch_is_seen_or_touched(office, method):
    clerk = office.browser("north.clerk")
    owned = {branch: in_branch(office, branch) for branch in BRANCHES}
    assert all(None not in one.values() for one in owned.values()), owned
    asked = [
        route
        for route in ROUTES
        if route.method == method and "<" in route.path and not route.path.startswith((*SHARED, *OF_ALL))
    ]
    for route in asked:
        path = path_in(route, owned["south"], "south")
        status, text = sent(office, clerk, route, path)
        assert status == 404, path
        assert "South Person" not in text, path
    # The same of her own branch is there: what was refused was refused for the branch alone.
    for route in asked:
        path = path_in(route, owned["north"], "north")
        assert sent(office, clerk, route, path)[0] not in {400, 403, 404}, path


def test_34_figures_of_the_whole_house_are_not_there_for_who_belongs_to_a_branch(office):
    clerk = office.browser("north.clerk")
    of_all = [route for route in ROUTES if isinstance(route.needs, Right) and route.needs.of_all]
    assert {route.path for route in of_all} >= {"/banks", "/days", "/ledger", "/banks/<code>/deposit"}
    for route in of_all:
        path = route.path.replace("<code>", "east").replace("<day>", "2026-11-24")
        assert sent(office, clerk, route, path)[0] == 404, path


#: What a branch's own line of a list has in it.
IN_LISTS = {
    "/meters": "{meter}", "/customers": "{account}", "/sales": "{meter}", "/management-tokens": "{meter}",
    "/exceptions": '/exceptions/{exception}"', "/requests?which=": "{request}", "/stock": "{stock}",
    "/operators": "{branch}.cashier", "/shifts?state=": "{branch}.cashier", "/stations": "{station}",
    "/diary": "{branch}.clerk", "/supply-points": "{point}", "/amendments": "{point}",
    "/invoices": "{invoice}", "/readings": "{meter}", "/inspections": "{meter}",
    "/departures": "{account}", "/refunds": "{account}", "/cards": "{card}", "/card-orders": "{card}",
    "/lines/calls": "{called}", "/lines/gaps": "{meter}",
    "/lines/ways": "{meter}", "/lines/orders": "{meter}",
}  # fmt: skip
#: Pages at an address of their own that are no list of a branch's things: what is the utility's own, forms,
#: and the branches themselves, whose names everybody knows.
NO_LIST = {
    "/tariffs", "/tariffs/new", "/timetables", "/keys", "/roles", "/roles/new", "/roles/standard/add",
    "/branches", "/branches/new", "/stations/new", "/operators/new", "/stock/new", "/stock/delivery",
    "/shifts/open", "/find-token", "/overview/now", "/sell", "/customers/new", "/readings/route",
    "/readings/upload", "/cards/take-in", "/lines/ways/new", "/lines/ways/upload",
}  # fmt: skip


def test_34_each_list_is_looked_through():
    alone = {
        route.path
        for route in ROUTES
        if route.method == "GET"
        and "<" not in route.path
        and isinstance(route.needs, Right)
        and not route.needs.of_all
    }
    listed = {path.partition("?")[0] for path in IN_LISTS} - NO_RIGHT
    assert (alone - NO_LIST, NO_LIST - alone) == (listed, set())


def test_34_no_list_has_anything_of_another_branch(office):
    clerk = office.browser("north.clerk")
    other, own = in_branch(office, "south"), in_branch(office, "north")
    for path, mark in IN_LISTS.items():
        status, text = clerk.ask("GET", path)
        assert (status, mark.format(**own) in text, mark.format(**other) in text) == (200, True, False), path
        assert "South Person" not in text, path


@pytest.mark.parametrize("path", ["/meters", "/customers", "/sales"])
def test_34_no_file_has_anything_of_another_branch(office, path):
    status, text = office.browser("north.clerk").ask("GET", f"{path}?format=csv")
    assert (status, "North Person" in text, "South Person" in text) == (200, True, False)


#: What somebody may have in hand, and the page that it opens at once for whoever may see it.
IN_HAND = {
    "account": "/customers/{account}", "meter": "/meters/{meter}", "telephone": "/customers/{account}",
    "key": "/sales/{sale}", "receipt": "/sales/{sale}", "digits": "/sales/{sale}",
}  # fmt: skip


@pytest.mark.parametrize("hand", [*IN_HAND, "name", "reference", "token_end"])
def test_34_a_search_finds_nothing_of_another_branch(office, hand):
    clerk = office.browser("north.clerk")
    other, own = in_branch(office, "south"), in_branch(office, "north")
    pages = re.compile(r'(?:customers|meters|sales|entries)/[^"?]+')
    # What is written stands in the box again, so the links tell what was found.
    status, text = office.send(clerk, "/search", q=str(other[hand]))
    led_to = text + clerk.headers.get("Location", "")
    theirs = {f"customers/{other['account']}", f"meters/{other['meter']}", f"sales/{other['sale']}"}
    assert (status, theirs & set(pages.findall(led_to))) == (200, set())
    # The same of her own branch is found.
    status, text = office.send(clerk, "/search", q=str(own[hand]))
    if hand in IN_HAND:
        assert (status, clerk.headers["Location"]) == (303, IN_HAND[hand].format(**own))
    else:
        found = set(pages.findall(text + clerk.headers.get("Location", "")))
        assert found & {f"customers/{own['account']}", f"sales/{own['sale']}"}


#: Forms that put something into a branch; a meter of the stock may be given away, so its move is none.
PUT_INTO = {
    "/operators/new": {"login": "mole", "name": "Mole", "language": "en"},
    "/stations/new": {"code": "mole-1", "name": "Mole"},
    "/operators/north.cashier/change": {"name": "Cashier", "language": "en", "version": "3"},
    "/stock/new": {
        "meter": drn(951), "model": "DDS-26", "carrier": "token", "sgc": "201457", "krn": "1", "ti": "01",
        "ea": "11", "kt": "2", "base_date": "2014", "lot": "", "note": "",
    },
}  # fmt: skip


@pytest.mark.parametrize("path", PUT_INTO)
def test_34_no_form_puts_anything_into_another_branch(office, path):
    clerk = office.browser("north.clerk")

    def send(branch):
        more = {"branch": branch, "reason": "as agreed", "nonce": token_urlsafe(18)}
        status, text = office.send(clerk, path, **PUT_INTO[path], **more)
        return status, 'id="w-branch"' in text

    def done():
        hers = [line for line in office.diary() if line.actor == "north.clerk"]
        return [line.subject for line in hers if line.outcome == "done"]

    before = done()
    assert (send("south"), done()) == ((422, True), before)
    # The same for her own branch is done: what was refused was refused for the branch alone.
    assert send("north") == (303, False)
    assert len(done()) == len(before) + 1
