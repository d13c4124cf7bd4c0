"""The webhook against a real HTTP server: what it sends, and what it makes of every kind of answer."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import socket
import tracemalloc
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_twisted
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet import reactor
from twisted.internet.task import deferLater

import schemas
from adapters.messages.measured_agent import HEARD_BYTES_MAX
from adapters.messages.webhook import ANSWER_BYTES_MAX, Webhook, body_of, fate_of
from gateway.core.delivery import Attempt, Fate, LeasedNotice
from tests.receiver import Receiver

SECRET = b"a secret of both sides"
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
NOTICE = LeasedNotice(
    id=7,
    kind="token_issued",
    subject=1_846_000_000_000_000_001,
    text="",
    at_us=1_764_000_000_123_456,
    attempts=1,
    receipt_no=12,
    meter_end="4321",
)


@pytest_twisted.async_yield_fixture
async def receiver():
    made = Receiver()
    await made.listen(reactor)
    yield made
    await made.close()


@pytest_twisted.async_yield_fixture
async def webhook(receiver):
    made = Webhook(receiver.url, SECRET, 5, reactor, lambda: NOW)
    yield made
    await made.close()
    await connections_gone()


def self_signed(folder):
    """The files of a key and of a certificate for localhost that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    key_file, certificate_file = folder / "key.pem", folder / "certificate.pem"
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key_file.write_bytes(key.private_bytes(pem, pkcs8, serialization.NoEncryption()))
    certificate_file.write_bytes(certificate.public_bytes(pem))
    return key_file, certificate_file


async def connections_gone():
    """Let the reactor see that its sockets were closed."""
    await deferLater(reactor, 0.01)


async def once(url, timeout_s=5):
    """One attempt with a webhook of its own."""
    webhook = Webhook(url, SECRET, timeout_s, reactor, lambda: NOW)
    attempt = await webhook.deliver(NOTICE)
    await webhook.close()
    await connections_gone()
    return attempt


# -- what is sent ----------------------------------------------------------------------------------------


@pytest_twisted.ensureDeferred
async def test_a_notice_is_posted_as_json_under_its_key(receiver, webhook):
    assert await webhook.deliver(NOTICE) == Attempt(Fate.DONE, "answered 200")
    (heard,) = receiver.heard
    assert (heard.method, heard.path) == ("POST", "/hook")
    assert heard.headers["content-type"] == "application/json"
    assert heard.key == NOTICE.key == json.loads(heard.body)["id"]
    assert json.loads(heard.body) == {
        "id": "1764000000123456-7",
        "kind": "token_issued",
        "sale": "1846000000000000001",
        "receipt": 12,
        "meter_end": "4321",
        "at": "2025-11-24T16:00:00.123456Z",
        "text": "",
    }


@pytest_twisted.ensureDeferred
async def test_the_signature_is_over_the_moment_and_the_body(receiver, webhook):
    await webhook.deliver(NOTICE)
    (heard,) = receiver.heard
    at, _, signed = heard.headers["powertill-signature"].partition(",v1=")
    assert at == f"t={int(NOW.timestamp())}"
    wanted = hmac.new(SECRET, at.removeprefix("t=").encode() + b"." + heard.body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(signed, wanted)


@pytest_twisted.ensureDeferred
async def test_each_attempt_sends_the_same_body_under_the_same_key(receiver, webhook):
    await webhook.deliver(NOTICE)
    await webhook.deliver(replace(NOTICE, attempts=2))
    first, second = receiver.heard
    assert (first.body, first.key) == (second.body, second.key)


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**53), st.text(max_size=300), st.integers(1, 2**63 - 1))
def test_every_body_is_of_its_schema(subject, at_us, text, receipt_no):
    notice = replace(NOTICE, subject=subject, at_us=at_us, text=text, receipt_no=receipt_no)
    for one in (notice, replace(notice, receipt_no=None, meter_end="")):
        body = json.loads(body_of(one))
        schema = schemas.load("notify/notice.json")
        assert sorted(body) == sorted(schema["required"]) == sorted(schema["properties"])
        for name, rule in schema["properties"].items():
            assert re.search(rule["pattern"], body[name]) if "pattern" in rule else True, name
        assert len(body["text"]) <= schema["properties"]["text"]["maxLength"]
        assert isinstance(body["receipt"], int | None)


@pytest.mark.parametrize(
    "number",
    ["12345678901234567890", "1234 5678 9012 3456 7890", "1234-5678-9012-3456-7890", "6212345678901"],
)
def test_no_token_and_no_card_number_is_told(number):
    told = json.loads(body_of(replace(NOTICE, text=f"before {number} behind")))["text"]
    assert told == "before … behind"


# -- what an answer means --------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [200, 201, 202, 204, 299])
def test_a_2xx_is_done(code):
    assert fate_of(code) is Fate.DONE


@pytest.mark.parametrize("code", [400, 401, 403, 404, 409, 410, 422, 451, 499])
def test_a_4xx_is_a_refusal_for_good(code):
    assert fate_of(code) is Fate.NEVER


@pytest.mark.parametrize("code", [408, 425, 429, 500, 502, 503, 504, 599, 301, 302, 307, 308, 304, 600, 999])
def test_everything_else_may_succeed_later(code):
    assert fate_of(code) is Fate.LATER


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest_twisted.ensureDeferred
async def test_a_redirect_is_not_followed(receiver, webhook, code):
    def elsewhere(request):
        request.setHeader("Location", "/elsewhere")
        return code

    receiver.answer = elsewhere
    assert await webhook.deliver(NOTICE) == Attempt(Fate.LATER, f"answered {code}")
    assert [heard.path for heard in receiver.heard] == ["/hook"]


@pytest_twisted.ensureDeferred
async def test_a_receiver_that_hangs_is_given_up_at_the_deadline(receiver):
    receiver.answer = lambda _request: None
    assert await once(receiver.url, 0.2) == Attempt(Fate.LATER, "no answer in time")


@pytest_twisted.ensureDeferred
async def test_a_receiver_that_answers_and_never_ends_its_answer_has_answered(receiver):
    receiver.answer = lambda request: request.write(b"and then")
    assert await once(receiver.url, 0.2) == Attempt(Fate.DONE, "answered 200")


@pytest_twisted.ensureDeferred
async def test_an_endless_answer_is_cut_and_counts(receiver):
    sent = 0

    def pour(request):
        nonlocal sent
        if request.channel is not None:  # None once its connection is gone
            sent += 8_192
            request.write(b"x" * 8_192)
            reactor.callLater(0, pour, request)

    receiver.answer = pour
    assert await once(receiver.url) == Attempt(Fate.DONE, "answered 200")
    assert ANSWER_BYTES_MAX < sent < 100 * ANSWER_BYTES_MAX


@pytest_twisted.ensureDeferred
async def test_an_answer_that_is_packed_small_is_not_unpacked(receiver):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = b"".join(packer.compress(b"\0" * 1_000_000) for _ in range(32)) + packer.flush()

    def bomb(request):
        request.setHeader("Content-Encoding", "gzip")
        request.write(packed)
        request.finish()

    receiver.answer = bomb
    tracemalloc.start()
    try:
        assert await once(receiver.url) == Attempt(Fate.DONE, "answered 200")
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()
    assert "accept-encoding" not in receiver.heard[0].headers


@pytest_twisted.ensureDeferred
async def test_a_head_without_an_end_is_cut_long_before_the_deadline(receiver):
    sent = 0

    def pour(request):
        nonlocal sent
        if request.channel is not None:  # None once its connection is gone
            if not sent:
                request.transport.write(b"HTTP/1.1 200 OK\r\n")
            sent += 10_000
            request.transport.write(b"X: more and more\r\n" * 550)
            reactor.callLater(0, pour, request)

    receiver.answer = pour
    attempt = await once(receiver.url)
    assert attempt == Attempt(Fate.LATER, "no answer: twisted.internet.error.ConnectionAborted")
    assert HEARD_BYTES_MAX < sent < 100 * HEARD_BYTES_MAX


@pytest_twisted.ensureDeferred
async def test_each_answer_on_a_kept_connection_may_be_as_long_as_the_first(receiver, webhook):
    receiver.answer = lambda request: request.setHeader("X-Long", "x" * 15_000) or 200
    for _ in range(4):
        assert await webhook.deliver(NOTICE) == Attempt(Fate.DONE, "answered 200")


@pytest_twisted.ensureDeferred
async def test_a_cookie_of_the_receiver_is_not_kept(receiver, webhook):
    def with_cookie(request):
        request.addCookie("whose", "mine")
        return 200

    receiver.answer = with_cookie
    await webhook.deliver(NOTICE)
    await webhook.deliver(NOTICE)
    assert ["cookie" in heard.headers for heard in receiver.heard] == [False, False]


@pytest_twisted.ensureDeferred
async def test_a_receiver_that_is_not_there_may_be_later():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    attempt = await once(f"http://127.0.0.1:{port}/hook/with-a-secret")
    assert attempt == Attempt(Fate.LATER, "no answer: twisted.internet.error.ConnectionRefusedError")


@pytest_twisted.ensureDeferred
async def test_a_receiver_that_hangs_up_may_be_later(receiver):
    receiver.answer = lambda request: request.transport.abortConnection()
    attempt = await once(receiver.url)
    assert attempt.fate is Fate.LATER
    assert attempt.why.startswith("no answer: ")


# Twisted hands pyOpenSSL its own certificate class, which pyOpenSSL would rather not see; both still work.
@pytest.mark.filterwarnings("ignore::DeprecationWarning:OpenSSL", "ignore::DeprecationWarning:twisted")
@pytest_twisted.ensureDeferred
async def test_a_receiver_whose_certificate_nobody_vouches_for_is_told_nothing(tmp_path):
    key_file, certificate_file = self_signed(tmp_path)
    receiver = Receiver()
    described = f"ssl:0:privateKey={key_file}:certKey={certificate_file}:interface=127.0.0.1"
    url = (await receiver.listen(reactor, described)).replace("http://127.0.0.1", "https://localhost")
    attempt = await once(url)
    await receiver.close()
    assert attempt == Attempt(Fate.LATER, "no answer: OpenSSL.SSL.Error")
    assert receiver.heard == []


@pytest_twisted.ensureDeferred
async def test_a_peer_that_speaks_no_http_may_be_later(receiver):
    receiver.answer = lambda request: request.transport.write(b"220 mail.example ESMTP\r\n\r\n")
    attempt = await once(receiver.url, 1)
    assert attempt.fate is Fate.LATER
