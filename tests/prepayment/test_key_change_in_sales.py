"""Key changes in front of the credit: begun by a sale or by the office, again with every sale."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.codecs.sts.cipher import cipher_of
from gateway.codecs.sts.seal import open_token
from gateway.core.key_change import KeyChange
from gateway.core.key_ring import KeyRevision, KeyState
from gateway.core.meter import MeterRef, MeterState
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.outcome import Approved, Declined, recalled
from gateway.core.refusal import Refusal
from gateway.core.timeline import microseconds
from gateway.core.token import tid_at
from gateway.prepayment.change_key import ChangeKey, KeyStep, WantedKey
from tests.builders import NOON, Till, books, decoder_key, identity, meter
from tests.keyrings import issuer_with, published, published_identity

DAY_US = 86_400_000_000
NOW_US = microseconds(NOON)
FIRST = KeyRevision("201457", 1, kt=2, base_date=2014)
SECOND = KeyRevision("201457", 2, kt=2, base_date=2014, active_from_us=NOW_US - DAY_US)
ROLLED = KeyRevision("201457", 2, kt=2, base_date=2035, active_from_us=NOW_US - DAY_US)


def till_with(*revisions, of=None, **changes):
    till = Till(books(of or meter()), **changes)
    till.issuer = issuer_with(*revisions)
    return till


def standing(till):
    return till.books.meters[meter().pan]


def opened(token, **changes):
    """Open a token under the key that the meter has with these parts of its identity."""
    held = identity(1, **changes)
    return open_token(cipher_of("11", decoder_key(held)), token.reveal())


def office(step, wanted=None, *, ring, reference="k1", by="anna", pan=None):
    return ChangeKey(reference, MeterRef(pan=pan or meter().pan), step, by, "roll-over", ring, wanted)


def test_a_meter_whose_revision_is_behind_gets_four_tokens_in_front_of_its_credit():
    till = till_with(FIRST, SECOND)
    paid = till.post(till.pay())
    assert len(paid.key_change) == 4
    assert [opened(token).subclass for token in paid.key_change] == [3, 4, 8, 9]
    assert opened(paid.token, krn=2).token_class == 0


def test_the_tokens_come_again_with_every_sale_until_the_utility_confirms():
    till = till_with(FIRST, SECOND)
    first, second = till.post(till.pay("r1")), till.post(till.pay("r2"))
    assert second.key_change == first.key_change
    till.post(office(KeyStep.CONFIRM, ring=till.issuer.ring))
    assert standing(till).identity == identity(1, krn=2)
    third = till.post(till.pay("r3"))
    assert third.key_change == ()
    assert opened(third.token, krn=2).tid == opened(second.token, krn=2).tid + 1


def test_a_meter_that_holds_the_serving_key_gets_none():
    till = till_with(FIRST)
    assert till.post(till.pay()).key_change == ()


def test_before_its_moment_a_new_revision_changes_nothing():
    till = till_with(FIRST, replace(SECOND, active_from_us=NOW_US + 1))
    assert till.post(till.pay()).key_change == ()


def test_minutes_begin_anew_with_a_new_base_date_and_the_meter_forgets_its_ids():
    till = till_with(FIRST, ROLLED, of=meter(last_tid=6_783_000))
    till.now = datetime(2036, 3, 1, 4, 0, tzinfo=UTC)
    paid = till.post(till.pay())
    assert opened(paid.token, krn=2, base_date=2035).tid == tid_at(2035, datetime(2036, 3, 1, 12, 0))  # noqa: DTZ001 - civil time
    assert opened(paid.key_change[0]).tid >> 19 & 1 == 1  # RO: the fifth bit behind the KEN's four
    assert till.tokens()[0].base_date == 2035


def test_a_change_that_was_given_up_leaves_the_old_key_and_its_ids():
    till = till_with(FIRST, ROLLED, of=meter(last_tid=6_783_000))
    till.now = datetime(2035, 3, 1, 4, 0, tzinfo=UTC)
    till.post(till.pay())
    till.issuer.turn(FIRST)
    till.post(office(KeyStep.GIVE_UP, ring=till.issuer.ring))
    assert (standing(till).identity, standing(till).key_change) == (identity(), None)
    assert standing(till).last_tid == tid_at(2014, datetime(2035, 3, 1, 12, 0))  # noqa: DTZ001 - civil time
    assert till.post(till.pay("r2")).key_change == ()


def test_no_minute_is_given_out_twice_however_often_a_change_of_base_date_is_given_up():
    till = till_with(FIRST, ROLLED)
    till.now = datetime(2035, 3, 1, 4, 0, tzinfo=UTC)
    for number in range(3):
        till.post(till.pay(f"r{number}"))
        till.post(office(KeyStep.GIVE_UP, ring=till.issuer.ring, reference=f"k{number}"))
    places = [(token.base_date, token.tid) for token in till.tokens()]
    first = tid_at(2035, datetime(2035, 3, 1, 12, 0))  # noqa: DTZ001 - civil time
    assert places == [(2035, first), (2035, first + 1), (2035, first + 2)]


def test_a_change_on_its_way_is_not_overtaken_by_the_next():
    till = till_with(FIRST, SECOND)
    till.post(till.pay())
    third = KeyRevision("201457", 3, kt=2, base_date=2014, active_from_us=NOW_US)
    till.issuer.turn(FIRST, SECOND, third)
    till.post(till.pay("r2"))
    assert standing(till).key_change.new.krn == 2


def test_a_meter_leaves_a_key_that_has_expired():
    """IEC 62055-41, 6.1.10: nothing is made under an expired key but the change away from it (CTSA16.4)."""
    till = till_with(replace(FIRST, ken=60), SECOND)
    paid = till.post(till.pay())
    assert isinstance(paid, Approved)
    assert len(paid.key_change) == 4


def test_a_meter_leaves_a_base_date_that_is_over():
    old = replace(identity(), base_date=1993)
    till = till_with(replace(FIRST, base_date=1993), SECOND, of=replace(meter(), identity=old))
    paid = till.post(till.pay())
    assert [opened(token, base_date=1993).subclass for token in paid.key_change] == [3, 4, 8, 9]
    assert opened(paid.token, krn=2).token_class == 0


def test_no_meter_is_moved_to_a_key_whose_issue_date_is_past_or_back_from_it():
    ended = replace(SECOND, issue_until_us=NOW_US)
    till = till_with(FIRST, ended)
    assert till.post(till.pay()).key_change == ()
    moved = till_with(FIRST, ended, of=meter(identity=identity(1, krn=2)))
    refused = moved.post(moved.pay())
    assert refused.reason is Refusal.NO_TOKEN
    assert "until which" in refused.sentence


def test_nothing_is_sold_into_an_expired_key():
    till = till_with(FIRST, replace(SECOND, ken=60))
    refused = till.post(till.pay())
    assert refused.reason is Refusal.NO_TOKEN
    assert "expired" in refused.sentence
    assert till.entries() == []
    assert standing(till).key_change is None


@pytest.mark.parametrize("gone", [{"state": KeyState.WITHDRAWN}, {"state": KeyState.PENDING}], ids=str)
def test_without_the_old_key_no_change_can_be_made_and_nothing_is_sold(gone):
    till = till_with(replace(FIRST, **gone), SECOND)
    assert isinstance(till.post(till.pay()), Declined)
    assert till.entries() == []


def test_a_repeat_says_the_same_tokens_after_the_key_was_confirmed():
    till = till_with(FIRST, SECOND)
    paid = till.post(till.pay())
    till.post(office(KeyStep.CONFIRM, ring=till.issuer.ring))
    assert till.post(till.pay()) == paid == recalled(paid.stored())


def test_a_credit_that_waited_goes_out_with_the_key_change():
    till = till_with(FIRST, SECOND, token_in_answer=False)
    assert till.post(till.pay()).key_change == ()
    handed = till.post(till.hand_over())
    assert len(handed.key_change) == 4
    assert standing(till).key_change.new.krn == 2


@pytest.mark.parametrize("name", [f"STS531-1-11e2.2/CTSA{test}" for test in ("05.1", "05.3", "16.4")])
def test_the_office_moves_a_meter_by_the_published_tokens(name):
    vector = published("kct", name)
    old, new = vector["old"], vector["new"]
    parts = {part: old[part] for part in ("sgc", "krn", "ti", "base_date")}
    held = published_identity(pan=vector["pan"], **parts)
    keys = {(part["sgc"], part["krn"]): bytes.fromhex(part["vk"]) for part in (old, new)}
    revisions = [KeyRevision(sgc, krn, kt=2, base_date=2014) for sgc, krn in keys]
    till = Till(books(meter(pan=held.pan, identity=held)))
    till.issuer = issuer_with(*revisions, keys=keys)
    wanted = WantedKey(new["sgc"], new["ti"])
    till.post(office(KeyStep.BEGIN, wanted, ring=till.issuer.ring, pan=held.pan))
    paid = till.post(till.pay(pan=held.pan))
    assert [token.reveal() for token in paid.key_change] == vector["tokens"]


@pytest.mark.parametrize(
    ("step", "wanted", "standing_change", "why"),
    [
        (KeyStep.CONFIRM, None, None, OfficeRefusal.NO_CHANGE),
        (KeyStep.GIVE_UP, None, None, OfficeRefusal.NO_CHANGE),
        (KeyStep.BEGIN, WantedKey("201457", "01"), None, OfficeRefusal.SAME_KEY),
        (KeyStep.BEGIN, WantedKey("999999", "01"), None, OfficeRefusal.UNKNOWN_KEY),
        (
            KeyStep.BEGIN,
            WantedKey("201457", "02"),
            KeyChange(identity(1, krn=2), 255, 0),
            OfficeRefusal.CHANGE_ON_ITS_WAY,
        ),
    ],
    ids=str,
)
def test_a_step_that_cannot_be_taken_is_refused_and_changes_nothing(step, wanted, standing_change, why):
    till = till_with(FIRST, of=meter(key_change=standing_change))
    refused = till.post(office(step, wanted, ring=till.issuer.ring))
    assert isinstance(refused, NotDone)
    assert refused.reason is why
    assert not till.decisions[0].writes


def test_the_same_step_again_is_said_again_and_another_under_its_reference_is_refused():
    till = till_with(FIRST, SECOND)
    till.post(till.pay())
    done = till.post(office(KeyStep.CONFIRM, ring=till.issuer.ring))
    assert till.post(office(KeyStep.CONFIRM, ring=till.issuer.ring)) == done == recalled(done.stored())
    other = till.post(office(KeyStep.GIVE_UP, ring=till.issuer.ring))
    assert other.reason is OfficeRefusal.REFERENCE_USED


def test_a_meter_that_was_taken_down_has_no_key_to_change():
    till = till_with(FIRST, of=meter(state=MeterState.REMOVED))
    refused = till.post(office(KeyStep.BEGIN, WantedKey("201457", "02"), ring=till.issuer.ring))
    assert refused.reason is OfficeRefusal.REMOVED


# -- a key with a credit limit ---------------------------------------------------------------------------


def test_a_key_issues_as_much_as_its_limit_and_no_more():
    till = till_with(replace(FIRST, credit_limit_wh=300_000))
    till.books.balances["E.ISSUED:201457.1"] = 0
    first, second = till.post(till.pay("r1")), till.post(till.pay("r2"))
    assert isinstance(first, Approved)
    assert till.books.balances["E.ISSUED:201457.1"] == till.decisions[0].sale.encoded_wh
    assert second.reason is Refusal.NO_TOKEN
    assert "as much energy" in second.sentence
    assert len(till.entries()) == 1
