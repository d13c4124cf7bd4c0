"""An address from which many fail to sign in waits, and one that is good for somebody is not let off."""

import pytest

from admin_web.throttle import ADDRESS_HOLD_S_MAX, ADDRESSES_MAX, FORGOTTEN_S, FREE_PER_ADDRESS, Throttle


class Seconds:
    now = 1_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def seconds():
    return Seconds()


@pytest.fixture
def throttle(seconds):
    return Throttle(seconds)


def fail(throttle, times, address="10.0.0.1"):
    for _ in range(times):
        throttle.failed(address)


def test_an_office_may_mistype_now_and_then(throttle):
    fail(throttle, FREE_PER_ADDRESS - 1)
    assert throttle.wait_s("10.0.0.1") == 0
    assert throttle.wait_s("10.0.0.2") == 0


def test_each_further_failure_doubles_the_wait_up_to_a_quarter_of_an_hour(throttle):
    fail(throttle, FREE_PER_ADDRESS)
    waits = []
    for _ in range(20):
        waits.append(throttle.wait_s("10.0.0.1"))
        throttle.failed("10.0.0.1")
    assert waits[:4] == [1, 2, 4, 8]
    assert waits[-1] == ADDRESS_HOLD_S_MAX


def test_the_wait_ends(throttle, seconds):
    fail(throttle, FREE_PER_ADDRESS + 3)
    seconds.now += 7.5
    assert throttle.wait_s("10.0.0.1") == 0.5
    seconds.now += 1
    assert throttle.wait_s("10.0.0.1") == 0


def test_after_an_hour_it_is_forgotten(throttle, seconds):
    fail(throttle, 50)
    seconds.now += FORGOTTEN_S + 1
    assert throttle.wait_s("10.0.0.1") == 0
    fail(throttle, FREE_PER_ADDRESS - 1)
    assert throttle.wait_s("10.0.0.1") == 0


def test_an_account_of_ones_own_does_not_buy_a_new_start(throttle):
    # Ten guesses at others, one right sign-in, and again: the wait must come all the same.
    for _ in range(3):
        fail(throttle, FREE_PER_ADDRESS)
        throttle.succeeded("10.0.0.1")
    fail(throttle, FREE_PER_ADDRESS // 2 + 1)
    assert throttle.wait_s("10.0.0.1") > 0


def test_a_flood_of_addresses_takes_no_memory(throttle):
    for n in range(ADDRESSES_MAX + 100):
        throttle.failed(f"2001:db8::{n:x}")
    assert len(throttle) == ADDRESSES_MAX
