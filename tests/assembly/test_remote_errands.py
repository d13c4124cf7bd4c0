"""Orders over a line, carried out in real conversations with virtual meters: whatever ends a contact, and
wherever, the meter has one credit after the next good one, and the books say so.
"""

from dataclasses import replace
from typing import Any

import pytest
from twisted.internet.defer import Deferred, succeed

from adapters.keys.issuer import issuer_of_files
from adapters.lines.open_talk import talk_with
from adapters.lines.talk import Wanted
from gateway.assembly.remote_errands import CarryingCredit, RemoteErrand
from gateway.codecs.dlms.security import Sealing, SoftwareCipher
from gateway.codecs.meter_model.model import MeterCredit, model_named
from gateway.core.contact import ContactFault, ContactWhy
from gateway.core.meter_way import LineKind, MeterWay
from gateway.core.outcome import Undone
from gateway.core.remote_order import RemoteState
from gateway.core.views_remote_due import DueOrder, RemoteNow
from gateway.simulators.meter import VirtualMeter
from gateway.simulators.meters.face_dlms import TRAINING_KEY, DlmsKeys
from gateway.simulators.meters.purse import Counts, Terms, TokenPurse, Wallet
from gateway.simulators.meters.secure645 import SecureEnd
from gateway.simulators.meters.security_module import TRAINING_KEY as MODULE_KEY
from gateway.simulators.meters.security_module import TrainingEsam, TrainingModule
from gateway.simulators.meters.wired import WiredMeter
from tests.builders import decoder_key, identity, issuer, terms
from tests.meter_lines import ENDS, Clock, Link, finished
from tests.remote_credit import PAN, LineTill
from tests.virtual_meters import BEGIN, CLIENT_TITLE, NUMBER, Dice, house

WALLETS = {Counts.MONEY: MeterCredit.WALLET_MONEY, Counts.ENERGY: MeterCredit.WALLET_ENERGY}


class Keys:
    """Keys of a meter, whose counter outlives the conversation."""

    def __init__(self):
        self.counter = 100

    def sealing(self):
        return Sealing(SoftwareCipher(TRAINING_KEY, TRAINING_KEY), CLIENT_TITLE, self.counter)

    def used(self, counter):
        self.counter = counter

    def challenge(self):
        return b"K56iVagY"

    def release(self):
        pass


class Stopped(BaseException):
    """The process is killed."""


class Books:
    """Poster and views over books alone. ``dies_at``: killed at the n-th question or command."""

    def __init__(self, till):
        self.till = till
        self.count = 0
        self.dies_at = None
        self.is_done = False

    def post(self, command):
        return self._step(lambda: self.till.post(command))

    def rows(self, query):
        assert isinstance(query, RemoteNow)
        orders = self.till.books.files.lines.orders
        return self._step(lambda: [orders[query.id]] if query.id in orders else [])

    def _step(self, do):
        self.count += 1
        if self.count == self.dies_at:
            if self.is_done:
                do()
            raise Stopped
        return succeed(do())


class Access:
    """What lets into the one meter of a line."""

    def __init__(self, model):
        self._model = model
        self.keys = Keys()

    def model(self, _name):
        return self._model

    def wanted(self, _way):
        is_dlms = self._model.name.startswith("dlms")
        number, address = (NUMBER, "") if is_dlms else ("", NUMBER)
        return Wanted(self._model, address, lambda: BEGIN, number, keys=self.keys if is_dlms else None)


class Line:
    """A meter on a line, a paid credit for it, and the contacts that are made."""

    def __init__(self, model, credit, meter):
        self.model, self.meter = replace(model_named(model), credit=credit), meter
        self.till = LineTill(credit, MeterWay(PAN, LineKind.MODEM, "5550161", NUMBER, model))
        self.books = Books(self.till)
        self.access = Access(self.model)
        self.payment = self.till.sold()
        self.till.ordered(self.payment)
        esam = TrainingEsam(TrainingModule(MODULE_KEY, Dice()))
        self.credit_wh: Any = None
        self.wanted_wh: Any = None
        self.carrying = CarryingCredit(self.books, issuer(), terms(), self.access, esam, lambda: 3)

    @property
    def order(self):
        return self.till.order(self.payment)

    def contact(self, *, dies_at=None, is_done=False, **way):
        """Make a contact; give how it ended and its link, or None where the process was killed in it."""
        clock = Clock()
        face = self.meter.face()
        link = Link(clock, lambda octets: face.receive(octets) or b"", **way)
        self.books.count, self.books.dies_at, self.books.is_done = 0, dies_at, is_done
        due = DueOrder(self.order, self.till.books.files.lines.ways[PAN])
        errand = RemoteErrand(due, self.access, self.carrying.of(due), self.books, self.books)
        talk = talk_with(link, clock, self.access.wanted(None))

        async def call():
            try:
                return await errand.carry_out(talk)
            except ContactFault as fault:
                return fault.why
            except Stopped:
                return "killed"
            finally:
                await talk.leave()

        return finished(clock, call()), link


def token_line() -> Any:
    sts = VirtualMeter(identity(), decoder_key(identity()))
    prepaid = WiredMeter(
        model_named("dlms-prepaid"), house(purse=TokenPurse(sts)), keys=DlmsKeys(Dice())
    )  # fmt: skip
    line: Any = Line("dlms-prepaid", MeterCredit.TOKEN, prepaid)
    line.credit_wh = lambda: sts.credit_wh
    line.wanted_wh = 204_700
    return line


def wallet_line(counts=Counts.MONEY) -> Any:
    wallet = Wallet(Terms(counts=counts))
    secure = SecureEnd(TrainingModule(MODULE_KEY, Dice()))
    line = Line(
        "dlt645-prepaid",
        WALLETS[counts],
        WiredMeter(model_named("dlt645-prepaid"), house(purse=wallet), secure=secure),
    )
    line.credit_wh = lambda: (wallet.count, wallet.balance)
    line.wanted_wh = (1, 10_000 if counts is Counts.MONEY else 20_470)
    return line


LINES = {"token": token_line, "wallet": wallet_line, "wallet of energy": lambda: wallet_line(Counts.ENERGY)}


@pytest.mark.parametrize("kind", LINES)
def test_a_good_contact_brings_the_credit_into_the_meter(kind):
    line = LINES[kind]()
    why, _ = line.contact()
    assert (why, line.order.state, line.order.tries) == (None, RemoteState.DELIVERED, 1), line.order.told
    assert line.credit_wh() == line.wanted_wh


@pytest.mark.parametrize("kind", LINES)
def test_a_contact_that_is_over_is_not_made_again(kind):
    line = LINES[kind]()
    line.contact()
    before = line.till.order(line.payment)
    assert line.contact()[0] is None
    assert line.order == before
    assert line.credit_wh() == line.wanted_wh


@pytest.mark.parametrize("way", ENDS)
@pytest.mark.parametrize("kind", ["token", "wallet"])
def test_wherever_the_line_ends_there_is_one_credit_after_the_next_contact(kind, way, counted):
    _, whole = LINES[kind]().contact()
    doubts = 0
    for at in range(whole.gone):
        line = LINES[kind]()
        why, _ = line.contact(**{way: at})
        state = line.order.state
        in_meter = line.credit_wh() == line.wanted_wh
        assert state in {RemoteState.WAITING, RemoteState.UNKNOWN, RemoteState.DELIVERED}, line.order.told
        assert (why is None) == (state is RemoteState.DELIVERED)
        assert in_meter or state is not RemoteState.DELIVERED, f"said to be there at octet {at}"
        assert not in_meter or state is not RemoteState.WAITING, f"said not to be sent at octet {at}"
        doubts += state is RemoteState.UNKNOWN
        line.contact()
        assert line.order.state is RemoteState.DELIVERED, (at, line.order)
        assert line.credit_wh() == line.wanted_wh, f"at octet {at}"
    counted(
        f"{kind}, the line {ENDS[way]} at each octet, then a good contact: {whole.gone} ({doubts} in doubt)"
    )
    assert doubts


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "behind"])
@pytest.mark.parametrize("kind", LINES)
def test_wherever_the_process_is_killed_there_is_one_credit_after_the_next_contact(kind, is_done, counted):
    steps = 0
    for step in range(1, 20):
        line = LINES[kind]()
        why, _ = line.contact(dies_at=step, is_done=is_done)
        if why != "killed":
            break
        steps += 1
        if line.order.is_open:
            line.contact()
        assert line.order.state is RemoteState.DELIVERED, (step, line.order)
        assert line.credit_wh() == line.wanted_wh
        held = [
            one for entry in line.till.entries() for one in entry.postings if one.account == "HOLD:CREDIT"
        ]
        assert (len(held), sum(one.amount for one in held)) == (2, 0), "booked once"
    counted(f"{kind}, killed {'behind' if is_done else 'before'} each step, then a good contact: {steps}")
    assert steps >= 3


@pytest.mark.parametrize("kind", ["token", "wallet"])
def test_killed_in_the_middle_of_the_conversation_is_a_doubt_that_the_next_contact_ends(kind, counted):
    """The process ends while it waits for the meter: at each answer in turn nobody is there to hear it."""
    _, whole = LINES[kind]().contact()
    answers = len(whole.sent)
    for heard in range(answers):
        line = LINES[kind]()
        clock, face = Clock(), line.meter.face()
        said: list[bytes] = []

        def meter(octets, face=face, said=said, heard=heard):
            answer = face.receive(octets) or b""
            said.append(octets)
            return answer if len(said) <= heard else b""

        link = Link(clock, meter)
        due = DueOrder(line.order, line.till.books.files.lines.ways[PAN])
        errand = RemoteErrand(due, line.access, line.carrying.of(due), line.books, line.books)
        running = Deferred.fromCoroutine(errand.carry_out(talk_with(link, clock, line.access.wanted(None))))
        running.addErrback(lambda _: None)
        for _ in range(200):
            if len(said) > heard or running.called:
                break
            clock.advance(0.05)
        # Nothing of this process is ever heard of again.
        line.contact()
        assert line.order.state is RemoteState.DELIVERED, (heard, line.order)
        assert line.credit_wh() == line.wanted_wh
    counted(f"{kind}, killed while it waits for each answer, then a good contact: {answers}")


def test_another_meter_at_the_number_gets_nothing():
    line = token_line()
    line.meter.house.number = "000000000162"
    why, _ = line.contact()
    assert why is ContactWhy.WRONG_METER
    assert (line.order.state, line.order.tries) == (RemoteState.WAITING, 0)
    assert line.credit_wh() == 0


def test_a_recharge_that_nobody_can_seal_waits():
    line = wallet_line()
    line.carrying = CarryingCredit(line.books, issuer(), terms(), line.access, None, lambda: 3)
    why, _ = line.contact()
    assert (why, line.order.state, line.order.begun_us) == (ContactWhy.AUTH, RemoteState.WAITING, None)
    assert isinstance(line.till.post(line.till.reverse()), Undone), "it never left the house"


def test_a_recharge_that_went_out_and_that_nobody_can_seal_any_more_waits_and_says_so():
    line = wallet_line()
    line.contact(dies_at=3)
    line.carrying = CarryingCredit(line.books, issuer(), terms(), line.access, None, lambda: 3)
    why, _ = line.contact()
    assert (why, line.order.state) == (ContactWhy.AUTH, RemoteState.UNKNOWN)
    assert "recharging" in line.order.told


def test_a_meter_is_not_called_again_at_once_for_a_token_that_cannot_be_made():
    line = token_line()
    line.carrying = CarryingCredit(line.books, issuer_of_files({}), terms(), line.access, None, lambda: 3)
    why, _ = line.contact()
    assert why is ContactWhy.REFUSED, "given up for now, and tried anew a quarter of an hour later"
    assert (line.order.state, line.order.begun_us) == (RemoteState.WAITING, None)
    assert not line.till.tokens()


@pytest.mark.parametrize("kind", LINES)
def test_two_processes_that_reach_a_meter_one_in_the_other_s_contact_bring_one_credit(kind):
    """The second one begins when the first has begun, and has its contact before the first sends."""
    line = LINES[kind]()
    first = line.carrying
    begin = first.begin

    async def begun(*said):
        out = await begin(*said)
        line.carrying.begin = begin
        line.contact()
        return out

    first.begin = begun
    line.contact()
    assert line.order.state is RemoteState.DELIVERED, line.order.told
    assert line.credit_wh() == line.wanted_wh


def test_two_processes_that_have_looked_at_the_same_moment_bring_one_credit_and_no_refusal():
    line = token_line()
    begin = line.carrying.begin

    async def begun(*said):
        line.carrying.begin = begin
        line.contact(dies_at=3)
        return await begin(*said)

    line.carrying.begin = begun
    line.contact()
    assert line.order.state is RemoteState.DELIVERED, line.order.told
    assert line.credit_wh() == line.wanted_wh
