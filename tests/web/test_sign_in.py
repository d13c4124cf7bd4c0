"""Signing in at the pages: a stranger holds back himself, and never for long whoever has signed in before."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from twisted.internet.defer import Deferred

from admin_web.cookies import DEVICE_COOKIE, DEVICE_S
from admin_web.device import PEOPLE_MAX
from admin_web.wire import Links
from gateway.core.hidden import Hidden
from gateway.office.manage_staff import SetPassword
from gateway.office.sign_in import STRANGE_FAILURE_S, STRANGE_FAILURES_MAX
from gateway.office.throttle import OF_ADDRESS, OF_LOGIN, Throttle
from gateway.ports import TooManyAtOnce
from tests.office_people import HASHER
from tests.web.desk import Desk, office
from tests.web.staffed import Manned

PASSWORD = "four words are better"
HOME, ELSEWHERE = "192.0.2.7", "198.51.100.9"
DAY_S = 86_400


class Door(Manned):
    """The page for signing in, from any address: the gateway stands behind a proxy that says which."""

    def __init__(self, folder, **changes):
        super().__init__(folder, 5)
        self.seconds = 0.0
        usual = {
            "throttle": Throttle(lambda: self.seconds, OF_ADDRESS),
            "tries": Throttle(lambda: self.seconds, OF_LOGIN),
            "now": lambda: self.now,
        }
        self.run = office(self.engine, poster=self.poster, **usual, **changes)
        self.door = Desk(self.run, links=Links(behind_proxy=True))
        self.let_in("kim")

    def later(self, seconds):
        self.seconds += seconds
        self.now += timedelta(seconds=seconds)
        return self

    def sign_in(self, login="kim", password=PASSWORD, address=HOME, device=""):
        fields = {"nonce": "n" * 24, "login": login, "password": password}
        cookie = f"{DEVICE_COOKIE}={device}" if device else ""
        return self.door.post("/sign-in", None, fields, X_Forwarded_For=address, Cookie=cookie)

    def is_in(self, **more):
        return self.sign_in(**more).code == 303

    def device(self, **more):
        """Sign in; what the browser keeps of it."""
        return device_in(self.sign_in(**more))

    def fail(self, times, address=ELSEWHERE, **more):
        for _ in range(times):
            assert not self.is_in(password="a guess of mine", address=address, **more)

    def strangers(self, many):
        """One try from each of many addresses."""
        for number in range(many):
            self.fail(1, f"203.0.113.{number}")


def device_in(told):
    kept = [one for one in told.headers.get("set-cookie", []) if one.startswith(DEVICE_COOKIE)]
    return kept[0].partition("=")[2].partition(";")[0] if kept else ""


@pytest.fixture
def door(tmp_path):
    return Door(tmp_path)


# -- whoever guesses holds back himself ----------------------------------------------------------------------


def test_a_guesser_waits_though_he_guesses_right_at_last(door):
    door.fail(OF_LOGIN.free)
    assert not door.is_in(address=ELSEWHERE)
    assert door.later(OF_LOGIN.first_s).is_in(address=ELSEWHERE)


def test_a_stranger_who_guesses_all_day_holds_nobody_back_but_himself(door):
    for _ in range(4 * 24):
        door.fail(1)
        assert door.is_in(), "at home, in a browser that is new"
        door.later(15 * 60)


def test_many_addresses_of_one_network_are_one_place(door):
    for number in range(OF_LOGIN.free):
        door.fail(1, f"2001:db8:1:2::{number}")
    assert not door.is_in(address="2001:db8:1:2:ffff::1")
    assert door.is_in(address="2001:db8:1:3::1")


def test_who_tries_one_password_at_many_logins_waits(door):
    for number in range(OF_ADDRESS.free):
        door.fail(1, login=f"kim{number}")
    told = door.sign_in(address=ELSEWHERE)
    assert "From this place too many attempts have failed." in told.text


def test_a_new_password_from_an_administrator_ends_the_wait(door):
    door.fail(OF_LOGIN.free, HOME)
    assert not door.is_in()
    fresh = "another few words"
    order = SetPassword("local:root", "n", "kim", 3, Hidden(HASHER.hash(fresh)))
    door.people.give(order)
    assert door.is_in(password=fresh)


# -- strangers from everywhere -------------------------------------------------------------------------------


def test_strangers_from_everywhere_hold_back_what_is_not_known_and_nothing_that_is(door):
    device = door.device()
    door.strangers(STRANGE_FAILURES_MAX + 1)
    assert not door.is_in(), "a browser that is new"
    assert door.is_in(device=device)
    assert door.is_in(device=device, address=ELSEWHERE)


def test_when_they_are_gone_it_ends_by_itself(door):
    door.strangers(STRANGE_FAILURES_MAX + 1)
    assert not door.is_in()
    assert door.later(STRANGE_FAILURE_S).is_in()


def test_an_address_that_is_held_back_keeps_no_known_device_out(door):
    device = door.device()
    for number in range(OF_ADDRESS.free):
        door.fail(1, HOME, login=f"kim{number}")
    assert not door.is_in()
    assert door.is_in(device=device)


# -- a device ------------------------------------------------------------------------------------------------


def test_a_device_waits_for_its_own_failures(door):
    device = door.device()
    door.fail(OF_LOGIN.free, HOME, device=device)
    assert not door.is_in(device=device)
    assert door.is_in(), "a browser that is new"
    assert door.later(OF_LOGIN.first_s).is_in(device=device)


def test_failures_from_a_known_device_hold_no_stranger_back(door):
    device = door.device()
    for _ in range(STRANGE_FAILURES_MAX + 5):
        door.fail(1, HOME, device=device)
        door.later(15 * 60)
    door.now -= timedelta(days=1)
    assert door.is_in()


def test_a_note_is_good_for_one_login_and_for_what_we_have_sealed(door):
    door.let_in("lee")
    device = door.device()
    door.fail(OF_LOGIN.free, HOME, login="lee")
    assert not door.is_in(login="lee", device=device)
    door.fail(OF_LOGIN.free, HOME)
    for odd in (device[:-1] + ("A" if device[-1] != "A" else "B"), "x", "..", "-" * 200):
        assert not door.is_in(device=odd)
    assert door.is_in(device=device)


def test_a_note_is_good_for_half_a_year_and_renewed(door):
    device = door.device()
    renewed = door.later(DEVICE_S - DAY_S).device(device=device)
    door.later(2 * DAY_S).fail(OF_LOGIN.free, HOME)
    assert not door.is_in(device=device)
    assert door.is_in(device=renewed)


def test_renewed_it_is_the_same_device(door):
    device = door.device()
    renewed = door.device(device=device)
    door.fail(OF_LOGIN.free, HOME, device=device)
    assert not door.is_in(device=renewed)


def test_a_browser_at_a_counter_knows_the_last_few_people(door):
    device = ""
    for number in range(PEOPLE_MAX):
        door.let_in(f"kim{number}")
        device = door.device(login=f"kim{number}", device=device)
    assert len(device.split(".")) == PEOPLE_MAX
    device = door.device(device=device)
    assert len(device.split(".")) == PEOPLE_MAX
    door.fail(OF_LOGIN.free, HOME)
    door.fail(OF_LOGIN.free, HOME, login="kim0")
    assert door.is_in(device=device)
    assert not door.is_in(login="kim0", device=device)


def test_the_note_is_kept_by_this_host_alone_and_seen_by_no_script(door):
    said = next(one for one in door.sign_in().headers["set-cookie"] if one.startswith(DEVICE_COOKIE))
    for word in ("Path=/", "Secure", "HttpOnly", "SameSite=Strict", f"Max-Age={DEVICE_S}"):
        assert word in said
    assert "kim" not in said


def test_a_password_that_somebody_else_has_set_makes_no_device_known(door):
    door.people.give(SetPassword("local:root", "n", "kim", 3, Hidden(HASHER.hash(PASSWORD))))
    told = door.sign_in()
    assert (told.code, device_in(told)) == (303, "")


class Stuck:
    """Views whose every thread is at a slow list."""

    def rows(self, query):
        raise AssertionError(f"who is let in does not wait for {type(query).__name__}")


def test_signing_in_asks_nothing_of_the_threads_that_answer_lists(door):
    run = replace(door.run, views=Stuck())
    door.door = Desk(run, links=Links(behind_proxy=True))
    assert door.is_in()


# -- at one moment -------------------------------------------------------------------------------------------


class SlowPasswords:
    """Compares when it is told to; ``is_busy``: it does not."""

    def __init__(self):
        self.begun = []
        self.is_busy = False

    def fits(self, _kept, password):
        if self.is_busy:
            raise TooManyAtOnce("too many at once")
        self.begun.append(Deferred())
        return self.begun[-1]


@pytest.fixture
def slow(tmp_path):
    passwords = SlowPasswords()
    door = Door(tmp_path)
    changed = {name: getattr(door.run, name) for name in ("throttle", "tries", "now")}
    door.door = Desk(
        office(door.engine, poster=door.poster, **changed, passwords=passwords),
        links=Links(behind_proxy=True),
    )
    return SimpleNamespace(door=door, passwords=passwords)


def test_of_many_tries_at_one_moment_no_more_passwords_are_compared_than_of_as_many_one_by_one(slow):
    for number in range(100):
        slow.door.sign_in(password=f"guess number {number}")
    assert len(slow.passwords.begun) == OF_LOGIN.free
    for one in slow.passwords.begun:
        one.callback(None)


def test_a_try_that_found_the_door_busy_is_not_counted(slow):
    slow.passwords.is_busy = True
    assert {slow.door.sign_in().code for _ in range(OF_ADDRESS.free + OF_LOGIN.free)} == {503}
    slow.passwords.is_busy = False
    slow.door.sign_in()
    (one,) = slow.passwords.begun
    one.callback(None)
