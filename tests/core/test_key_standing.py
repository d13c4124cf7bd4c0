"""How a key stands at a moment, and the moment that its expiry number stands for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.key_ring import KeyRing
from gateway.core.key_standing import KeyStanding, expiry, key_standing
from gateway.core.timeline import microseconds
from gateway.core.token import TidFault, tid_at
from tests.builders import NOON
from tests.vending_keys import DAY, approved, loaded, withdrawn


def stand(key, *others, now=NOON):
    ring = KeyRing.of(one.revision for one in (key, *others))
    return key_standing(key, ring, UTC, now)


def test_of_the_approved_keys_the_one_that_began_last_serves():
    keys = [approved(1, -30), approved(2, -10), approved(3, 10)]
    found = [stand(one, *(other for other in keys if other != one)) for one in keys]
    assert found == [KeyStanding.BEFORE, KeyStanding.SERVES, KeyStanding.APPROVED]


def test_a_key_serves_from_its_very_moment_on():
    key = approved(2, 1)
    assert stand(key, now=key.active_from - timedelta(microseconds=1)) is KeyStanding.APPROVED
    assert stand(key, now=key.active_from) is KeyStanding.SERVES


def test_what_is_pending_or_withdrawn_is_so_whatever_the_hour():
    assert stand(loaded(2, -5)) is KeyStanding.PENDING
    assert stand(withdrawn(approved(2, -5))) is KeyStanding.WITHDRAWN


def test_a_key_ends_at_the_moment_until_which_it_may_issue():
    key = approved(issue_until_us=microseconds(NOON + DAY))
    assert stand(key) is KeyStanding.SERVES
    assert stand(key, now=NOON + DAY) is KeyStanding.ENDED


def test_a_key_expires_by_its_number():
    key = approved(ken=103)
    last = expiry(2014, 103).replace(tzinfo=UTC)
    assert stand(key, now=last - timedelta(minutes=1)) is KeyStanding.SERVES
    assert stand(key, now=last) is KeyStanding.EXPIRED


def test_with_its_base_date_every_key_expires():
    key = approved()
    end = datetime(2045, 11, 24, 20, 16, tzinfo=UTC)
    assert stand(key, now=end - timedelta(minutes=1)) is KeyStanding.SERVES
    assert stand(key, now=end) is KeyStanding.EXPIRED


def test_a_key_of_the_next_base_date_has_not_expired_before_it_begins():
    begin = microseconds(datetime(2035, 1, 1, tzinfo=UTC))
    key = approved(2, base_date=2035)
    key = replace(key, revision=replace(key.revision, active_from_us=begin))
    assert stand(key) is KeyStanding.APPROVED


@pytest.mark.parametrize("ken", [0, 85, 254])
def test_the_moment_of_an_expiry_number_is_the_first_whose_id_is_beyond_it(ken):
    moment = expiry(2014, ken)
    assert tid_at(2014, moment) >> 16 == ken + 1
    assert tid_at(2014, moment - timedelta(minutes=1)) >> 16 == ken


def test_the_last_expiry_number_ends_with_the_ids_of_the_base_date():
    # The roll-over instants that the STS Association has published.
    assert expiry(1993, 255) == datetime(2024, 11, 24, 20, 16)  # noqa: DTZ001 - civil
    assert expiry(2014, 255) == datetime(2045, 11, 24, 20, 16)  # noqa: DTZ001 - civil
    with pytest.raises(TidFault):
        tid_at(2014, expiry(2014, 255))


@given(st.integers(0, 254), st.sampled_from([1993, 2014, 2035]))
def test_a_higher_number_ends_later(ken, base_date):
    assert expiry(base_date, ken) < expiry(base_date, ken + 1)
