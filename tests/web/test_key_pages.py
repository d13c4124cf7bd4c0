"""Vending keys on the pages: how they stand, who may withdraw them, and no key passes through a browser."""

from dataclasses import replace

import pytest

from gateway.core.authority import Level
from gateway.core.diary import Actor
from gateway.core.key_ring import KeyKeeper, KeyRevision, KeyState
from gateway.core.timeline import microseconds
from gateway.office.step_orders import ordered
from gateway.prepayment.keep_keys import ApproveKey, LoadKey
from tests.builders import NOON, ZONE
from tests.web.staffed import Manned, only

NONCE = "n" * 24


def revision(krn=2, keeper=KeyKeeper.PKCS11, **changes):
    usual = {"kt": 2, "base_date": 2014, "active_from_us": microseconds(NOON), "kcv": "A1B2C3"}
    label = "sts-1" if keeper is KeyKeeper.PKCS11 else ""
    return KeyRevision("201457", krn, keeper=keeper, label=label, state=KeyState.PENDING, **(usual | changes))


def load(manned, of=None):
    (content,) = manned.batch.run([ordered(Actor("anna"), LoadKey("anna", of or revision(), ZONE))])
    assert content.key.state is KeyState.PENDING, content


@pytest.fixture
def manned(tmp_path):
    manned = Manned(tmp_path)
    load(manned)
    return manned


@pytest.fixture
def desk(manned):
    return manned.desk()


def test_a_key_of_a_module_is_approved_by_its_check_value(desk):
    assert "waits for a second person" in desk.get("/keys/201457").text
    wrong = desk.post("/keys/201457/2/approve", "chief", {"nonce": NONCE, "kcv": "FFFFFF"})
    assert "the check value is not the same" in wrong.text
    told = desk.post("/keys/201457/2/approve", "chief", {"nonce": NONCE, "kcv": "a1b2c3"})
    assert told.code == 303
    assert [row[2] for row in desk.get("/keys").cells()] != []
    html = desk.get("/keys/201457").text
    assert "serves" in html
    assert "0 of 11 hold the key that serves" in html


def test_a_key_in_two_parts_is_approved_at_the_machine_with_the_very_command(desk, manned):
    load(manned, revision(3, KeyKeeper.SEALED))
    html = desk.get("/keys/201457").text
    assert "powertill keys approve --sgc 201457 --krn 3 --component-file FILE" in html
    assert "/keys/201457/3/approve" not in html
    told = desk.post("/keys/201457/3/approve", "chief", {"nonce": NONCE, "kcv": "A1B2C3"})
    assert told.code == 422
    assert "powertill keys load --sgc 201457 --krn 4" in html


def test_a_key_is_withdrawn_with_a_reason_and_its_warning_is_said(desk, manned):
    manned.batch.run([ordered(Actor("ben"), ApproveKey("ben", ("201457", 2), "A1B2C3", ZONE))])
    assert "Meters that hold this key" in desk.get("/keys/201457/2/withdraw").text
    assert desk.post("/keys/201457/2/withdraw", "chief", {"nonce": NONCE, "reason": ""}).code == 422
    told = desk.post("/keys/201457/2/withdraw", "chief", {"nonce": NONCE, "reason": "part 1 was seen"})
    assert told.code == 303
    html = desk.get(told.header("location")).text
    assert "The key is withdrawn. No other key of this group is approved" in html
    assert "part 1 was seen" in html


def test_an_approved_key_is_withdrawn_by_who_may_approve_alone(desk, manned):
    manned.let_in("clerk", only(keys=Level.DO))
    assert desk.get("/keys/201457/2/withdraw", "clerk").code == 200
    manned.batch.run([ordered(Actor("ben"), ApproveKey("ben", ("201457", 2), "A1B2C3", ZONE))])
    assert desk.get("/keys/201457/2/withdraw", "clerk").code == 403
    assert desk.post("/keys/201457/2/withdraw", "clerk", {"nonce": NONCE, "reason": "x"}).code == 403


def test_the_meters_that_hold_another_key_are_listed(desk, manned):
    manned.batch.run([ordered(Actor("ben"), ApproveKey("ben", ("201457", 2), "A1B2C3", ZONE))])
    assert len(desk.get("/keys/201457/not-migrated").cells()) == 11
    manned.people.branch("north")
    manned.let_in("north-1", branch="north")
    assert desk.get("/keys/201457/not-migrated", "north-1").code == 404
    assert "not-migrated" not in desk.get("/keys/201457", "north-1").text


@pytest.mark.parametrize("path", ["/keys/1", "/keys/999999", "/keys/20145x", "/keys/201457/7/withdraw"])
def test_a_group_that_is_none_has_no_page(desk, path):
    assert desk.get(path).code == 404


# --- Master keys of cards. ---

CARDS = "powertill-cpu.00000815.wallet"


def card_key(krn=12):
    said = {"kt": 0, "base_date": 0, "dkga": "aes", "sgc": CARDS}
    return replace(revision(krn), **said)


def test_a_master_key_of_cards_has_a_page_of_its_own_without_meters(desk, manned):
    load(manned, card_key())
    assert CARDS in desk.get("/keys").text
    html = desk.get(f"/keys/{CARDS}").text
    for said in ("Master key of cards", "Kind of card", "00000815", "A1B2C3", "waits for a second person"):
        assert said in html
    for unsaid in ("Base date", "Key type", "Expires", "May issue", "Meters in use", "/meters?sgc="):
        assert unsaid not in html
    assert f"powertill keys load --cards {CARDS} --krn 13 --kcv HEX" in html
    assert desk.get(f"/keys/{CARDS}/not-migrated").code == 404


def test_a_master_key_of_cards_in_a_module_is_approved_and_withdrawn_on_the_pages(desk, manned):
    load(manned, card_key())
    told = desk.post(f"/keys/{CARDS}/12/approve", "chief", {"nonce": NONCE, "kcv": "a1b2c3"})
    assert told.code == 303
    assert "serves" in desk.get(f"/keys/{CARDS}").text
    assert "Meters that hold this key" not in desk.get(f"/keys/{CARDS}/12/withdraw").text
    told = desk.post(f"/keys/{CARDS}/12/withdraw", "chief", {"nonce": NONCE, "reason": "part 1 was seen"})
    html = desk.get(told.header("location")).text
    assert "Cards of this key version cannot be read or written until it is loaded again." in html
