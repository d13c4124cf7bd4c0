"""Keys in a real PKCS#11 module, SoftHSM2, behind the worker process."""

import json
import logging
import os
import random
import resource
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.task import deferLater

from adapters.keys import pkcs11, pkcs11_worker, questions
from adapters.keys.issuer import KeyedIssuer
from adapters.keys.keepers import Keepers
from adapters.keys.pkcs11 import Pkcs11Keys
from adapters.keys.questions import Pkcs11Refusal
from adapters.keys.token_maker import check_value, decoder_key
from adapters.keys.worker_link import Pkcs11Place, WorkerLink
from adapters.keys.worker_words import Trouble
from gateway.core.key_ring import KeyKeeper, KeyRevision, KeyRing
from gateway.core.token import IssuerRefusal, IssuerRefusalWhy, StsIdentity, tid_at
from gateway.core.token_order import TokenOrder
from tests.softhsm import MODULE, PIN, SoftHsm, is_installed

pytestmark = pytest.mark.skipif(not is_installed(), reason="softhsm2 is not installed")

ROOT = Path(__file__).parents[2]
VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "sts.json").read_text())["vectors"]
DERIVED = [entry for entry in VECTORS if entry.get("dkga") == "04" and "decoder_key" in entry]
VENDING_KEY = bytes.fromhex("abababababababab949494949494949401234567")
IDENTITY = StsIdentity("600727000000000009", sgc="201457", krn=1, ti="01", ea="11", kt=2, base_date=2014)
REVISION = KeyRevision("201457", 1, keeper=KeyKeeper.PKCS11, label="vk-201457-1")
DECODER_KEY = "929bd3a415c9420a05ec5ee9f3ce91c3"


@pytest.fixture
def token(tmp_path):
    """A token with the published vending key."""
    made = SoftHsm(tmp_path)
    made.add_key(REVISION.label, VENDING_KEY)
    return made


@pytest_twisted.async_yield_fixture
async def keys(token):
    """That token behind a worker, open."""
    served = Pkcs11Keys(token.place(), PIN.encode, reactor)
    await served.start()
    yield served
    await served.stop()


def started(place, pin=PIN, **more):
    served = Pkcs11Keys(place, pin.encode, reactor, **more)
    return served, served.start()


def pause(seconds=0.01):
    return deferLater(reactor, seconds, lambda: None)


def asked(served, identity=IDENTITY, revision=REVISION):
    return Deferred.fromCoroutine(served.decoder_key(identity, revision))


async def trouble_of(waiting):
    with pytest.raises(Pkcs11Refusal) as caught:
        await waiting
    assert caught.value.__context__ is None
    return caught.value.trouble


def meters(count):
    """Different meters, so that no two answers are alike and a mixed-up one shows."""
    return [
        StsIdentity(IDENTITY.pan, "201457", krn, f"{ti:02}", ea, kt, base_date)
        for ti in range(100)
        for krn in range(1, 10)
        for ea in ("07", "11")
        for kt in range(4)
        for base_date in (1993, 2014)
    ][:count]


def identity_of(entry):
    fields = ("pan", "sgc", "krn", "ti", "ea", "kt", "base_date")
    return StsIdentity(**{field: entry[field] for field in fields})


@pytest_twisted.ensureDeferred
async def test_the_module_makes_the_published_keys(tmp_path):
    made = SoftHsm(tmp_path)
    for vending_key in {entry["vk"] for entry in DERIVED}:
        made.add_key(vending_key, bytes.fromhex(vending_key))
    served, opened = started(made.place())
    await opened
    for entry in DERIVED:
        revision = KeyRevision(entry["sgc"], entry["krn"], keeper=KeyKeeper.PKCS11, label=entry["vk"])
        assert (await asked(served, identity_of(entry), revision)).hex() == entry["decoder_key"], entry["id"]
    await served.stop()
    assert len(DERIVED) > 100


@pytest_twisted.ensureDeferred
async def test_zeros_behind_the_key_do_not_change_its_check_value(keys):
    assert await keys.check_value(REVISION) == check_value(VENDING_KEY)


@pytest_twisted.ensureDeferred
async def test_a_published_token_is_made_of_a_key_that_never_left(keys):
    entry = next(entry for entry in VECTORS if entry.get("token") == "58625789986991357486")
    tid = tid_at(entry["base_date"], datetime.fromisoformat(entry["dt"]))
    order = TokenOrder(identity_of(entry), 0, entry["subclass"], tid, entry["rnd"], entry["value"])
    ring = KeyRing.of([KeyRevision("201457", 1, keeper=KeyKeeper.PKCS11, label=REVISION.label, kcv="0F353D")])
    issuer = KeyedIssuer(lambda: ring, Keepers(services={KeyKeeper.PKCS11: keys}))
    await issuer.prepare([order])
    assert [token.reveal() for token in issuer.make(order)] == [entry["token"]]


@pytest_twisted.ensureDeferred
async def test_an_algorithm_that_needs_the_key_itself_is_refused(keys):
    with pytest.raises(IssuerRefusal) as caught:
        await keys.decoder_key(IDENTITY, KeyRevision("201457", 1, dkga="02", label=REVISION.label))
    assert caught.value.why is IssuerRefusalWhy.KIND


@pytest.mark.parametrize("label", ["no such key", "", "x" * 256], ids=len)
@pytest_twisted.ensureDeferred
async def test_a_key_is_found_by_its_label_or_not_at_all(keys, label):
    revision = KeyRevision("201457", 1, label=label)
    assert await trouble_of(asked(keys, revision=revision)) is Trouble.NO_KEY
    assert (await asked(keys)).hex() == DECODER_KEY


@pytest_twisted.ensureDeferred
async def test_of_two_keys_of_one_label_none_is_taken(token):
    token.add_key(REVISION.label, VENDING_KEY[::-1])
    served, opened = started(token.place())
    await opened
    assert await trouble_of(asked(served)) is Trouble.KEYS
    await served.stop()


@pytest.mark.parametrize("pin", [b"9999", b"", b"canary\xff", b"canary" * 100], ids=len)
@pytest_twisted.ensureDeferred
async def test_a_wrong_pin_is_said_and_not_tried_again(token, pin, caplog):
    served = Pkcs11Keys(token.place(), lambda: pin, reactor)
    opened = served.start()
    assert await trouble_of(opened) is Trouble.PIN
    while served.pid is not None:
        await pause()
    assert await trouble_of(asked(served)) is Trouble.PIN
    await pause(0.3)
    assert served.pid is None
    await served.stop()
    assert "canary" not in caplog.text


@pytest.mark.parametrize(
    ("place", "trouble"),
    [
        (lambda token: token.place("another"), Trouble.TOKEN),
        (lambda token: Pkcs11Place("/no/such/module.so", "vending", token.environment), Trouble.MODULE),
        (lambda token: Pkcs11Place("/etc/passwd", "vending", token.environment), Trouble.MODULE),
        (lambda token: Pkcs11Place(str(MODULE), "vending", {"SOFTHSM2_CONF": "/no/conf"}), Trouble.MODULE),
    ],
    ids=["no such token", "no such module", "no module", "no configuration"],
)
@pytest_twisted.ensureDeferred
async def test_what_is_not_there_is_said(token, place, trouble):
    served, opened = started(place(token), deadline_s=0.5)
    assert await trouble_of(opened) is trouble
    # It may come yet: a question waits for that, and its refusal says what is wrong.
    assert await trouble_of(asked(served)) is trouble
    await served.stop()


@pytest_twisted.ensureDeferred
async def test_a_module_that_never_gets_going_is_ended(token, tmp_path, monkeypatch):
    monkeypatch.setattr(pkcs11, "START_S_MAX", 0.4)
    os.mkfifo(tmp_path / "module.so")  # whoever opens it waits for ever
    served, opened = started(Pkcs11Place(str(tmp_path / "module.so"), "vending"))
    assert await trouble_of(opened) is Trouble.SILENT
    await served.stop()


@pytest_twisted.ensureDeferred
async def test_of_two_tokens_of_one_label_none_is_taken(token):
    token.add_token("vending")
    served, opened = started(token.place())
    assert await trouble_of(opened) is Trouble.TOKENS
    await served.stop()


@pytest_twisted.ensureDeferred
async def test_a_token_that_comes_later_is_found(token):
    served, opened = started(token.place("later"))
    assert await trouble_of(opened) is Trouble.TOKEN
    token.add_token("later")
    assert await trouble_of(asked(served)) is Trouble.NO_KEY
    assert served.trouble is None
    await served.stop()


@pytest_twisted.ensureDeferred
async def test_a_token_that_is_pulled_out_is_said(token):
    served, opened = started(token.place(), deadline_s=1)
    await opened
    await asked(served)
    token.take_away()
    assert await trouble_of(asked(served)) in {Trouble.MODULE, Trouble.LOST, Trouble.TOKEN}
    await served.stop()


@pytest_twisted.ensureDeferred
async def test_nothing_waits_once_it_is_stopped(token):
    served, opened = started(token.place())
    waiting = asked(served)
    gone = served.stop()
    assert await trouble_of(opened) is Trouble.STOPPED
    assert await trouble_of(waiting) is Trouble.STOPPED
    await gone
    assert served.pid is None
    assert await trouble_of(asked(served)) is Trouble.STOPPED


@pytest_twisted.ensureDeferred
async def test_one_question_too_many_is_refused_at_once(keys, monkeypatch):
    monkeypatch.setattr(questions, "QUESTIONS_MAX", 2)
    first, second, third = asked(keys), asked(keys), asked(keys)
    assert await trouble_of(third) is Trouble.BUSY
    assert (await first).hex() == (await second).hex() == DECODER_KEY


@pytest_twisted.ensureDeferred
async def test_a_worker_that_hangs_is_ended_and_another_answers(token):
    served, opened = started(token.place(), deadline_s=0.4)
    await opened
    hung = served.pid
    os.kill(hung, signal.SIGSTOP)
    assert await trouble_of(asked(served)) is Trouble.SILENT
    while served.trouble is not None:
        await pause()
    assert served.pid != hung
    assert (await asked(served)).hex() == DECODER_KEY
    await served.stop()


@pytest.mark.faults
@pytest.mark.slow
@pytest_twisted.ensureDeferred
async def test_killed_under_load_the_worker_loses_and_mixes_up_nothing(token):
    dice = random.Random(7)
    served, opened = started(token.place(), deadline_s=60)  # so that none may be refused, however busy we are
    await opened
    rounds = 8
    wanted = meters(500 * rounds)
    killed = set()
    for at in range(0, len(wanted), 500):
        waiting = [asked(served, meter) for meter in wanted[at : at + 500]]
        await pause(dice.random() / 50)
        # The one before may be dying still.
        while served.trouble is not None or served.pid in killed:
            await pause()
        killed.add(served.pid)
        os.kill(served.pid, dice.choice([signal.SIGKILL, signal.SIGSEGV]))
        for meter, (is_there, answer) in zip(wanted[at:], await DeferredList(waiting), strict=False):
            assert is_there
            assert answer == decoder_key(meter, "04", VENDING_KEY)
    assert len(killed) == rounds
    await served.stop()


@pytest_twisted.ensureDeferred
async def test_what_waits_for_a_dead_worker_is_refused_at_its_deadline(token):
    served, opened = started(token.place(), deadline_s=0.5)
    await opened
    token.take_away()
    waiting = [asked(served, meter) for meter in meters(50)]
    ends = await DeferredList(waiting, consumeErrors=True)
    assert {answer.value.why for is_there, answer in ends if not is_there} == {IssuerRefusalWhy.UNREACHABLE}
    assert not any(is_there for is_there, _ in ends)
    await served.stop()


def what_anybody_sees(pid):
    return b"".join((Path(f"/proc/{pid}") / name).read_bytes() for name in ("cmdline", "environ"))


@pytest_twisted.ensureDeferred
async def test_the_secret_is_in_no_place_where_others_look(token, caplog, monkeypatch):
    monkeypatch.setenv("DATABASE_PASSWORD", "canary of the gateway")
    caplog.set_level(logging.DEBUG)
    keys, opened = started(token.place())
    await opened
    assert (await asked(keys)).hex() == DECODER_KEY
    shown = what_anybody_sees(keys.pid)
    assert b"pkcs11_worker" in shown
    assert b"SOFTHSM2_CONF" in shown
    refused = [await trouble_of(asked(keys, revision=KeyRevision("201457", 1, label="none")))]
    os.kill(keys.pid, signal.SIGKILL)
    assert (await asked(keys)).hex() == DECODER_KEY
    told = repr(keys) + repr(vars(keys)) + repr(refused) + caplog.text
    told += "".join(repr(vars(record)) for record in caplog.records)
    assert caplog.records
    for secret in (PIN, VENDING_KEY.hex(), DECODER_KEY, repr(VENDING_KEY)[2:-1]):
        assert secret.encode() not in shown
        assert secret not in told
    assert b"canary" not in shown
    await keys.stop()


class _Ended:
    """How a worker ended, by its raw wait status; frames are answered with the PIN, as the gateway does."""

    def __init__(self, place):
        self.status: Deferred[int] = Deferred()
        self.opened: Deferred[dict] = Deferred()
        self.link = WorkerLink(self._heard, lambda link, status: self.status.callback(status))
        self.link.spawn(reactor, place)

    def _heard(self, link, words):
        if "ready" in words:
            link.send({"pin": PIN.encode().hex()})
        else:
            self.opened.callback(words)


def core_limits(pid):
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
    return next(line.split()[4:6] for line in lines if line.startswith("Max core file size"))


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGQUIT, signal.SIGBUS])
@pytest_twisted.ensureDeferred
async def test_a_worker_that_crashes_leaves_no_core(token, number):
    # Whatever the system allows its processes: the worker is started with as much as may be.
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (most, hard))
    try:
        worker = _Ended(token.place())
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))
    assert await worker.opened == {"open": True}
    assert core_limits(worker.link.pid) == ["0", "0"]
    os.kill(worker.link.pid, number)
    status = await worker.status
    assert os.WTERMSIG(status) == number
    assert not os.WCOREDUMP(status)


def test_nobody_may_look_into_a_hardened_process():
    script = (
        "import ctypes, resource; from adapters.keys.pkcs11_worker import harden; harden();"
        "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), *resource.getrlimit(resource.RLIMIT_CORE))"
    )
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    # PR_GET_DUMPABLE of prctl(2).
    assert ended.stdout.split() == ["0", "0", "0"]


def test_the_worker_hears_nothing_before_it_is_hardened(monkeypatch):
    heard = []
    monkeypatch.setattr(pkcs11_worker, "harden", lambda: heard.append("hardened"))
    monkeypatch.setattr(pkcs11_worker, "serve", lambda *_: heard.append("served"))
    monkeypatch.setattr(os, "dup2", lambda *_: None)
    monkeypatch.setattr(sys, "argv", ["worker", "module", "token"])
    pkcs11_worker.main()
    assert heard == ["hardened", "served"]


@pytest_twisted.ensureDeferred
async def test_the_end_of_the_gateway_is_the_end_of_the_worker(token):
    worker = _Ended(token.place())
    await worker.opened
    worker.link.close()
    assert await worker.status == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest_twisted.ensureDeferred
async def test_a_signal_to_the_whole_group_leaves_the_worker_to_the_gateway(keys, number):
    worker = keys.pid
    os.kill(worker, number)
    assert (await asked(keys)).hex() == DECODER_KEY
    assert keys.pid == worker
