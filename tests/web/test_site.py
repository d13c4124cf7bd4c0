"""The site's answers: their headers, who gets in, forged forms, limits; over memory, without a browser."""

import itertools
import re
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from time import perf_counter

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from admin_web.all_pages import MENU, ROUTES
from admin_web.answers import Octets, Redirect
from admin_web.cookies import LANGUAGE_COOKIE, Cookie
from admin_web.door import SIGN_IN
from admin_web.fields import Field
from admin_web.forgery import form_seal
from admin_web.forms import Form
from admin_web.route import PUBLIC, SIGNED_IN, Right, Route
from admin_web.static_files import StaticFiles
from admin_web.turns import TooManyQuestions
from admin_web.wire import LINKS_OF_ONE_MAX, Links
from gateway.core.authority import LEVELS, Function, Level
from gateway.ports import LedgerBusy, OutcomeUnknown, TakesTooLong
from tests.web import samples
from tests.web.books import Paid
from tests.web.desk import Desk, DoubleGate, granted, office, people, visitor

ROOT = Path(__file__).parents[2]
ALWAYS = {
    "content-security-policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """Books that no test here writes to."""
    return Paid(tmp_path_factory.mktemp("site"), size=5).sell(days=1, a_day=2).engine


@pytest.fixture
def desk(engine):
    return Desk(office(engine), (*ROUTES, *samples.ROUTES))


def a_static_file(desk) -> str:
    path = StaticFiles().address("office.css")
    assert f'href="{path}"' in desk.get("/help").text
    return path


def every_kind_of_answer(desk):
    yield desk.get("/ledger")
    yield desk.get("/ledger", who=None)
    yield desk.get("/ledger", who="guest")
    yield desk.get("/nowhere")
    yield desk.get("/sample/fault")
    yield desk.get("/static/nothing.css")
    yield desk.get(a_static_file(desk))
    yield desk.get("/ledger?format=csv")
    yield desk.get("/ledger", Host="elsewhere.example")
    yield desk.post("/language", fields={"language": "ru"})
    yield desk.post("/sample/form", seal=False)
    yield desk.post("/ledger")
    yield desk.send(b"NONSENSE\r\n\r\n")
    yield desk.send(b"DELETE /ledger HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n")
    yield desk.send(b"GET /%ff HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n")
    yield desk.send(b"POST /language HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Length: 70000\r\n\r\n")


def test_every_answer_carries_the_headers_that_keep_a_page_safe(desk):
    codes = []
    for told in every_kind_of_answer(desk):
        codes.append(told.code)
        assert {name: told.header(name) for name in ALWAYS} == ALWAYS, told.raw[:200]
        assert told.header("server") == ""
        assert "camera=()" in told.header("permissions-policy")
        assert "Traceback" not in told.text if told.header("content-type").startswith("text/") else True
    assert codes == [200, 303, 403, 404, 500, 404, 200, 200, 421, 303, 403, 405, 400, 405, 400, 413]


def test_a_page_is_kept_nowhere_and_a_static_file_for_ever(desk):
    assert desk.get("/ledger").header("cache-control") == "no-store"
    assert desk.get("/nowhere").header("cache-control") == "no-store"
    static = desk.get(a_static_file(desk))
    assert static.header("cache-control") == "public, max-age=31536000, immutable"
    again = desk.get(a_static_file(desk), If_None_Match=static.header("etag"))
    assert (again.code, again.body) == (304, b"")


def test_a_site_behind_tls_tells_browsers_to_stay_there(engine):
    run = office(engine, origin="https://till.example")
    told = Desk(run).get("/help", Host="till.example")
    assert told.header("strict-transport-security") == "max-age=31536000; includeSubDomains"
    assert Desk(office(engine)).get("/help").header("strict-transport-security") == ""


def test_nothing_stands_inline_in_a_page(desk):
    for path in ("/ledger", "/sample/form", "/sample/thing/1", "/sample/chart", "/help", "/nowhere"):
        html = desk.get(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)", html), path
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", html), path


def test_what_is_shown_is_escaped(desk):
    html = desk.get("/sample/thing/%3Cscript%3Ealert(1)%3C%2Fscript%3E").text
    assert "<script>alert" not in html
    html = desk.get("/sample/thing/%22%3E%3Cb%3E").text
    assert "&lt;b&gt;" in html
    assert '"><b>' not in html


def test_a_sentence_that_holds_what_somebody_typed_is_escaped_too(engine):
    typed = "<b>50% off</b>"

    async def page(asked):
        form = Form("Order", "Send", (Field("kind", "Kind", "choice", choices=((typed, typed),)),))
        return form.blank(asked).refused(typed).page()

    html = Desk(office(engine), [Route("GET", "/", SIGNED_IN, page)], ()).get("/").text
    assert html.count("&lt;b&gt;50% off&lt;/b&gt;") == 3
    assert "<b>" not in html


# --- Who gets in ---


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_each_route_lets_in_whoever_has_its_right_and_nobody_else(engine, route):
    async def page(_asked):
        return Octets(b"in", "text/plain")

    gate, wanted = DoubleGate(), route.needs
    path = re.sub("<[^>]*>", "x", route.path)
    many = Links(at_once=1_000, of_one=1_000)
    desk = Desk(office(engine, gate=gate), [replace(route, page=page)], (), links=many)
    for function, level in itertools.product(Function, Level):
        gate.people = {"one": visitor("one", granted(level, function))}
        told = desk.get(path, "one") if route.method == "GET" else desk.post(path, "one")
        may = not isinstance(wanted, Right) or (function is wanted.function and level >= wanted.level)
        assert told.code == (200 if may else 403), (function, level)
        if not may:
            assert (gate.heard[-1][1].function, gate.heard[-1][1].level) == (wanted.function, wanted.level)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_whoever_is_not_signed_in_is_led_to_signing_in(desk, route):
    path = re.sub("<[^>]*>", "x", route.path)
    told = desk.get(path, None) if route.method == "GET" else desk.post(path, None)
    if route.needs is PUBLIC:
        assert told.code != 303 or not told.header("location").startswith(SIGN_IN)
    else:
        assert told.code == 303
        assert told.header("location").startswith(SIGN_IN)


def test_signing_in_leads_back_to_what_was_asked_for(desk):
    told = desk.get("/ledger?day=2026-11-22", None)
    assert told.header("location") == "/sign-in?next=%2Fledger%3Fday%3D2026-11-22"


def test_a_part_of_a_page_leads_the_whole_page_to_signing_in(desk):
    told = desk.get("/ledger", None, HX_Request="true")
    assert (told.code, told.header("hx-redirect")) == (200, "/sign-in?next=%2Fledger")


def test_a_session_that_is_none_is_nobody(desk):
    assert desk.get("/ledger", "no-such-session").code == 303


def test_what_a_page_asks_by_itself_keeps_no_session_alive(engine):
    routes = [replace(route, is_by_itself=True) for route in ROUTES if route.path == "/ledger"]
    gate = DoubleGate()
    assert Desk(office(engine, gate=gate), routes).get("/ledger").code == 200
    assert gate.seen == [False]


def test_whoever_is_held_gets_nowhere_else(desk):
    assert desk.get("/ledger", "newcomer").header("location") == "/password?next=%2Fledger"
    assert desk.get("/", "newcomer").header("location") == "/password"
    assert desk.get("/help", "newcomer").code == 200


def test_a_refusal_names_what_is_missing_and_is_told_to_the_diary(desk):
    told = desk.get("/ledger", "guest")
    assert "“Ledger”, at the level “see”" in told.text
    ((login, refused),) = desk.office.gate.heard
    assert (login, refused.path, refused.function, refused.level) == (
        "guest",
        "/ledger",
        Function.LEDGER,
        Level.VIEW,
    )


def test_the_first_page_is_the_overview_or_else_the_first_line_of_the_menu(desk):
    keeper = visitor("keeper", granted(Level.VIEW, Function.LEDGER, Function.SALES))
    desk.office.gate.people["keeper"] = keeper
    (first, *_) = re.findall(
        r'<nav class="side".*?href="([^"]*)"', desk.get("/help", "keeper").text, re.DOTALL
    )
    assert desk.get("/", "keeper").header("location") == first
    assert "Sold today" in desk.get("/").text
    assert desk.get("/", "guest").code == 404


def test_every_line_of_the_menu_leads_to_a_page_that_its_function_opens(engine):
    for item in MENU:
        lowest = LEVELS[item.function][0]
        gate = DoubleGate({"one": visitor("one", granted(lowest, item.function))})
        assert Desk(office(engine, gate=gate)).get(item.path, "one").code == 200, item


def test_a_route_with_another_method_is_no_route():
    with pytest.raises(ValueError, match="GET or POST"):
        Route("DELETE", "/ledger", SIGNED_IN, samples.ask)


# --- Forged forms ---


def test_a_form_without_its_seal_is_refused(desk):
    told = desk.post("/sample/form", seal=False)
    assert told.code == 403
    assert "P403F-" in told.text
    assert desk.office.gate.heard[-1][1].why == "forged"


def test_a_seal_of_another_form_or_another_session_is_refused(desk):
    for who, path in (("chief", "/language"), ("auditor", "/sample/form")):
        seal = form_seal(desk.office.gate.people[who], path)
        assert desk.post("/sample/form", fields={"seal": seal}, seal=False).code == 403


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": "", "Sec_Fetch_Site": "cross-site"}, 403),
        ({"Origin": "", "Sec_Fetch_Site": "same-site"}, 403),
        ({"Origin": "", "Sec_Fetch_Site": "same-origin"}, 303),
        ({"Origin": "http://127.0.0.1:8080"}, 303),
    ],
)
def test_a_form_has_to_come_from_a_page_of_this_site(desk, headers, code):
    assert desk.post("/language", fields={"language": "ru", "back": "/ledger"}, **headers).code == code
    assert desk.post("/language", None, fields={"language": "ru", "back": "/help"}, **headers).code == code


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "", "multipart/form-data"])
def test_what_is_no_form_is_refused(desk, kind):
    assert desk.post("/language", fields={"language": "ru"}, Content_Type=kind).code == 400


@pytest.mark.parametrize("path", ["/sign-in", "/language"])
def test_whoever_has_not_signed_in_gets_no_parts_read(desk, path):
    part = '--b\r\nContent-Disposition: form-data; name="a"' + ";" * 60_000 + "\r\n\r\nx\r\n--b--\r\n"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Length: {len(part)}\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\n"
    )
    begun = perf_counter()
    assert desk.send(f"{head}Origin: http://127.0.0.1:8080\r\n\r\n{part}".encode()).code == 400
    assert desk.send(f"{head}\r\n{part}".encode()).code == 403
    assert perf_counter() - begun < 1


def test_nothing_is_read_of_a_form_that_stood_on_another_site(desk):
    assert desk.post("/language", Origin="https://elsewhere.example", Content_Type="text/plain").code == 403


def test_a_query_that_cannot_be_read_is_refused(desk):
    assert desk.get("/ledger?account=%ff").code == 400
    assert desk.get("/ledger?" + "&".join(f"a{n}=1" for n in range(600))).code == 400


# --- Cookies and redirects ---


def test_a_cookie_is_bound_to_this_host_and_out_of_reach_of_scripts(desk):
    told = desk.post("/language", fields={"language": "zh", "back": "/ledger"})
    assert told.header("set-cookie") == (
        f"{LANGUAGE_COOKIE}=zh; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=31536000"
    )
    with pytest.raises(ValueError, match="a cookie's value"):
        Cookie("x", "a; Domain=elsewhere.example")


@pytest.mark.parametrize(
    "back", ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere", "", "/a\r\nb"]
)
def test_nobody_is_led_to_another_site(desk, back):
    assert desk.post("/language", fields={"language": "zh", "back": back}).header("location") == "/"
    if back:
        with pytest.raises(ValueError, match="this site"):
            Redirect(back)


# --- Faults ---


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (LedgerBusy("its queue is full"), 503, "P503-"),
        (OutcomeUnknown("line lost"), 503, "P503U-"),
        (TakesTooLong("a statement"), 503, "P503L-"),
        (TooManyQuestions("eight of one session"), 429, "P429-"),
        (RuntimeError("a secret reason"), 500, "P500-"),
    ],
)
def test_a_fault_says_a_code_and_nothing_from_inside(engine, raised, code, said):
    async def page(_asked):
        raise raised

    told = Desk(office(engine), [Route("GET", "/", SIGNED_IN, page)], ()).get("/")
    assert told.code == code
    assert said in told.text
    assert str(raised) not in told.text


def test_the_log_has_the_traceback_by_the_code_that_was_said(desk, caplog):
    with caplog.at_level("ERROR", "powertill.office"):
        told = desk.get("/sample/fault")
    (record,) = [
        one for one in caplog.records if one.msg == "office.fault" or one.getMessage() == "office.fault"
    ]
    assert record.fields["code"] in told.text
    assert record.exc_info[0] is RuntimeError


def test_the_help_explains_each_code(desk):
    html = desk.get("/help", None).text
    codes = ("P400", "P403", "P403F", "P404", "P405", "P500", "P503", "P503U", "P503L", "P429")
    assert {f'id="{code}"' in html for code in codes} == {True}


def test_the_access_log_has_no_query(desk, caplog):
    with caplog.at_level("INFO", "powertill.http"):
        desk.get("/ledger?account=Zhang")
    (record,) = caplog.records
    assert record.fields["path"] == "/ledger"
    assert "Zhang" not in str(record.__dict__)


# --- Limits of the wire ---


def test_a_connection_serves_one_request_after_another(desk):
    channel, transport = desk.link()
    for _ in range(3):
        transport.clear()
        channel.dataReceived(b"GET /help HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n")
        assert transport.value().startswith(b"HTTP/1.1 200 ")
        assert not transport.disconnecting
    desk.clock.advance(74)
    assert not transport.disconnected
    desk.clock.advance(2)
    assert transport.disconnected


def test_a_slow_head_is_cut_off_however_steadily_it_comes(desk):
    channel, transport = desk.link()
    for octet in b"GET /hel":
        channel.dataReceived(bytes([octet]))
        desk.clock.advance(1)
    desk.clock.advance(3)
    assert transport.value().startswith(b"HTTP/1.1 408 ")
    desk.clock.advance(3)
    assert transport.disconnected


def test_a_slow_body_is_cut_off(desk):
    channel, transport = desk.link()
    channel.dataReceived(b"POST /language HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Length: 40\r\n\r\n")
    for _ in range(31):
        channel.dataReceived(b"x")
        desk.clock.advance(1)
    assert transport.value().startswith(b"HTTP/1.1 408 ")


def test_an_idle_connection_is_closed_when_the_gateway_stops(desk):
    _, transport = desk.link()
    desk.site.close_idle()
    assert transport.disconnecting


def test_a_head_alone_may_be_asked_for(desk):
    told = desk.send(b"HEAD /help HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n")
    assert (told.code, told.body) == (200, b"")
    assert int(told.header("content-length")) > 1000


def test_a_body_in_chunks_is_refused(desk):
    head = b"POST /language HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert desk.send(head).code == 413


def test_connections_of_one_address_are_counted(desk):
    links = [desk.link() for _ in range(LINKS_OF_ONE_MAX)]
    assert desk.site.buildProtocol(links[0][1].getPeer()) is None
    links[0][0].connectionLost()
    assert desk.site.buildProtocol(links[0][1].getPeer()) is not None


def test_a_route_that_takes_uploads_takes_a_longer_body(engine):
    async def page(asked):
        return Octets(asked.form.uploads["file"].body[:3] + asked.field("name").encode(), "text/plain")

    taken = Route("POST", "/in", SIGNED_IN, page, takes_upload=True)
    desk = Desk(office(engine), [taken], ())
    seal = form_seal(people()["chief"], "/in")
    parts = {
        "seal": seal.encode(),
        "name": "名".encode(),
        'file"; filename="a.csv': b"\x00\xff\r\n" + b"x" * 100_000,
    }
    body = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (n.encode(), v)
        for n, v in parts.items()
    )
    told = desk.send(
        b"POST /in HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nCookie: __Host-powertill=chief\r\n"
        b"Origin: http://127.0.0.1:8080\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        b"Content-Length: %d\r\n\r\n" % (len(body) + 7) + body + b"--b--\r\n"
    )
    assert told.body == b"\x00\xff\r" + "名".encode()


def test_a_browser_that_goes_away_does_not_call_an_order_off(engine):
    waiting: Deferred[None] = Deferred()
    done = []

    async def page(_asked):
        await waiting
        done.append("booked")
        return Redirect("/")

    desk = Desk(office(engine), [Route("GET", "/", SIGNED_IN, page)], ())
    channel, transport = desk.link()
    channel.dataReceived(b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nCookie: __Host-powertill=chief\r\n\r\n")
    channel.connectionLost(Failure(ConnectionLost()))
    waiting.callback(None)
    assert done == ["booked"]
    assert transport.value() == b""


def test_vendored_files_have_their_licences_beside_them():
    licences = {file.name for file in (ROOT / "admin_web/static/vendor").glob("*.LICENSE")}
    assert licences == {"htmx.LICENSE", "pico.LICENSE", "uplot.LICENSE"}


def test_vendored_files_are_those_of_the_page_of_dependencies():
    page = (ROOT / "docs/dependencies.md").read_text()
    listed = dict(re.findall(r"^\| `([^`]*)` \|.*\| `([0-9a-f]{64})` \|$", page, re.MULTILINE))
    kept = [*(ROOT / "admin_web/static/vendor").glob("*.*s"), *(ROOT / "tests/web/vendor").glob("*.js")]
    assert {str(file.relative_to(ROOT)): sha256(file.read_bytes()).hexdigest() for file in kept} == listed
