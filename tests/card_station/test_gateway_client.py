"""The line to the centre: who each is is proved, and what comes of a question is told apart."""

import pytest
import pytest_twisted
from twisted.internet import reactor

from card_station.centre import Ok, Refused, SignedOut, Unknown, answer_of, asked, waits
from card_station.centre_line import ANSWER_BYTES_MAX
from card_station.gateway_client import GatewayClient, Papers
from card_station.identity import Folder, IdentityFault, request_of
from tests.card_counter import CardCounter
from tests.station_centre import CentreOfBooks
from tests.station_https import CODE, Authority, HttpsCentre

# Twisted hands pyOpenSSL its own certificate class, which pyOpenSSL would rather not see; both still work.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:OpenSSL", "ignore::DeprecationWarning:twisted"),
    pytest.mark.filterwarnings("ignore:.*:DeprecationWarning"),
]
HELLO = {"version": "1", "readers": [], "unfinished": 0, "clock_us": 1}


@pytest.fixture
def centre():
    made = HttpsCentre(CentreOfBooks(CardCounter()))
    yield made
    pytest_twisted.blockon(made.stop())


@pytest.fixture
def folder(tmp_path, centre):
    (tmp_path / "authority.pem").write_text(centre.authority.pem)
    return Folder(tmp_path / "station", tmp_path / "authority.pem")


async def enrolled(centre, folder):
    request = {"code": CODE, "csr": request_of(folder.key())}
    answer = await GatewayClient(centre.url, Papers(folder.authority_pem()), reactor).ask("enrol", request)
    folder.keep(answer.content["certificate"])
    return folder.papers()


@pytest_twisted.ensureDeferred
async def test_a_station_is_let_in_with_a_code_and_then_known_by_its_certificate(centre, folder):
    with pytest.raises(IdentityFault, match="cure: powertill station enrol"):
        folder.papers()
    papers = await enrolled(centre, folder)
    answer = await GatewayClient(centre.url, papers, reactor).ask("hello", HELLO)
    assert isinstance(answer, Ok), answer
    assert (answer.content["station"], centre.door.shown) == ("n1", ["n1"])
    assert "PRIVATE" not in repr(papers)
    assert (folder.path / "key.pem").stat().st_mode & 0o077 == 0


@pytest_twisted.ensureDeferred
async def test_a_wrong_code_is_a_refusal_and_without_a_certificate_nothing_is_heard(centre, folder):
    client = GatewayClient(centre.url, Papers(folder.authority_pem()), reactor)
    request = {"code": "WRONGCODE", "csr": request_of(folder.key())}
    assert await client.ask("enrol", request) == Refused("wrong_code", "no such code")
    assert await client.ask("hello", HELLO) == Unknown("no certificate")


@pytest.mark.parametrize("what", ["another authority", "another name"])
@pytest_twisted.ensureDeferred
async def test_a_centre_that_is_not_ours_hears_nothing(folder, what, tmp_path):
    ours, books = Authority(), CentreOfBooks(CardCounter())
    (tmp_path / "authority.pem").write_text(ours.pem)
    false = (
        HttpsCentre(books, authority=ours, server=Authority())
        if what == "another authority"
        else HttpsCentre(books, authority=ours, host="evil.example")
    )
    asked_before = list(books.asked)
    answer = await GatewayClient(false.url, Papers(ours.pem), reactor).ask("hello", HELLO)
    assert isinstance(answer, Unknown)
    assert answer.why.startswith("the centre cannot be reached")
    assert books.asked == asked_before
    await false.stop()


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (503, {"busy": "full"}), (500, {}), (200, {"ok": {"station": 7}}), (200, {}),
        (429, {"fault": {"where": "pace", "what": "too fast"}}),
        (400, {"fault": {"where": "hello", "what": "is missing"}}),
        (403, {"denied": "closed", "sentence": "shut"}), (404, {"refused": {"code": "x", "sentence": "y"}}),
        (200, {"ok": "x" * (ANSWER_BYTES_MAX + 1)}),
    ],
)  # fmt: skip
@pytest_twisted.ensureDeferred
async def test_whatever_is_no_answer_of_the_centre_is_unknown(centre, folder, status, said):
    papers = await enrolled(centre, folder)
    centre.door.answer_as = (status, said)
    answer = await GatewayClient(centre.url, papers, reactor).ask("hello", HELLO)
    assert isinstance(answer, Unknown), answer
    assert answer.why


@pytest_twisted.ensureDeferred
async def test_a_centre_that_is_silent_or_not_there_is_unknown_in_time(centre, folder):
    papers = await enrolled(centre, folder)
    client = GatewayClient(centre.url, papers, reactor, answer_s_max=0.3)
    centre.door.centre.ask = never
    assert await client.ask("hello", HELLO) == Unknown("the centre has not answered in time")
    await centre.stop()
    answer = await client.ask("hello", HELLO)
    assert answer.why.startswith("the centre cannot be reached")


async def never(*_):
    from twisted.internet.defer import Deferred  # noqa: PLC0415 - of this alone

    await Deferred()


@pytest_twisted.ensureDeferred
async def test_what_is_not_of_the_schema_is_not_sent(centre, folder):
    papers = await enrolled(centre, folder)
    answer = await GatewayClient(centre.url, papers, reactor).ask("hello", {"version": 7})
    assert answer.code == "not_sent"
    assert centre.door.shown == []


def test_only_an_answer_of_the_centre_is_a_refusal():
    refused = {"refused": {"code": "no_shift", "sentence": "no shift"}}
    assert answer_of("begin", 200, refused) == Refused("no_shift", "no shift")
    for status in (400, 401, 403, 404, 413, 429, 500, 502, 503):
        assert isinstance(answer_of("begin", status, refused), Unknown)
    assert answer_of("look", 401, {"denied": "session", "sentence": "sign in"}) == SignedOut()
    others: list[object] = [
        None,
        [],
        "x",
        7,
        {},
        {"ok": {}},
        {"refused": {}},
        {"denied": "x", "sentence": ""},
    ]
    for said in others:
        assert isinstance(answer_of("begin", 200, said), Unknown), said


def test_the_waits_grow_to_a_minute():
    made = waits()
    assert [next(made) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_session_that_ends_between_two_tries_says_nothing_of_the_first():
    answers = [Unknown("lost"), SignedOut()]

    class Line:
        async def ask(self, *_):
            return answers.pop(0)

    async def at_once(_):
        pass

    coroutine = asked(Line(), "sell", {}, pause=at_once)
    with pytest.raises(StopIteration) as ended:
        coroutine.send(None)
    assert isinstance(ended.value.value, Unknown)
