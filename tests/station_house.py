"""The card stations' door, real: TLS on a socket, kept books, keys of cards, and stations that call it.

A test runs on a thread of its own (``served``), as a station is a program of its own.
"""

from __future__ import annotations

import functools
import http.client
import json
import socket
import ssl
from datetime import UTC, datetime, timedelta

import pytest
import pytest_twisted
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from sqlalchemy import update
from twisted.internet import reactor
from twisted.internet.endpoints import serverFromString
from twisted.internet.threads import blockingCallFromThread, deferToThread

import schemas
from adapters.db import tables as t
from adapters.db.poster import QueuedPoster, run_here
from adapters.db.session_rows import SessionRows
from adapters.db.views import ViewReader, Views
from adapters.keys.card_keys import KeptCardKeys
from adapters.keys.keepers import PlainKeys
from adapters.keys.station_authority import StationAuthority, new_authority
from adapters.keys.station_tls import StationTls
from adapters.people.authenticators import Authenticators
from adapters.people.passwords import Passwords
from gateway.assembly.station_desk import Behind, StationDesk
from gateway.assembly.station_tls import StationWire
from gateway.codecs.card.dialogue import read_card, write_card
from gateway.codecs.card.loading import numbers_on
from gateway.codecs.card.profile import Told, profile_named
from gateway.codecs.card.steps import AboutToWrite, Ask, Granted, Lost, Noted, Read, Shown, Transmit
from gateway.core.card import CardState, CardSystem
from gateway.core.card_order import card_order_read
from gateway.core.card_stock import StockCard
from gateway.core.hidden import Hidden
from gateway.core.key_ring import KeyKeeper
from gateway.core.session import EnrolPolicy
from gateway.core.station_certificate import code_digest, drawn_code
from gateway.core.timeline import microseconds
from gateway.endpoints.station_heard import StationsHeard
from gateway.endpoints.station_needs import StationDoor, StationLimits
from gateway.endpoints.station_site import StationSite
from gateway.office.keep_certificates import MakeStationCode, RevokeCertificate
from gateway.office.keep_shift import OpenShift
from gateway.office.manage_roles import KeepStation
from gateway.office.manage_staff import SetAuthenticator
from gateway.prepayment.card_fit import loading_of
from gateway.simulators.card.desk import transmitted
from gateway.tally import NoTally
from schemas.shape import check_shape
from tests import builders, card_masters, cards
from tests.card_counter import ACCOUNT_NO, METER_SERIAL, CardsTaken, card_town
from tests.counter import RULES
from tests.office_people import People

SHAPES = schemas.load("station/station.json")
PASSWORD = "four words are better"
TOTP = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
PAN = builders.identity(METER_SERIAL).pan
SEALING = b"a secret of the office, 32 bytes"


class CountingTally(NoTally):
    """Knows what was counted."""

    def __init__(self):
        self.counted = {}

    def count(self, name, amount=1, **labels):
        super().count(name, amount, **labels)
        place = (name, *sorted(labels.items()))
        self.counted[place] = self.counted.get(place, 0) + amount


class StationHouse:
    """Books with branches ``north`` (station n1, cashier ann) and ``south`` (s1, bob), and the door."""

    def __init__(self, folder, limits=StationLimits(), policy=EnrolPolicy.NOBODY):  # noqa: B008 - frozen
        # TLS goes by the machine's own clock, so the house begins there.
        self.folder, self.host, self.time = folder, "127.0.0.1", datetime.now(UTC).replace(microsecond=0)
        self.port = 0
        self.profile = profile_named("powertill-cpu")
        self.engine = card_town(folder / "till.db")
        self.batch = builders.posting_batch(self.engine, now=self.now)
        self.people = People(self.batch)
        self._furnish()
        self.views = ViewReader(self.engine)
        made = new_authority("Riverside Power", self.now())
        self.authority = StationAuthority(made.certificate, made.key, 30)
        self.tally, self.heard = CountingTally(), StationsHeard()
        self.door = self._door(limits, policy)
        self.site = StationSite(self.door)
        pair = self.authority.server(["127.0.0.1", "localhost"], self.now())
        self.wire = StationWire(StationTls(pair, self.authority.pem), self.site)
        self.stations = {}

    def now(self):
        return self.time

    def later(self, **by):
        self.time += timedelta(**by)

    def _furnish(self):
        people = self.people
        for branch, station in (("north", "n1"), ("south", "s1")):
            people.branch(branch)
            people.give(
                KeepStation("local:root", people.nonce(), station, station, branch, is_open=True, is_new=True)
            )
        with self.engine.begin() as connection:
            connection.execute(update(t.customer).values(branch="north", name="Zhang Wei"))
        for login, branch, station in (("ann", "north", "n1"), ("bob", "south", "s1")):
            people.enter(login, PASSWORD, branch=branch)
            people.of_herself(OpenShift(login, people.nonce(), station))
        people.enter("cho", PASSWORD, branch="north")
        sealed = Authenticators(SEALING, "Riverside Power").sealed("cho", Hidden(TOTP))
        people.of_herself(SetAuthenticator("cho", people.nonce(), "cho", 3, sealed))
        people.enter("new", PASSWORD, branch="north", must_change=True)
        people.enter("nil", PASSWORD, {}, branch="north")
        taken = (
            StockCard(serial, self.profile.name, CardState.PERSONALISED)
            for serial in (cards.SERIAL, cards.OTHER_SERIAL)
        )
        self.post(CardsTaken(*taken))

    def _door(self, limits, policy):
        views = Views(self.engine, run_here)
        self.poster = QueuedPoster(self.batch, run_here)
        masters = card_masters.masters()
        ring = card_masters.ring(KeyKeeper.FILE)
        behind = Behind(
            views=views,
            poster=self.poster,
            passwords=Passwords(run_here, memory_kib=64),
            codes=Authenticators(SEALING, "Riverside Power"),
            seen=functools.partial(run_here, SessionRows(self.engine).seen),
            issuer=builders.issuer(),
            authority=self.authority,
            policy=policy,
            clock=reactor,
            now=self.now,
        )
        return StationDoor(
            desk=StationDesk(behind),
            views=views,
            poster=self.poster,
            keys=KeptCardKeys(
                lambda: ring, {KeyKeeper.FILE: PlainKeys(masters)}, {}, lambda: card_masters.NOW_US
            ),
            pricing=builders.pricing(),
            issuer=builders.issuer(),
            rules=RULES,
            system=CardSystem(cards.SYSTEM, frozenset({1})),
            heard=self.heard,
            tally=self.tally,
            clock=reactor,
            now=self.now,
            random_nibble=lambda: 5,
            drawn_id=_names("errand"),
            authority_pem=self.authority.pem,
            limits=limits,
        )

    def post(self, command):
        (content,) = self.batch.run([command])
        if isinstance(content, Exception):
            raise content
        return content

    def posted(self, command):
        """Post from the test's thread."""
        return blockingCallFromThread(reactor, self.poster.post, command)

    def code(self, station="n1"):
        """Make a code as a person at the machine does."""
        self._codes = getattr(self, "_codes", 0) + 1
        code = drawn_code(self._codes.to_bytes(128, "big"))
        blockingCallFromThread(reactor, lambda: run_here(self.people.give, self._code_order(station, code)))
        return code

    def _code_order(self, station, code):
        return MakeStationCode("local:root", self.people.nonce(), station, code_digest(code))

    def revoke(self, number):
        order = RevokeCertificate("local:root", self.people.nonce(), number)
        blockingCallFromThread(reactor, lambda: run_here(self.people.give, order))

    def station(self, code="n1"):
        """A station of the house, let in."""
        if code not in self.stations:
            self.stations[code] = CallingStation(self).let_in(self.code(code), f"{code}.pem")
        return self.stations[code]

    def asked(self, question):
        """What the books say."""
        return self.views.rows(question)


class CallingStation:
    """A station's side of the wire: it calls the door by its certificate, and checks each answer's shape."""

    def __init__(self, house):
        self.house, self.certificate = house, None
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.session = None

    def csr(self, key=None, name="somebody else"):
        request = x509.CertificateSigningRequestBuilder().subject_name(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        )
        return request.sign(key or self.key, SHA256()).public_bytes(Encoding.PEM).decode()

    def let_in(self, code, file="station.pem"):
        said = self.ok("enrol", code=code, csr=self.csr())
        return self.holding(said["certificate"], file)

    def holding(self, pem, file):
        """Hold a certificate, for the key of this station."""
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self.certificate = self.house.folder / file
        self.certificate.write_bytes(key + pem.encode())
        return self

    def context(self):
        context = ssl.create_default_context(cadata=self.house.authority.pem)
        if self.certificate is not None:
            context.load_cert_chain(self.certificate)
        return context

    def connected(self):
        plain = socket.create_connection((self.house.host, self.house.port), timeout=30)
        return self.context().wrap_socket(plain, server_hostname="localhost")

    def send(self, op, body, method="POST", **headers):
        """Send bytes; gives the status and what was answered, whose shape is right."""
        link = http.client.HTTPSConnection(
            self.house.host, self.house.port, timeout=30, context=self.context()
        )
        try:
            link.request(method, f"/station/v1/{op}", body, {"Content-Type": "application/json", **headers})
            answer = link.getresponse()
            said = json.loads(answer.read())
            self.headers = answer.headers
        finally:
            link.close()
        assert_shape(answer.status, op, said)
        return answer.status, said

    def ask(self, op, **values):
        return self.send(op, json.dumps(values).encode())

    def here(self, op, **values):
        """Ask as whoever is signed in."""
        return self.ask(op, session=self.session, **values)

    def ok(self, op, **values):
        status, said = self.ask(op, **values)
        assert status == 200, said
        assert "ok" in said, said
        return said["ok"]

    def done(self, op, **values):
        """Ask as whoever is signed in; it must be done."""
        return self.ok(op, session=self.session, **values)

    def refused(self, op, **values):
        """The code of what must be refused."""
        status, said = self.ask(op, **values)
        assert status == 200, said
        assert "refused" in said, said
        return said["refused"]["code"]

    def sign_in(self, login="ann", password=PASSWORD, **more):
        said = self.ok("sign_in", login=login, password=password, **more)
        self.session = said["session"]
        return said

    # ---- a card in the reader

    def answering(self, errand):
        def answered(step):
            said = self.ok("answer", errand=errand, ask=ask_said(step))
            if "granted" in said:
                return Granted(bytes.fromhex(said["granted"]))
            return Lost(Told(said["lost"]["told"]), said["lost"]["detail"])

        return answered

    def read(self, card, serial=cards.SERIAL):
        """Read a card with a permit to read; gives it as the wire has it."""
        said = {"profile": "powertill-cpu", "serial": serial, "key_version": 1, "system": cards.SYSTEM}
        errand = self.done("errand", **said)["errand"]
        dialogue = read_card(self.house.profile, card.reset())
        outcome = carried(dialogue, card, self.answering(errand))
        assert isinstance(outcome, Read), outcome
        return shown_said(cards.as_shown(outcome.picture))

    def quote(self, minor=10_000):
        return self.done("quote", pan=PAN, amount_minor=minor)

    def sell(self, card, nonce="nonce-0123456789", minor=10_000):
        """Read, quote, sell; gives the order."""
        shown, quoted = self.read(card), self.quote(minor)
        sold = self.done("sell", nonce=nonce, pan=PAN, tender_minor=minor, price=quoted["price"], card=shown)
        return sold["order"]

    def of(self, order):
        return {"order": order["id"], "payment": order["payment"], "by": order["by"]}

    def begin(self, order, shown):
        return self.ok("begin", **self.of(order), card=shown)["order"]

    def write(self, order, card, errand=None):
        """Write an order on its card, as a station does; gives the outcome and what was read back."""
        seen = []

        def told(step):
            if isinstance(step, Shown):
                seen.append(shown_said(cards.as_shown(step.picture)))
            if isinstance(step, AboutToWrite):
                state = self.begin(order, seen[-1])["state"]
                return Noted() if state in {"writing", "reissued"} else Lost(Told.STOPPED)
            return Noted()

        dialogue = write_card(self.house.profile, card.reset(), loading_of(order_of(order)))
        outcome = carried(dialogue, card, self.answering(errand or f"order/{order['id']}"), told)
        picture = getattr(outcome, "picture", None)
        return outcome, None if picture is None else shown_said(cards.as_shown(picture))


def carried(dialogue, card, answer, told=lambda _step: Noted()):
    """Bring a dialogue to its end: the card is here, the keys are at the centre."""
    while dialogue.step is not None:
        step = dialogue.step
        if isinstance(step, Ask):
            dialogue.answer(answer(step))
        elif isinstance(step, Transmit):
            dialogue.answer(transmitted(step, card))
        else:
            dialogue.answer(told(step))
    return dialogue.outcome


def ask_said(ask):
    return {
        "purpose": ask.purpose.value, "profile": ask.profile, "serial": ask.serial,
        "key_version": ask.key_version, "key": ask.key, "size": ask.size,
        "challenge": ask.over.challenge.hex(), "header": ask.over.header.hex(), "body": ask.over.body.hex(),
        "system": ask.system,
    }  # fmt: skip


def shown_said(shown):
    said = {name: getattr(shown, name) for name in (
        "serial", "profile", "key_version", "system", "meter_no", "customer_no", "amount", "count", "garbled",
    )}  # fmt: skip
    back = shown.returned
    if back is not None:
        said["returned"] = {
            name: getattr(back, name) for name in ("meter_no", "customer_no", "remaining", "count")
        }
    return said


def order_of(said):
    names = (
        "id", "payment", "pan", "account_no", "serial", "profile", "kind", "number", "amount", "state",
        "station", "by", "at_us", "told", "version",
    )  # fmt: skip
    return card_order_read([said[name] for name in names])


def assert_shape(status, op, said):
    """Each answer is as ``schemas/station`` says."""
    ((kind, value), *more) = said.items()
    if status == 200 and kind == "ok":
        check_shape(value, SHAPES["answers"][op], SHAPES, op)
        assert not more
    elif status == 200:
        assert kind == "refused"
        check_shape(value, SHAPES["refused"], SHAPES, "refused")
    elif status in {401, 403}:
        check_shape(said, SHAPES["denied"], SHAPES, "denied")
    elif status == 503:
        assert set(said) == {"busy"}
    else:
        assert kind == "fault", said
        check_shape(value, SHAPES["fault"], SHAPES, "fault")


def card_meter():
    """The virtual meter of the card customer."""
    numbers = numbers_on("powertill-cpu", PAN, ACCOUNT_NO)
    assert numbers is not None
    return cards.meter("powertill-cpu", numbers[0])


def served(test=None, **settings):
    """Run a test on a thread of its own while the door of a new house is open."""
    if test is None:
        return functools.partial(served, **settings)

    # Twisted hands pyOpenSSL its own certificate class, which pyOpenSSL would rather not see.
    @pytest.mark.filterwarnings("ignore::DeprecationWarning:OpenSSL", "ignore::DeprecationWarning:twisted")
    @pytest_twisted.ensureDeferred
    async def run(tmp_path):
        house = StationHouse(tmp_path, **settings)
        port = await serverFromString(reactor, "tcp:0:interface=127.0.0.1").listen(house.wire)
        house.port = port.getHost().port
        try:
            await deferToThread(test, house)
        finally:
            await port.stopListening()
            await house.site.drain()
            house.engine.dispose()

    run.__name__ = test.__name__
    run.__doc__ = test.__doc__
    return run


def _names(word):
    count = 0

    def name():
        nonlocal count
        count += 1
        return f"{word}-{count}"

    return name


def now_us(house):
    return microseconds(house.now())
