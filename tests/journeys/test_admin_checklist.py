"""Points 26 to 35 of the security checklist, each by its number, on a real gateway with its pages open.

What a point says in one sentence is tried here from outside; the rules behind it are tested one by one in
``tests/office``, ``tests/web`` and ``tests/adapters/test_people.py``.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import pyotp
import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from adapters.db import tables as t
from adapters.db.office_rows import approval_of
from adapters.db.opening import open_database
from adapters.people.authenticators import Authenticators
from admin_web.all_pages import ROUTES
from admin_web.route import PUBLIC, Right
from gateway.core.approval import ApprovalState, Verdict
from gateway.core.authority import Function, Grant, Level
from gateway.core.diary import Actor
from gateway.core.hidden import Hidden
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import ApprovalAsked
from gateway.core.session import IDLE_US, LASTS_US
from gateway.office.authorised import Authorised
from gateway.office.decide_request import DecideRequest
from gateway.office.manage_staff import SetAuthenticator
from gateway.office.orders import DepositOrder, act_of, command_of
from gateway.office.sign_in import EndSessions
from tests.builders import identity, posting_batch
from tests.daemon import Gateway, Place, make_place
from tests.office_http import Browser
from tests.office_people import ALL, People

if TYPE_CHECKING:
    from sqlalchemy import Engine

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("admin_checklist")]

PASSWORD = "four words are better"
TOTP = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
KEY = bytes(range(32))
ADMIN = """
[admin]
listen = "tcp:8443:interface={host}"
origin = "http://{host}:8443"
secret_file = "admin.hex"
authenticators = "nobody"
"""
NORTH, SOUTH = identity(1).pan, identity(2).pan


class Office(NamedTuple):
    gateway: Gateway
    place: Place
    engine: Engine
    people: People

    def browser(self, login=None, **more):
        """A browser of its own, signed in where a login is named."""
        browser = Browser(self.place.host, 8443)
        if login is not None:
            status, text = browser.sign_in(login, PASSWORD, **more)
            assert status == 303, text
        return browser

    def post(self, command):
        (content,) = posting_batch(self.engine, now=lambda: datetime.now(UTC)).run([command])
        if isinstance(content, Exception):
            raise content
        return content

    def diary(self):
        with self.engine.connect() as connection:
            return connection.execute(select(t.diary).order_by(t.diary.c.id)).all()

    def change(self, table, **values):
        with self.engine.begin() as connection:
            connection.execute(update(table).values(values))


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    place = make_place(tmp_path_factory.mktemp("checklist") / "place", 3, ADMIN)
    (place.folder / "admin.hex").write_text(KEY.hex())
    (place.folder / "admin.hex").chmod(0o600)
    engine = open_database(f"sqlite:///{place.folder / 'till.db'}")
    people = People(posting_batch(engine, now=lambda: datetime.now(UTC)))
    for branch in ("north", "south"):
        people.branch(branch)
    with engine.begin() as connection:
        for pan, branch in ((NORTH, "north"), (SOUTH, "south")):
            whose = select(t.meter.c.customer_id).where(t.meter.c.pan == pan).scalar_subquery()
            connection.execute(
                update(t.customer)
                .where(t.customer.c.id == whose)
                .values(branch=branch, name=f"{branch.title()} Person")
            )
    people.enter("ann", PASSWORD)
    people.enter("ben", PASSWORD)
    people.enter("nil", PASSWORD, {})
    people.enter("north.clerk", PASSWORD, ALL, branch="north")
    people.enter("locked", PASSWORD)
    people.enter("cho", PASSWORD)
    sealed = Authenticators(KEY, "Riverside Power").sealed("cho", Hidden(TOTP))
    people.of_herself(SetAuthenticator("cho", people.nonce(), "cho", 3, sealed))
    with place.start() as gateway:
        gateway.up()
        with gateway.caller("east") as bank:
            for pan in (NORTH, SOUTH):
                assert bank.ask(bank.messages.payment(pan, 10_000)).fields[39] == "00"
        yield Office(gateway, place, engine, people)
        gateway.stop()
        gateway.assert_no_fault()
        place.assert_sound(is_untouched=True)
    engine.dispose()


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


@pytest.mark.parametrize("forged", ["no seal", "another site", "no origin"])
def test_31_no_form_is_taken_without_its_seal_from_this_site(office, forged):
    browser = office.browser("ann")
    for route in ROUTES:
        if route.method != "POST" or route.needs is PUBLIC:
            continue
        path = re.sub(r"<[^>]+>", "1", route.path)
        headers = {
            "no seal": {},
            "another site": {"Origin": "https://evil.example"},
            "no origin": {"Origin": ""},
        }
        status, _ = browser.ask("POST", path, {"nonce": "x" * 24}, **headers[forged])
        assert status == 403, path


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


def test_33_whoever_was_granted_nothing_gets_nothing(office):
    nil, nobody = office.browser("nil"), office.browser()
    for route in ROUTES:
        path = re.sub(r"<[^>]+>", "1", route.path)
        if isinstance(route.needs, Right):
            assert nil.ask(route.method, path, {} if route.method == "POST" else None)[0] == 403, path
        if route.needs is not PUBLIC:
            assert nobody.ask(route.method, path, {} if route.method == "POST" else None)[0] == 303, path
    assert ("nil", "refused") in {(line.actor, line.outcome) for line in office.diary()}


def test_34_nothing_of_another_branch_is_seen_or_touched(office):
    clerk = office.browser("north.clerk")
    with office.engine.connect() as connection:
        sales = dict(
            connection.execute(
                select(t.meter.c.pan, t.sale.c.id).join(t.meter, t.meter.c.id == t.sale.c.meter_id)
            ).all()
        )
        whose = select(t.meter.c.pan, t.customer.c.account_no, t.customer.c.name).join(
            t.customer, t.customer.c.id == t.meter.c.customer_id
        )
        rows = connection.execute(whose).all()
        accounts = {row.pan: row.account_no for row in rows}
        name = next(row.name for row in rows if row.pan == SOUTH)
    pages = [
        ("/meters/{0}", NORTH, SOUTH),
        ("/customers/{0}", accounts[NORTH], accounts[SOUTH]),
        ("/sales/{0}", sales[NORTH], sales[SOUTH]),
        ("/entries/{0}", sales[NORTH], sales[SOUTH]),
        ("/meters/{0}/orders/new", NORTH, SOUTH),
    ]
    for pattern, own, others in pages:
        assert clerk.ask("GET", pattern.format(own))[0] == 200, pattern
        status, text = clerk.ask("GET", pattern.format(others))
        assert status == 404, pattern
        assert name not in text
    for path in ("/meters", "/customers", "/sales", f"/search?q={SOUTH}", f"/search?q={accounts[SOUTH]}"):
        status, text = clerk.ask("GET", path)
        assert status in {200, 303}, path
        assert name not in text, path
    for path in ("/meters?format=csv", "/customers?format=csv", "/sales?format=csv"):
        status, text = clerk.ask("GET", path)
        assert status == 200, path
        assert SOUTH not in text, path
        assert name not in text, path
    assert clerk.ask("POST", f"/meters/{SOUTH}/orders/new", {"nonce": "x" * 24})[0] in {403, 404}


def test_35_no_order_that_takes_two_is_carried_out_by_one(office):
    order = DepositOrder("east", 5_000, "CNY", "checklist", covered=True)
    ann = Actor("ann", _session(office, "ann"), "10.0.0.1")
    asked = office.post(Authorised(ann, act_of(order, "paid in cash"), order.command("ann", "paid in cash")))
    assert isinstance(asked, ApprovalAsked)
    request = _request(office, asked.reference)
    own = office.post(DecideRequest(ann, request, Verdict.APPROVE, command_of(request)))
    assert own == NotDone(OfficeRefusal.OWN_REQUEST)
    at_the_machine = office.post(DecideRequest(Actor("ann"), request, Verdict.APPROVE, command_of(request)))
    assert at_the_machine == NotDone(OfficeRefusal.OWN_REQUEST)
    with pytest.raises(IntegrityError, match="not a step"):
        office.change(t.approval, order_text=request.order.replace("5000", "9000"))
    with pytest.raises(IntegrityError, match="not a step"):
        office.change(t.approval, state="approved", decided_by="ann", decided_us=1)
    ben = Actor("ben", _session(office, "ben"), "10.0.0.2")
    office.post(DecideRequest(ben, request, Verdict.APPROVE, command_of(request)))
    assert _request(office, asked.reference).state is ApprovalState.APPROVED


def test_35_what_was_granted_below_the_amount_waits_for_somebody_with_a_higher_limit(office):
    office.people.enter("small", PASSWORD, {Function.FLOATS: Grant(Level.APPROVE, 1_000)})
    order = DepositOrder("east", 5_000, "CNY", "above-the-limit", covered=True)
    ann = Actor("ann", _session(office, "ann"), "10.0.0.1")
    asked = office.post(Authorised(ann, act_of(order, "paid in cash"), order.command("ann", "paid in cash")))
    request = _request(office, asked.reference)
    small = Actor("small", _session(office, "small"), "10.0.0.3")
    refused = office.post(DecideRequest(small, request, Verdict.APPROVE, command_of(request)))
    assert refused == NotDone(OfficeRefusal.ABOVE_LIMIT)


def _session(office, login):
    office.browser(login)
    with office.engine.connect() as connection:
        newest = (
            select(t.session.c.id).where(t.session.c.login == login).order_by(t.session.c.began_us.desc())
        )
        return connection.execute(newest).scalars().first()


def _request(office, reference):
    with office.engine.connect() as connection:
        return approval_of(
            connection.execute(select(t.approval).where(t.approval.c.reference == reference)).one()
        )
