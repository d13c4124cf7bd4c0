"""Whoever fails to sign in waits; a try counts when it begins, and one that succeeds lets nobody off."""

import pytest

from gateway.office.throttle import HOLD_S_MAX, OF_ADDRESS, OF_LOGIN, PLACES_MAX, Throttle, network_of

HERE, THERE = ("10.0.0.1",), ("10.0.0.2",)
FREE = OF_ADDRESS.free


class Seconds:
    now = 1_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def seconds():
    return Seconds()


@pytest.fixture
def throttle(seconds):
    return Throttle(seconds, OF_ADDRESS)


def fail(throttle, times, place=HERE):
    """So many tries that fail; it is waited for each of them."""
    for _ in range(times):
        throttle._seconds.now += throttle.wait_s(place)  # noqa: SLF001 - the test's own clock
        assert throttle.begins(place)


def test_an_office_may_mistype_now_and_then(throttle):
    fail(throttle, FREE - 1)
    assert throttle.wait_s(HERE) == throttle.wait_s(THERE) == 0


@pytest.mark.parametrize("pace", [OF_ADDRESS, OF_LOGIN])
def test_each_further_failure_doubles_the_wait_up_to_a_quarter_of_an_hour(seconds, pace):
    throttle = Throttle(seconds, pace)
    fail(throttle, pace.free)
    waits = []
    for _ in range(20):
        waits.append(throttle.wait_s(HERE))
        fail(throttle, 1)
    assert waits[:4] == [pace.first_s * times for times in (1, 2, 4, 8)]
    assert waits[-1] == HOLD_S_MAX


def test_of_many_tries_at_one_moment_no_more_begin_than_one_after_the_other(throttle):
    assert sum(throttle.begins(HERE) for _ in range(1_000)) == FREE


def test_who_tries_on_while_he_must_wait_waits_no_longer(throttle, seconds):
    fail(throttle, FREE + 3)
    seconds.now += 7.5
    assert not throttle.begins(HERE)
    assert throttle.wait_s(HERE) == 0.5
    seconds.now += 0.5
    assert throttle.begins(HERE)


def test_after_an_hour_an_address_is_forgotten_and_a_login_after_a_day(seconds):
    for pace in (OF_ADDRESS, OF_LOGIN):
        throttle = Throttle(seconds, pace)
        fail(throttle, 50)
        seconds.now += pace.forgotten_s + 1
        fail(throttle, pace.free - 1)
        assert throttle.wait_s(HERE) == 0


def test_an_account_of_ones_own_does_not_buy_a_new_start(throttle):
    # Guesses at others until he nearly waits, one right sign-in, and again: the wait must come all the same.
    for _ in range(3):
        fail(throttle, FREE - 1)
        fail(throttle, 1)
        throttle.succeeded(HERE)
    fail(throttle, FREE // 2 + 1)
    assert throttle.wait_s(HERE) > 0


def test_right_behind_a_success_nobody_waits(seconds):
    throttle = Throttle(seconds, OF_LOGIN)
    fail(throttle, 12)
    fail(throttle, 1)
    throttle.succeeded(HERE)
    assert throttle.wait_s(HERE) == 0


def test_a_try_that_compared_nothing_costs_nothing(throttle):
    fail(throttle, FREE - 1)
    for _ in range(50):
        assert throttle.begins(HERE)
        throttle.taken_back(HERE)
    fail(throttle, 5)
    wait = throttle.wait_s(HERE)
    throttle._seconds.now += wait  # noqa: SLF001 - the test's own clock
    assert throttle.begins(HERE)
    throttle.taken_back(HERE)
    assert throttle.wait_s(HERE) == 0


def test_who_always_succeeds_is_not_remembered(throttle):
    for _ in range(100):
        assert throttle.begins(HERE)
        throttle.succeeded(HERE)
    assert len(throttle) == 0


def test_a_flood_of_places_takes_no_memory(throttle):
    for n in range(PLACES_MAX + 100):
        throttle.begins((f"10.{n}",))
    assert len(throttle) == PLACES_MAX


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("local", "local"),
    ],
)
def test_an_address_of_ipv6_is_counted_by_its_network(address, network):
    assert network_of(address) == network
