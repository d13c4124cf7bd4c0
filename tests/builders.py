"""Builders: a small till with one bank, a few meters and a price; tests change only what they speak of."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, time
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import event
from twisted.internet.testing import StringTransport

import schemas
from adapters.db.opening import migrate, open_database
from adapters.db.poster import QueuedPoster, run_here
from adapters.db.posting_batch import PostingBatch
from adapters.db.registry import Registry
from adapters.keys.issuer import KeyedIssuer, issuer_of_files
from adapters.keys.token_maker import decoder_key as derived_key
from gateway.bits import luhn_digit
from gateway.codecs.iso8583.framing import FrameReader
from gateway.core.books import Books, Decision
from gateway.core.calendar import Calendar
from gateway.core.customer import Customer, MeterFile
from gateway.core.meter import Carrier, MeterAccount, MeterRef, MeterState
from gateway.core.meter_number import MeterNumber
from gateway.core.money import Money
from gateway.core.payment import PaymentOrder, SaleTerms, payment_key
from gateway.core.tariff import Tariff
from gateway.core.token import StsIdentity
from gateway.endpoints.bank_answer import AnswerWriter
from gateway.endpoints.bank_door import BankDoor, LinkLimits
from gateway.endpoints.bank_iso8583 import BankLinkFactory
from gateway.endpoints.bank_orders import BankOrders
from gateway.endpoints.bank_posting import BankPosting
from gateway.endpoints.bank_profile import BankProfile
from gateway.endpoints.bank_soap import CollectionSite
from gateway.endpoints.iso8583_orders import MessageOrders
from gateway.endpoints.soap_contract import CollectionContract
from gateway.endpoints.soap_conversation import SoapDoor
from gateway.multi_tariff.quote_price import TariffPricing
from gateway.multi_tariff.tariff_in_force import TariffInForce
from gateway.prepayment.ask_result import AskResult
from gateway.prepayment.hand_over import HandOver
from gateway.prepayment.reverse_payment import ReversePayment
from gateway.prepayment.take_payment import TakePayment
from gateway.simulators.bank_messages import BankIdentity, BankMessages
from gateway.simulators.bank_profile import BankProfile as SimulatedProfile
from gateway.tally import NoTally

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # noon in Shanghai
#: The vending key of the public test vectors; it opens no real meter.
VENDING_KEY = bytes.fromhex("abababababababab949494949494949401234567")
#: Any 32 bytes do.
CHAIN_SECRET = bytes(range(32))
SUPPLY_GROUP = "201457"
BANK = "east"
VECTORS = Path(__file__).parent / "vectors"


def drn(serial: int) -> str:
    """A valid 11-digit meter number."""
    payload = f"07{serial:08d}"
    return payload + luhn_digit(payload)


def identity(serial: int = 1, **changes) -> StsIdentity:
    pan = MeterNumber.parse(drn(serial)).pan
    of_meter = StsIdentity(pan=pan, sgc=SUPPLY_GROUP, krn=1, ti="01", ea="11", kt=2, base_date=2014)
    return replace(of_meter, **changes)


def decoder_key(of_meter: StsIdentity) -> bytes:
    return derived_key(of_meter, "04", VENDING_KEY)


def meter(serial: int = 1, **changes) -> MeterAccount:
    of_meter = identity(serial)
    standing = MeterAccount(
        id=serial,
        pan=of_meter.pan,
        identity=of_meter,
        state=MeterState.ACTIVE,
        carrier=Carrier.TOKEN,
        power_type="domestic",
        account_no=f"A{serial}",
        customer="Zhang Wei",
        last_tid=None,
        is_test=True,
    )
    return replace(standing, **changes)


def pricing(name: str = "domestic", power_type: str = "domestic") -> TariffPricing:
    """Price one power type, and "shop" beside it: some meters have a part of each."""
    tariff = Tariff.from_mapping(schemas.load(f"tariff/{name}.json"), f"{name}-1")
    start = datetime(2020, 1, 1, tzinfo=UTC)
    return TariffPricing([TariffInForce(kind, start, tariff) for kind in (power_type, "shop")])


def free_pricing() -> TariffPricing:
    """The published tariff S7, in rand: 60 kWh free with the first purchase of a month, and old debts."""
    cases = json.loads((VECTORS / "tariffs.json").read_text(encoding="utf-8"))["cases"]
    case = next(case for case in cases if case["id"].startswith("S7-"))
    tariff = Tariff.from_mapping(case["tariff"], "lifeline-1")
    return TariffPricing([TariffInForce("domestic", datetime(2020, 1, 1, tzinfo=UTC), tariff)])


def issuer() -> KeyedIssuer:
    return issuer_of_files({(SUPPLY_GROUP, 1): VENDING_KEY})


def terms(**changes) -> SaleTerms:
    usual = SaleTerms(
        bank=BANK,
        currency="CNY",
        least_minor=100,
        most_minor=500_000,
        covered=False,
        token_in_answer=True,
        zone=ZONE,
    )
    return replace(usual, **changes)


def books(*meters: MeterAccount, **more) -> Books:
    standing = meters or (meter(),)
    by_account: dict[str, tuple[str, ...]] = {}
    for one in standing:
        by_account[one.account_no] = (*by_account.get(one.account_no, ()), one.pan)
    return Books(meters={one.pan: one for one in standing}, pans_of=by_account, **more)


class Till:
    """Makes the commands of one bank and posts them on books alone: no database, no reactor."""

    def __init__(self, on: Books | None = None, **changes):
        self.terms = terms(**changes)
        self.books = on if on is not None else books()
        self.pricing, self.issuer = pricing(), issuer()
        self.now = NOON
        self.decisions: list[Decision] = []

    def pay(self, reference="r1", minor=10_000, *, pan=None, account_no=None, currency="CNY", digest=None):
        ref = MeterRef(account_no=account_no) if account_no else MeterRef(pan=pan or meter().pan)
        order = PaymentOrder(ref, Money(minor, currency), "T1", 5)
        key = payment_key(self.terms.bank, reference)
        return TakePayment(key, digest or f"{ref} {minor}", order, self.terms, self.pricing, self.issuer)

    def ask(self, reference="r1", minor=10_000):
        asked = self.pay(reference, minor)
        return AskResult(asked.key, asked.digest, self.hand_over(reference))

    def reverse(self, reference="r1", minor=None, *, is_partial=False):
        amount = None if minor is None else Money(minor, "CNY")
        key = payment_key(self.terms.bank, reference)
        return ReversePayment(key, self.terms.bank, amount, is_partial)

    def hand_over(self, reference="r1"):
        return HandOver(payment_key(self.terms.bank, reference), 7, self.terms, self.issuer)

    def post(self, command):
        decision = command.decide(self.books, self.now)
        if decision.writes:
            self.books.apply(command, decision)
        self.decisions.append(decision)
        return decision.content

    def tokens(self):
        return [token for one in self.decisions for token in one.tokens]

    def entries(self):
        return [entry for one in self.decisions for entry in one.entries]


#: What the builders opened in a test and ``close_all`` gives back at its end.
_opened: list[Any] = []


def close_all() -> None:
    """Give back every connection the builders opened; an engine or a batch used again opens its own anew."""
    while _opened:
        _opened.pop()()


def database(path, count: int = 3, *, meters: list[MeterFile] | None = None):
    """An embedded database with ``count`` active token meters (serials from 1) of as many customers."""
    Path(path).write_bytes(_empty_books())
    return entered(open_database(f"sqlite:///{path}"), count, meters=meters)


@lru_cache(maxsize=1)
def _empty_books() -> bytes:
    """Make the tables once for all tests of a process: what every later database begins with."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        engine = open_database(f"sqlite:///{path}")
        migrate(engine)
        engine.dispose()
        return path.read_bytes()


def entered(engine, count: int = 3, *, meters: list[MeterFile] | None = None):
    """Enter customers and meters into new books, which are closed when the test ends."""
    wires: list[Any] = []
    event.listen(engine, "connect", lambda wire, _: wires.append(wire))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _without_waiting)
    _opened.append(lambda: _give_back(engine, wires))
    files = meters if meters is not None else [meter_file(serial) for serial in range(1, count + 1)]
    registry = Registry(engine)
    accounts = {file.account_no for file in files}
    registry.enter_customers([Customer(no, "Zhang Wei", "1 East Road") for no in sorted(accounts)])
    registry.enter_meters(files)
    return engine


def _without_waiting(wire, _record) -> None:
    """Wait for no disk: no test cuts the power, and what a killed process wrote the system still holds."""
    wire.execute("PRAGMA synchronous=OFF")


def _give_back(engine, wires: list[Any]) -> None:
    """Close the pool, and what a reader that was not read to its end still holds."""
    engine.dispose()
    while wires:
        wires.pop().close()


def meter_file(serial: int, **changes) -> MeterFile:
    usual = MeterFile(
        account_no=f"A{serial}",
        identity=identity(serial),
        state=MeterState.ACTIVE,
        carrier=Carrier.TOKEN,
        power_type="domestic",
        is_test=True,
    )
    return replace(usual, **changes)


def posting_batch(engine, now=lambda: NOON, **more) -> PostingBatch:
    calendar = more.pop("calendar", None) or Calendar(ZONE, time(0, 0))
    batch = PostingBatch(engine, calendar, now, more.pop("secret", CHAIN_SECRET), **more)
    _opened.append(batch.close)
    return batch


def bank_door(engine, profile="default", *, clock, now=lambda: NOON, tally=None, limits=None, **changes):
    """A bank's door on a real database, posting in the caller's own thread."""
    read = bank_profile(profile)
    extra = {name: changes.pop(name) for name in ("sign_on_secret", "acquirers") if name in changes}
    prices, advice_posts = changes.pop("pricing", pricing()), changes.pop("advice_posts", read.advice_posts)
    maker = changes.pop("issuer", None) or issuer()
    poster = changes.pop("poster", None) or QueuedPoster(posting_batch(engine, now), run_here)
    return BankDoor(
        bank=BANK,
        profile=read,
        orders=MessageOrders(read, bank_orders(advice_posts, prices, maker, **changes)),
        writer=AnswerWriter(read, ZONE, time(0, 0)),
        posting=BankPosting(BANK, poster, tally or NoTally(), maker, clock),
        tally=tally or NoTally(),
        clock=clock,
        now=now,
        limits=limits or LinkLimits(),
        **extra,
    )


def bank_profile(profile="default") -> BankProfile:
    tables = schemas.load(f"iso8583/{profile}.json") if isinstance(profile, str) else profile
    return BankProfile.from_tables(tables)


def bank_orders(advice_posts=True, prices=None, maker=None, **changes) -> BankOrders:  # noqa: FBT002 - a profile's own word
    return BankOrders(terms(**changes), advice_posts, prices or pricing(), maker or issuer(), lambda: 5)


def soap_site(engine, *, clock, now=lambda: NOON, tally=None, limits=None, password=None, **changes):
    """A bank's SOAP door on a real database, posting in the caller's own thread."""
    poster = changes.pop("poster", None) or QueuedPoster(posting_batch(engine, now), run_here)
    advice_posts, prices = changes.pop("advice_posts", True), changes.pop("pricing", pricing())
    maker = changes.pop("issuer", None) or issuer()
    tally = tally or NoTally()
    door = SoapDoor(
        bank=BANK,
        contract=collection_contract(),
        orders=bank_orders(advice_posts, prices, maker, **changes),
        posting=BankPosting(BANK, poster, tally, maker, clock),
        tally=tally,
        clock=clock,
        now=now,
        limits=limits or LinkLimits(),
        cut_over=time(0, 0),
        password=password,
    )
    site = CollectionSite(door)
    site.doStart()
    return site


@lru_cache(maxsize=1)
def collection_contract() -> CollectionContract:
    return CollectionContract()


class Wire:
    """A bank's end of a link without a socket: the simulator's messages, our door, memory between them."""

    def __init__(self, door, identity=None, now=lambda: NOON):
        self.factory = BankLinkFactory(door)
        self.link: Any = self.factory.buildProtocol(None)
        self.transport = StringTransport()
        self.link.makeConnection(self.transport)
        self.profile = simulated_profile(door)
        self.messages = BankMessages(self.profile, identity or BankIdentity(), now)
        self._frames = FrameReader(self.profile.framing)

    def send(self, payload: bytes):
        self.link.dataReceived(self.profile.framing.wrap(payload))
        return self.answers()

    def answers(self):
        octets = self.transport.value()
        self.transport.clear()
        return [self.profile.spec.decode(frame.payload) for frame in self._frames.receive(octets)]

    def ask(self, request):
        (answer,) = self.send(self.profile.spec.encode(request.mti, request.fields))
        return answer

    def sign_on(self):
        answer = self.ask(self.messages.sign_on())
        assert answer.fields[39] == "00", answer
        return self


def simulated_profile(door):
    return SimulatedProfile.named(door.profile.name)
