"""Master keys of cards among the vending keys: their groups, their rules, and how they stand."""

import pytest

from gateway.core.card_key import card_group, is_card_group, parts_of
from gateway.core.key_life import SupplyGroup, VendingKey
from gateway.core.key_ring import KeyKeeper, KeyRing
from gateway.core.key_standing import KeyStanding, key_standing
from gateway.core.key_words import KeyRefusal, KeyWarningWhy
from gateway.core.timeline import microseconds
from gateway.prepayment.keep_keys import ApproveKey, LoadKey, NameGroup, WithdrawKey
from tests.builders import NOON, ZONE
from tests.card_masters import masters, revision
from tests.vending_keys import DAY, MemoryKeys, approved

PLACE = ("powertill-cpu.00000815.wallet", 1)
MASTER = masters()[PLACE]


def card_key(version=1, days=-30.0, **changes):
    begins = microseconds(NOON + days * DAY)
    return revision((PLACE[0], version), MASTER, **({"active_from_us": begins} | changes))


def loaded(store, one, by="anna"):
    return store.post(LoadKey(by, one, ZONE))


def standings(*keys):
    ring = KeyRing.of(key.revision for key in keys)
    return [key_standing(key, ring, ZONE, NOON) for key in keys]


@pytest.mark.parametrize(
    "text", ["201457", "", "a.b", "powertill-cpu.x.wallet", "powertill-cpu..wallet", "A.1.wallet", "a.1.b.c"]
)
def test_what_is_no_group_of_card_keys(text):
    assert not is_card_group(text)


def test_a_group_names_kind_region_and_purpose():
    named = ("powertill-cpu", "00000815", "wallet")
    assert parts_of(card_group(*named)) == named
    assert card_group("gdw365", "", "external") == "gdw365.0.external"
    assert is_card_group("gdw365.0.external")


def test_a_card_key_is_loaded_by_one_and_approved_by_another():
    store = MemoryKeys()
    step = loaded(store, card_key())
    assert step.warnings == ()
    assert store.post(ApproveKey("Anna", PLACE, step.key.revision.kcv, ZONE, is_whole=True)).reason is (
        KeyRefusal.SAME_PERSON
    )
    step = store.post(ApproveKey("ben", PLACE, step.key.revision.kcv, ZONE, is_whole=True))
    assert step.warnings == ()
    assert "of powertill-cpu.00000815.wallet, revision 1, check value" in store.told


def test_whoever_withdraws_one_is_told_of_the_cards():
    store = MemoryKeys()
    kcv = loaded(store, card_key()).key.revision.kcv
    store.post(ApproveKey("ben", PLACE, kcv, ZONE, is_whole=True))
    (warning,) = store.post(WithdrawKey("carol", PLACE, "seen")).warnings
    assert warning.why is KeyWarningWhy.CARDS_LEFT


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"base_date": 2014}, "base_date"),
        ({"kt": 2}, "kt"),
        ({"ken": 85}, "ken"),
        ({"dkga": "04"}, "dkga"),
        ({"credit_limit_wh": 1000}, "credit_limit"),
        ({"keeper": KeyKeeper.MODULE, "label": "x"}, "keeper"),
    ],
)
def test_what_only_meters_need_is_refused_of_a_card_key(changes, path):
    refused = loaded(MemoryKeys(), card_key(**changes))
    assert (refused.reason, refused.path) == (KeyRefusal.NOT_OF_CARDS, path)


@pytest.mark.parametrize(("version", "fits"), [(0, False), (1, True), (255, True), (256, False)])
def test_the_version_of_a_card_key_is_one_byte(version, fits):
    found = loaded(MemoryKeys(), card_key(version))
    assert (getattr(found, "reason", None) is KeyRefusal.BAD_VERSION) is not fits


def test_a_vending_key_has_no_revision_beyond_nine_as_before():
    assert loaded(MemoryKeys(), approved(10).revision).reason is KeyRefusal.BAD_KRN


def test_a_card_key_has_no_name_and_no_zone():
    group = SupplyGroup(PLACE[0], "wallets")
    assert MemoryKeys().post(NameGroup("anna", group)).reason is KeyRefusal.BAD_SGC


def test_the_next_version_serves_and_the_one_before_still_answers():
    old, new = (
        VendingKey.loaded(card_key(version, days), "anna", NOON).approved("ben", NOON)
        for version, days in ((1, -30), (2, -1))
    )
    assert standings(old, new) == [KeyStanding.BEFORE, KeyStanding.SERVES]
    ring, now_us = KeyRing.of([old.revision, new.revision]), microseconds(NOON)
    assert ring.card_key(PLACE[0], 1, now_us) == old.revision
    assert ring.card_key(PLACE[0], 2, now_us) == new.revision
    assert ring.card_key(PLACE[0], 3, now_us) is None
