"""Suite 0: the Green Book's examples, counters that only rise, seals that do not fit."""

import pytest

from gateway.codecs.dlms.fault import PeerFault
from gateway.codecs.dlms.security import (
    AUTHENTICATED,
    BOTH,
    COUNTER_MAX,
    ENCIPHERED,
    CounterFault,
    SealFault,
    Sealing,
    SoftwareCipher,
)
from tests.dlms_ends import CLIENT_TITLE, METER_TITLE, PUBLISHED, sealing

BOOK = PUBLISHED["green_book"]
GET = bytes.fromhex("c001c100030100010800ff0200")


def of_book(entry):
    cipher = SoftwareCipher(bytes.fromhex(BOOK["encryption_key"]), bytes.fromhex(BOOK["authentication_key"]))
    return Sealing(cipher, bytes.fromhex(entry["title"]), entry["counter"])


def pair(**more):
    ours, theirs = sealing(CLIENT_TITLE, **more), sealing(METER_TITLE, **more)
    ours.peer, theirs.peer = METER_TITLE, CLIENT_TITLE
    return ours, theirs


@pytest.mark.parametrize("entry", BOOK["gmac"], ids=["client", "server"])
def test_the_proof_is_the_green_book_s(entry):
    challenge, proof = bytes.fromhex(entry["challenge"]), bytes.fromhex(entry["proof"])
    assert of_book(entry).proof(challenge) == proof
    other = of_book(entry | {"title": "00" * 8})
    other.peer = bytes.fromhex(entry["title"])
    assert other.is_proof(proof, challenge)
    assert not other.is_proof(proof, challenge[::-1])
    assert not other.is_proof(proof[:-1] + b"\0", challenge)


def test_the_ciphered_apdu_is_the_green_book_s():
    entry = BOOK["ciphered"]
    plain, sealed = bytes.fromhex(entry["plain"]), bytes.fromhex(entry["sealed"])
    assert of_book(entry).seal(plain) == sealed
    other = of_book(entry | {"title": "00" * 8})
    other.peer = bytes.fromhex(entry["title"])
    assert other.unseal(sealed) == plain


@pytest.mark.parametrize("control", [AUTHENTICATED, ENCIPHERED, BOTH])
def test_what_is_sealed_is_opened_and_the_counter_rises(control):
    ours, theirs = pair(control=control)
    first, second = ours.seal(GET), ours.seal(GET)
    assert first != second
    assert [theirs.unseal(first), theirs.unseal(second)] == [GET, GET]
    assert ours.counter == 3
    assert (GET in first) is (control == AUTHENTICATED)


def test_a_general_seal_bears_the_title():
    ours, theirs = pair()
    assert theirs.unseal(ours.seal_general(GET)) == GET
    theirs.peer = bytes(8)
    with pytest.raises(SealFault, match="title"):
        theirs.unseal(ours.seal_general(GET))


def test_what_was_said_before_is_refused():
    ours, theirs = pair()
    sealed = ours.seal(GET)
    theirs.unseal(sealed)
    with pytest.raises(SealFault, match="counter"):
        theirs.unseal(sealed)


def test_a_forged_apdu_does_not_use_up_the_counter():
    ours, theirs = pair()
    sealed = ours.seal(GET)
    with pytest.raises(SealFault):
        theirs.unseal(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    assert theirs.unseal(sealed) == GET


def test_every_bit_of_a_sealed_apdu_counts():
    ours, _ = pair()
    sealed = ours.seal(GET)
    for place in range(8 * len(sealed)):
        turned = bytearray(sealed)
        turned[place // 8] ^= 1 << place % 8
        with pytest.raises(PeerFault):
            pair()[1].unseal(bytes(turned))


def test_another_key_opens_nothing():
    ours, theirs = sealing(CLIENT_TITLE), sealing(METER_TITLE, encryption=bytes(16))
    theirs.peer = CLIENT_TITLE
    with pytest.raises(SealFault, match="keys"):
        theirs.unseal(ours.seal(GET))


def test_where_we_authenticate_the_peer_must_too():
    ours, theirs = sealing(CLIENT_TITLE, control=ENCIPHERED), sealing(METER_TITLE)
    theirs.peer = CLIENT_TITLE
    with pytest.raises(SealFault, match="not authenticated"):
        theirs.unseal(ours.seal(GET))


def test_an_apdu_under_another_tag_is_refused():
    ours, theirs = pair()
    sealed = ours.seal(GET)
    with pytest.raises(SealFault, match="another APDU"):
        theirs.unseal(b"\xc9" + sealed[1:])


def test_a_used_up_counter_seals_nothing():
    last = sealing(CLIENT_TITLE, counter=COUNTER_MAX)
    last.seal(GET)
    with pytest.raises(ValueError, match="used up"):
        last.seal(GET)


@pytest.mark.parametrize(
    "make",
    [
        lambda: SoftwareCipher(bytes(15), bytes(16)),
        lambda: Sealing(SoftwareCipher(bytes(16), bytes(16)), bytes(7), 1),
        lambda: sealing(CLIENT_TITLE, control=0),
        lambda: sealing(CLIENT_TITLE).seal(b"\x60"),
    ],
)
def test_what_cannot_be_sealed_is_our_own_fault(make):
    with pytest.raises(ValueError, match=r"key|title|seal|form"):
        make()


def test_no_key_is_shown():
    shown = repr(SoftwareCipher(b"K" * 16, b"A" * 16)) + repr(sealing(CLIENT_TITLE))
    assert "KK" not in shown
    assert "AA" not in shown


def test_a_counter_that_is_kept_lets_nothing_be_said_again_to_the_next_association():
    ours, theirs = pair()
    first = ours.seal(GET)
    assert (theirs.heard, theirs.unseal(first), theirs.heard) == (-1, GET, 1)
    again = sealing(METER_TITLE, heard=theirs.heard)
    again.peer = CLIENT_TITLE
    with pytest.raises(CounterFault) as caught:
        again.unseal(first)
    assert caught.value.wanted == 2
    assert again.unseal(ours.seal(GET)) == GET
