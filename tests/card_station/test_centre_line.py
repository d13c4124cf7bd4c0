"""The line that a station keeps to the centre: what it survives unseen, and what stays unknown.

Both ends are real: the station's client on the reactor, the centre's own door behind it.
"""

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import blockingCallFromThread

from card_station.centre import Ok, Refused, SignedOut, Unknown
from card_station.gateway_client import GatewayClient, Papers
from gateway.endpoints.station_needs import StationLimits
from tests import cards
from tests.cut_line import CutLine
from tests.endpoints.test_station_hostile import HELLO
from tests.endpoints.test_station_kept_line import until
from tests.station_house import PASSWORD, served

SIGN_IN = {"login": "ann", "password": PASSWORD}
ERRAND = {
    "profile": "powertill-cpu", "serial": cards.SERIAL, "key_version": 1, "system": cards.SYSTEM,
}  # fmt: skip


class Station:
    """The station's client, called from the test's thread, through a line that can be cut."""

    def __init__(self, house):
        self.house = house
        calling = house.station()
        self.line = CutLine((house.host, house.port))
        key, certificate = calling.certificate.read_text().split("-----BEGIN CERTIFICATE", 1)
        self.papers = Papers(house.authority.pem, key, "-----BEGIN CERTIFICATE" + certificate)
        self.client = self._here(
            lambda: GatewayClient(f"https://localhost:{self.line.port}", self.papers, reactor)
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._here(lambda: Deferred.fromCoroutine(self.client.close()))
        self.line.close()

    def ask(self, op="hello", **said):
        return self._here(lambda: Deferred.fromCoroutine(self.client.ask(op, said or HELLO)))

    def show(self):
        self._here(lambda: Deferred.fromCoroutine(self.client.show(self.papers)))

    def heard(self, op):
        places = self.house.tally.counted.items()
        return sum(
            count for place, count in places if place[0] == "station_requests" and ("asked", op) in place
        )

    @staticmethod
    def _here(work):
        return blockingCallFromThread(reactor, work)


@served
def test_all_questions_go_over_one_line_but_the_sign_in(house):
    with Station(house) as station:
        assert [type(station.ask()) for _ in range(4)] == [Ok] * 4
        assert station.line.lines == 1
        session = station.ask("sign_in", **SIGN_IN).content["session"]
        assert station.line.lines == 2
        assert isinstance(station.ask("errand", session=session, **ERRAND), Ok)
        assert station.line.lines == 2


@served(limits=StationLimits(idle_deadline_s=0.3))
def test_a_line_that_the_centre_closed_meanwhile_is_not_missed(house):
    with Station(house) as station:
        assert isinstance(station.ask(), Ok)
        until(lambda: not house.site.channels)
        assert isinstance(station.ask(), Ok)
        assert (station.line.lines, station.heard("hello")) == (2, 2)


@served
def test_a_question_on_a_line_that_is_dead_without_our_knowing_is_asked_once_more(house):
    """It did not arrive, or its answer did not: either way what has a nonce or a step is done once."""
    with Station(house) as station:
        for swallowed, heard in ((0, 1), (1, 2)):
            before = station.heard("hello")
            assert isinstance(station.ask(), Ok)
            station.line.arm(swallowed)
            assert isinstance(station.ask(), Ok)
            assert station.line.was_cut
            assert station.heard("hello") - before == 1 + heard


@served
def test_what_breaks_on_a_new_line_is_unknown_and_not_asked_again_by_itself(house):
    for swallowed in range(4):
        with Station(house) as station:
            station.line.arm(swallowed)
            assert isinstance(station.ask(), Unknown), swallowed
            assert station.line.was_cut
            assert station.line.lines == 1


@served
def test_a_second_break_is_unknown(house):
    with Station(house) as station:
        assert isinstance(station.ask(), Ok)
        station.line.is_down = True
        station.line.arm(0)
        assert isinstance(station.ask(), Unknown)


@served
def test_an_answer_for_a_card_is_never_asked_for_twice(house):
    """Its challenge is used up: a second one would be refused, and the card is told that it is not served."""
    with Station(house) as station:
        session = station.ask("sign_in", **SIGN_IN).content["session"]
        errand = station.ask("errand", session=session, **ERRAND).content["errand"]
        ask = {
            "purpose": "challenge", "profile": "powertill-cpu", "serial": cards.SERIAL, "key_version": 1,
            "key": "external", "size": 8, "challenge": "", "header": "", "body": "", "system": cards.SYSTEM,
        }  # fmt: skip
        station.line.arm(1)
        assert isinstance(station.ask("answer", errand=errand, ask=ask), Unknown)
        assert station.line.was_cut
        assert station.heard("answer") == 1


@served
def test_a_sign_in_is_sent_once(house):
    with Station(house) as station:
        for swallowed in range(4):
            assert isinstance(station.ask(), Ok)
            before = station.heard("sign_in")
            station.line.arm(swallowed)
            assert isinstance(station.ask("sign_in", **SIGN_IN), Unknown)
            assert station.line.was_cut
            assert station.heard("sign_in") - before <= 1


@served
def test_with_another_certificate_no_line_of_the_old_one_is_used(house):
    with Station(house) as station:
        assert isinstance(station.ask(), Ok)
        station.show()
        until(lambda: not house.site.channels)
        assert isinstance(station.ask(), Ok)
        assert (station.line.lines, len(house.site.channels)) == (2, 1)


@served
def test_a_refusal_leaves_the_line_open_and_a_session_that_is_over_does_not_hurt(house):
    with Station(house) as station:
        session = station.ask("sign_in", **SIGN_IN).content["session"]
        assert isinstance(station.ask("find", session=session, number="1"), Refused)
        assert station.ask("find", session="s" * 43, number="1234") == SignedOut()
        assert isinstance(station.ask("find", session=session, number="1234"), Ok)


@served
def test_a_station_that_stops_leaves_no_line(house):
    with Station(house) as station:
        assert isinstance(station.ask(), Ok)
    until(lambda: not house.site.channels)
