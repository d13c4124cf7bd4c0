"""The vending keys as the books know them: which serves, and which may make a token when."""

from dataclasses import replace

import pytest

from gateway.core.key_ring import KeyKeeper, KeyRevision, KeyRing, KeyState
from gateway.core.token import IssuerRefusalWhy
from tests.builders import identity

OLD = KeyRevision("201457", 1, kt=2, base_date=2014, active_from_us=100)
NEW = KeyRevision("201457", 2, kt=2, base_date=2035, active_from_us=500)
HELD = identity()


def why(revision, now_us=1_000, tid=6_000_000, held=HELD):
    return KeyRing.of([revision]).refusal(held, tid, now_us)


def test_the_newest_key_that_has_begun_serves():
    ring = KeyRing.of([OLD, NEW])
    assert [ring.serving("201457", now) for now in (99, 100, 499, 500)] == [None, OLD, OLD, NEW]


def test_of_two_that_began_together_the_later_revision_serves():
    both = KeyRing.of([OLD, replace(NEW, active_from_us=100)])
    assert both.serving("201457", 100).krn == 2


def test_a_key_whose_issue_date_is_past_serves_no_more_and_the_one_before_serves_again():
    ended = replace(NEW, issue_until_us=800)
    assert [KeyRing.of([OLD, ended]).serving("201457", now).krn for now in (799, 800)] == [2, 1]


@pytest.mark.parametrize("state", [KeyState.PENDING, KeyState.WITHDRAWN])
def test_a_key_that_is_not_approved_does_not_serve(state):
    assert KeyRing.of([OLD, replace(NEW, state=state)]).serving("201457", 900) == OLD


def test_a_plain_key_file_moves_no_meter():
    assert KeyRing.of([KeyRevision("201457", 1)]).serving("201457", 900) is None


@pytest.mark.parametrize(
    ("revision", "reason"),
    [
        (replace(OLD, sgc="201458"), IssuerRefusalWhy.NO_KEY),
        (replace(OLD, krn=2), IssuerRefusalWhy.NO_KEY),
        (replace(OLD, state=KeyState.PENDING), IssuerRefusalWhy.NOT_APPROVED),
        (replace(OLD, state=KeyState.WITHDRAWN), IssuerRefusalWhy.NOT_APPROVED),
        (replace(OLD, kt=1), IssuerRefusalWhy.OTHER_KEY),
        (replace(OLD, base_date=2035), IssuerRefusalWhy.OTHER_KEY),
        (replace(OLD, active_from_us=1_001), IssuerRefusalWhy.NOT_BEGUN),
        (replace(OLD, issue_until_us=1_000), IssuerRefusalWhy.ISSUE_ENDED),
        (replace(OLD, ken=90), IssuerRefusalWhy.KEY_EXPIRED),
        (replace(OLD, issue_until_us=1_001, ken=91), None),
    ],
    ids=str,
)
def test_a_key_makes_tokens_for_its_meters_in_its_time(revision, reason):
    assert why(revision) is reason  # 6,000,000 >> 16 is 91


def test_a_key_makes_tokens_until_the_last_minute_of_its_expiry_number():
    expiring = replace(OLD, ken=85)
    assert why(expiring, tid=(86 << 16) - 1) is None
    assert why(expiring, tid=86 << 16) is IssuerRefusalWhy.KEY_EXPIRED


def test_no_key_outlives_its_base_date():
    assert why(OLD, tid=1 << 24) is IssuerRefusalWhy.KEY_EXPIRED


def test_what_a_limited_key_issues_has_an_account_of_its_own():
    limited = replace(OLD, credit_limit_wh=5_000)
    ring = KeyRing.of([limited, NEW])
    assert ring.limited == ("E.ISSUED:201457.1",)
    assert ring.issued_account(HELD) == "E.ISSUED:201457.1"
    assert ring.issued_account(replace(HELD, krn=2)) == "E.ISSUED"
    assert [ring.is_beyond_limit(HELD, wh) for wh in (5_000, 5_001)] == [False, True]
    assert not ring.is_beyond_limit(replace(HELD, krn=2), 10**12)


def test_only_a_token_issuing_module_keeps_the_meters_keys_to_itself():
    assert [keeper for keeper in KeyKeeper if not keeper.releases_keys] == [KeyKeeper.MODULE]
