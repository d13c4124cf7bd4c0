"""Somebody comes to the office's pages of a real gateway: sign in, work, sign out; and whoever tries to."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import pyotp
import pytest
from sqlalchemy import select

from adapters.db import tables as t
from adapters.db.opening import open_database
from adapters.people.authenticators import Authenticators
from gateway.core.authority import Function, Grant, Level
from gateway.core.diary import Actor
from gateway.core.hidden import Hidden
from gateway.office.manage_staff import SetAuthenticator
from gateway.office.sign_in import EndSessions
from tests.builders import posting_batch
from tests.daemon import Gateway, Place, make_place
from tests.office_http import Browser
from tests.office_people import People

if TYPE_CHECKING:
    from sqlalchemy import Engine

pytestmark = [pytest.mark.slow]

PASSWORD = "four words are better"
KEY = bytes(range(32))
ADMIN = """
[admin]
listen = "tcp:8443:interface={host}"
origin = "http://{host}:8443"
secret_file = "admin.hex"
authenticators = "nobody"
"""


class Office(NamedTuple):
    """A gateway that runs, its place, and its books."""

    gateway: Gateway
    place: Place
    engine: Engine


@pytest.fixture
def office(tmp_path):
    place = make_place(tmp_path / "place", 3, ADMIN)
    (place.folder / "admin.hex").write_text(KEY.hex())
    (place.folder / "admin.hex").chmod(0o600)
    engine = open_database(f"sqlite:///{place.folder / 'till.db'}")
    people = People(posting_batch(engine, now=lambda: datetime.now(UTC)))
    people.enter("ann", PASSWORD)
    people.enter("ben", PASSWORD, {Function.LEDGER: Grant(Level.VIEW)})
    people.enter("dan", PASSWORD, {})
    people.enter("new", PASSWORD, must_change=True)
    sealed = Authenticators(KEY, "Riverside Power").sealed("cho", Hidden("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"))
    people.enter("cho", PASSWORD)
    people.of_herself(SetAuthenticator("cho", people.nonce(), "cho", 3, sealed))
    with place.start() as gateway:
        gateway.up()
        yield Office(gateway, place, engine)
        gateway.stop()
        gateway.assert_no_fault()
        place.assert_sound()
    engine.dispose()


@pytest.fixture
def browser(office):
    return Browser(office.place.host, 8443)


def diary(office):
    with office.engine.connect() as connection:
        rows = connection.execute(select(t.diary).order_by(t.diary.c.id)).all()
    return [(row.actor, row.function, row.action, row.subject, row.outcome, row.detail) for row in rows]


def test_who_is_nobody_is_led_to_the_door_and_back(browser):
    status, _ = browser.ask("GET", "/ledger?day=2026-11-23")
    assert (status, browser.headers["Location"]) == (303, "/sign-in?next=%2Fledger%3Fday%3D2026-11-23")
    status, _ = browser.form("/sign-in", login="ann", password=PASSWORD, next="/ledger?day=2026-11-23")
    assert (status, browser.headers["Location"]) == (303, "/ledger?day=2026-11-23")
    status, text = browser.ask("GET", "/ledger")
    assert status == 200
    assert "Ann" in text


def test_whoever_has_signed_in_here_is_not_kept_out_by_others(browser, office):
    stranger = Browser(office.place.host, 8443)
    browser.sign_in("ben", PASSWORD)
    for _ in range(6):
        stranger.sign_in("ben", "wrong wrong wrong")
    assert stranger.sign_in("ben", PASSWORD)[0] == 422
    del browser.cookies["__Host-powertill"]
    assert browser.sign_in("ben", PASSWORD)[0] == 303


def test_the_cookie_is_bound_to_this_host_and_seen_by_no_script(browser):
    browser.sign_in("ann", PASSWORD)
    said = browser.said_cookie
    assert said.startswith("__Host-powertill=")
    for word in ("Path=/", "Secure", "HttpOnly", "SameSite=Strict"):
        assert word in said
    assert "Domain" not in said


def test_each_sign_in_has_a_session_of_its_own_and_signing_out_ends_it(browser, office):
    browser.sign_in("ann", PASSWORD)
    first = dict(browser.cookies)
    browser.cookies = {}
    browser.sign_in("ann", PASSWORD)
    assert browser.cookies != first
    status, _ = browser.ask("GET", "/account")
    assert status == 200
    stolen = dict(browser.cookies)
    _, text = browser.ask("GET", "/account")
    seal = re.search(r'action="/sign-out"[^>]*>.*?name="seal" value="([^"]*)"', text)
    assert browser.ask("POST", "/sign-out", {"seal": unescape(seal.group(1))})[0] == 303
    browser.cookies = stolen
    assert browser.ask("GET", "/account")[0] == 303
    browser.cookies = first
    assert browser.ask("GET", "/account")[0] == 200
    assert ("ann", "sign_in", "sign_out", "ann", "done", "1 sessions") in diary(office)


def test_a_wrong_password_an_unknown_login_and_a_missing_code_look_alike(browser, office):
    answers = [
        browser.sign_in("ann", "wrong wrong wrong"),
        browser.sign_in("nobody.here", PASSWORD),
        browser.sign_in("cho", PASSWORD),
        browser.sign_in("cho", PASSWORD, code="000000"),
    ]
    said = {re.search(r'role="alert".*?</div>', text, re.DOTALL).group() for _, text in answers}
    assert {status for status, _ in answers} == {422}
    assert len(said) == 1
    assert "nobody.here" not in str(diary(office))
    assert [line[5] for line in diary(office)[-4:]] == [
        "wrong password", "no such login", "wrong code", "wrong code",
    ]  # fmt: skip


def test_a_code_opens_once(browser, office):
    code = pyotp.TOTP("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").now()
    assert browser.sign_in("cho", PASSWORD, code=code)[0] == 303
    browser.cookies = {}
    assert browser.sign_in("cho", PASSWORD, code=code)[0] == 422
    assert diary(office)[-1][5] in {"a code that was used", "wrong code"}


def test_who_fails_too_often_is_held_back_though_the_password_is_right_then(browser, office):
    for _ in range(5):
        browser.sign_in("ben", "wrong wrong wrong")
    told = len(diary(office))
    assert browser.sign_in("ben", PASSWORD)[0] == 422
    assert len(diary(office)) == told, "nothing was compared"
    assert browser.sign_in("ann", PASSWORD)[0] == 303


def test_a_password_of_somebody_elses_opens_one_page(browser):
    browser.sign_in("new", PASSWORD)
    status, _ = browser.ask("GET", "/ledger")
    assert (status, browser.headers["Location"]) == (303, "/account/password?next=%2Fledger")
    fresh = "another few words"
    wrong = browser.form("/account/password", now="not it at all", new=fresh, again=fresh)
    assert "This is not your present password." in wrong[1]
    weak = browser.form("/account/password", now=PASSWORD, new="short", again="short")
    assert "10 characters" in weak[1]
    status, _ = browser.form("/account/password", now=PASSWORD, new=fresh, again=fresh)
    assert (status, browser.headers["Location"].partition("?")[0]) == (303, "/account")
    assert "The password is changed." in browser.ask("GET", browser.headers["Location"])[1]
    assert browser.ask("GET", "/ledger")[0] == 200
    browser.cookies = {}
    assert browser.sign_in("new", PASSWORD)[0] == 422
    assert browser.sign_in("new", fresh)[0] == 303


def test_after_a_forced_password_she_goes_on_to_the_page_that_she_wanted(browser):
    browser.form("/sign-in", login="new", password=PASSWORD, next="/ledger?day=2026-11-23")
    browser.ask("GET", browser.headers["Location"])
    held = browser.headers["Location"]
    assert held == "/account/password?next=%2Fledger%3Fday%3D2026-11-23"
    fresh = "another few words"
    kept = re.search(r'name="next" value="([^"]*)"', browser.ask("GET", held)[1]).group(1)
    status, _ = browser.form("/account/password", now=PASSWORD, new=fresh, again=fresh, next=unescape(kept))
    assert status == 303
    assert browser.headers["Location"].startswith("/ledger?day=2026-11-23&notice=")
    status, text = browser.ask("GET", browser.headers["Location"])
    assert status == 200
    assert "The password is changed." in text


@pytest.mark.parametrize(
    "place", ["https://evil.example/", "//evil.example/", "/\\evil.example", "/" + "x" * 600]
)
def test_she_goes_on_to_places_of_this_site_alone(browser, place):
    browser.sign_in("ann", PASSWORD)
    fresh = "another few words"
    _, text = browser.ask("GET", "/account/password?next=" + quote(place))
    assert 'name="next" value=""' in text
    status, _ = browser.form("/account/password", now=PASSWORD, new=fresh, again=fresh, next=place[:500])
    place_after = browser.headers["Location"].partition("?")[0]
    assert (status, place_after) == (303, place[:500] if len(place) > 500 else "/account")


def test_an_authenticator_is_enrolled_by_its_own_code(browser):
    browser.sign_in("ann", PASSWORD)
    _, text = browser.ask("GET", "/account/authenticator")
    assert "<svg" in text
    letters = re.search(r'<code class="letters">([A-Z2-7 ]+)</code>', text).group(1).replace(" ", "")
    sealed = unescape(re.search(r'name="sealed" value="([^"]*)"', text).group(1))
    wrong = browser.form("/account/authenticator", now=PASSWORD, code="12345", sealed=sealed)
    assert "does not fit" in wrong[1]
    code = pyotp.TOTP(letters).now()
    status, _ = browser.form("/account/authenticator", now=PASSWORD, code=code, sealed=sealed)
    assert (status, browser.headers["Location"].partition("?")[0]) == (303, "/account")
    browser.cookies = {}
    assert browser.sign_in("ann", PASSWORD)[0] == 422


def test_a_form_of_another_site_is_refused_and_stands_in_the_diary(browser, office):
    browser.sign_in("ann", PASSWORD)
    status, _ = browser.ask("POST", "/account/sessions", {"seal": "x"}, Origin="https://evil.example")
    assert status == 403
    assert ("ann", "dashboard", "show", "POST /account/sessions", "refused", "forged") in diary(office)


def test_what_is_not_hers_is_refused_and_stands_in_the_diary(browser, office):
    browser.sign_in("dan", PASSWORD)
    status, text = browser.ask("GET", "/ledger")
    assert status == 403
    assert "Ledger" in text
    assert ("dan", "ledger", "show", "GET /ledger", "refused", "right: view") in diary(office)


def test_a_session_that_an_administrator_ended_is_over(browser, office):
    browser.sign_in("ann", PASSWORD)
    assert browser.ask("GET", "/ledger")[0] == 200
    ended = EndSessions(Actor("root"), "ann")
    posting_batch(office.engine, now=lambda: datetime.now(UTC)).run([ended])
    assert browser.ask("GET", "/ledger")[0] == 303
