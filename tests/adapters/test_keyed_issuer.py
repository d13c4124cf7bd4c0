import hmac
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from adapters.keys import token_maker
from adapters.keys.issuer import KeyedIssuer
from adapters.keys.keepers import Keepers, PlainKeys
from adapters.keys.module import ModuleTokens
from adapters.keys.passphrase import MEMORY_KIB_MIN, Argon2Cost
from adapters.keys.sealed_file import SealedFile
from gateway.codecs.sts.block import TokenFault
from gateway.core.key_ring import KeyKeeper, KeyRevision, KeyRing, KeyState
from gateway.core.token import IssuerRefusal, IssuerRefusalWhy, StsIdentity, TokenDigits, next_tid, tid_at
from gateway.core.token_order import KeyChangeOrder, NotPrepared, TokenOrder
from gateway.simulators.security_module import VirtualSecurityModule

if TYPE_CHECKING:
    from gateway.ports import TokenIssuer

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "sts.json").read_text())["vectors"]
CREDITS = [entry for entry in VECTORS if entry["kind"] == "credit" and entry["ea"] == "11"]
VENDING_KEY = bytes.fromhex("abababababababab949494949494949401234567")
# HMAC-SHA-256 of eight zero octets under this key, by openssl: see the test of check values.
KCV = "0F353D"
IDENTITY = StsIdentity("600727000000000009", sgc="201457", krn=1, ti="01", ea="11", kt=2, base_date=2014)
ORDER = TokenOrder(IDENTITY, 0, 0, tid=6_000_000, rnd=5, value=256)
CHEAP = Argon2Cost(MEMORY_KIB_MIN, 1, 1)
FILE, SEALED, PKCS11, MODULE = KeyKeeper.FILE, KeyKeeper.SEALED, KeyKeeper.PKCS11, KeyKeeper.MODULE


class Service:
    """A key service that answers when it is told to; what it was asked is in ``heard``."""

    def __init__(self, vending_key=VENDING_KEY, *, is_slow=False):
        self.vending_key = vending_key
        self.heard = []
        self.waiting = []
        self.is_slow = is_slow

    async def decoder_key(self, identity, revision):
        self.heard.append(("key", identity.pan, revision.place))
        await self._turn()
        return token_maker.decoder_key(identity, revision.dkga, self.vending_key)

    async def check_value(self, revision):
        self.heard.append(("check", revision.place))
        await self._turn()
        return token_maker.check_value(self.vending_key)

    def _turn(self):
        if not self.is_slow:
            return succeed(None)
        self.waiting.append(Deferred())
        return self.waiting[-1]


def ring(*revisions):
    return KeyRing.of(revisions or (KeyRevision("201457", 1),))


def issuer(*revisions, keepers=None, **more):
    known = Keepers(shelves={FILE: PlainKeys({("201457", 1): VENDING_KEY})}) if keepers is None else keepers
    return KeyedIssuer(lambda: ring(*revisions), known, **more)


def serviced(service, *revisions, **more):
    revisions = revisions or (KeyRevision("201457", 1, keeper=PKCS11),)
    return issuer(*revisions, keepers=Keepers(services={PKCS11: service}), **more)


def moduled(**more):
    revision = KeyRevision("201457", 1, keeper=MODULE)
    virtual = VirtualSecurityModule({revision: VENDING_KEY}, Clock(), lambda: 0)
    keepers = Keepers(modules={MODULE: ModuleTokens(virtual, Clock())})
    return virtual, issuer(revision, keepers=keepers, **more)


def why_refused(maker, order=ORDER):
    with pytest.raises(IssuerRefusal) as caught:
        maker.make(order)
    return caught.value.why


async def why_unprepared(maker, *orders):
    with pytest.raises(IssuerRefusal) as caught:
        await maker.prepare(orders or [ORDER])
    return caught.value.why


def order_of(entry):
    fields = ("pan", "sgc", "krn", "ti", "ea", "kt", "base_date")
    identity = StsIdentity(**{field: entry[field] for field in fields})
    tid = next_tid(tid_at(entry["base_date"], datetime.fromisoformat(entry["dt"])), None)
    return TokenOrder(identity, 0, entry["subclass"], tid=tid, rnd=entry["rnd"], value=entry["value"])


@pytest.mark.parametrize("entry", CREDITS, ids=lambda entry: entry["id"])
def test_a_key_on_the_shelf_makes_the_published_token_at_once(entry):
    shelf = PlainKeys({(entry["sgc"], entry["krn"]): bytes.fromhex(entry["vk"])})
    maker = issuer(KeyRevision(entry["sgc"], entry["krn"]), keepers=Keepers(shelves={FILE: shelf}))
    (token,) = maker.make(order_of(entry))
    assert token.reveal() == entry["token"]


def test_a_key_of_two_people_in_the_sealed_file_makes_the_published_token(tmp_path):
    entry = CREDITS[0]
    shelf = SealedFile.begun(tmp_path / "keys", b"a passphrase of tests", CHEAP)
    revision = KeyRevision(entry["sgc"], entry["krn"], keeper=SEALED, kcv=KCV)
    first = bytes(range(1, 21))
    maker: TokenIssuer = issuer(revision, keepers=Keepers(shelves={SEALED: shelf}))
    shelf.bring_first(revision.place, first, "ann")
    assert why_refused(maker, order_of(entry)) is IssuerRefusalWhy.NO_KEY
    second = bytes(one ^ other for one, other in zip(bytes.fromhex(entry["vk"]), first, strict=True))
    shelf.keep_whole(revision.place, shelf.try_second(revision.place, second, "bob"), ("ann", "bob"))
    assert [token.reveal() for token in maker.make(order_of(entry))] == [entry["token"]]


def test_an_older_key_that_comes_back_to_its_place_makes_no_token(tmp_path):
    # A copy of the sealed file from before the revision was loaded anew, under a running gateway.
    shelf = SealedFile.begun(tmp_path / "keys", b"a passphrase of tests", CHEAP)
    revision = KeyRevision("201457", 1, keeper=SEALED, kcv=KCV)
    maker = issuer(revision, keepers=Keepers(shelves={SEALED: shelf}))
    shelf.keep_whole(revision.place, VENDING_KEY, ("ann",))
    assert len(maker.make(ORDER)) == 1
    shelf.keep_whole(revision.place, bytes(range(20)), ("ann",))
    another = replace(ORDER, identity=replace(IDENTITY, ti="02"))
    assert why_refused(maker, another) is IssuerRefusalWhy.WRONG_KEY


@pytest.mark.parametrize("entry", CREDITS[:4], ids=lambda entry: entry["id"])
@pytest_twisted.ensureDeferred
async def test_a_key_service_makes_the_published_token_once_prepared(entry):
    service = Service(bytes.fromhex(entry["vk"]))
    maker = serviced(service, KeyRevision(entry["sgc"], entry["krn"], keeper=PKCS11))
    await maker.prepare([order_of(entry)])
    (token,) = maker.make(order_of(entry))
    assert token.reveal() == entry["token"]


@pytest.mark.parametrize(
    ("revision", "why"),
    [
        (KeyRevision("201457", 2), IssuerRefusalWhy.NO_KEY),
        (KeyRevision("201457", 1, state=KeyState.PENDING), IssuerRefusalWhy.NOT_APPROVED),
        (KeyRevision("201457", 1, state=KeyState.WITHDRAWN), IssuerRefusalWhy.NOT_APPROVED),
        (KeyRevision("201457", 1, kt=1), IssuerRefusalWhy.OTHER_KEY),
        (KeyRevision("201457", 1, base_date=1993), IssuerRefusalWhy.OTHER_KEY),
        (KeyRevision("201457", 1, ken=90), IssuerRefusalWhy.KEY_EXPIRED),
        (KeyRevision("201457", 1, keeper=SEALED), IssuerRefusalWhy.NO_KEY),
        (KeyRevision("201457", 1, keeper=PKCS11), IssuerRefusalWhy.NO_KEY),
        (KeyRevision("201457", 1, kcv="000000"), IssuerRefusalWhy.WRONG_KEY),
        (KeyRevision("201457", 1, dkga="02"), IssuerRefusalWhy.KIND),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_what_may_not_be_made_at_any_hour_is_refused(revision, why):
    assert why_refused(issuer(revision)) is why


def test_the_hour_is_the_books_affair():
    # Whether a key's time has begun or is over they have asked the ring, with the moment of the batch.
    later = KeyRevision("201457", 1, active_from_us=10**15, issue_until_us=2 * 10**15)
    assert issuer(later).make(ORDER)


def test_a_key_of_a_length_that_is_not_its_algorithm_s_is_the_wrong_key():
    maker = issuer(keepers=Keepers(shelves={FILE: PlainKeys({("201457", 1): bytes(8)})}))
    assert why_refused(maker) is IssuerRefusalWhy.WRONG_KEY


def test_a_key_with_the_check_value_it_was_approved_by_makes_tokens():
    assert issuer(KeyRevision("201457", 1, kcv=KCV)).make(ORDER) == issuer().make(ORDER)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"subclass": 8}, IssuerRefusalWhy.KIND),
        ({"token_class": 1}, IssuerRefusalWhy.KIND),
        ({"token_class": 2, "subclass": 3}, IssuerRefusalWhy.KIND),
        ({"token_class": 2, "subclass": 1, "value": 65_536}, IssuerRefusalWhy.KIND),
        ({"value": 18_201_625}, IssuerRefusalWhy.AMOUNT),
        ({"tid": 1 << 24}, IssuerRefusalWhy.KEY_EXPIRED),
        ({"identity": replace(IDENTITY, ea="07")}, IssuerRefusalWhy.TEST_TABLES),
    ],
    ids=str,
)
def test_what_no_token_can_say_is_refused(change, why):
    assert why_refused(issuer(), replace(ORDER, **change)) is why


SAMPLES = [entry for entry in VECTORS if entry["tables"] == "sample" and entry["kind"] in {"credit", "mgmt"}]


@pytest.mark.parametrize("entry", SAMPLES, ids=lambda entry: entry["id"])
def test_a_test_meter_of_ea07_gets_its_tokens_from_the_sample_tables(entry):
    order = replace(order_of(entry), token_class=entry["cls"], is_test=True)
    keys = PlainKeys({(entry["sgc"], entry["krn"]): bytes.fromhex(entry["vk"])})
    maker = KeyedIssuer(keys.ring, Keepers(shelves={FILE: keys}))
    (token,) = maker.make(order)
    assert token.reveal() == entry["token"]


def test_a_random_number_beyond_its_bits_is_the_callers_mistake():
    with pytest.raises(TokenFault):
        issuer().make(replace(ORDER, rnd=16))


def test_the_same_order_is_the_same_token_also_where_no_meter_is_held():
    maker = issuer(meters_held_max=1)
    other = replace(ORDER, identity=replace(IDENTITY, ti="02"))
    made = [maker.make(order) for order in (ORDER, other, ORDER, other)]
    assert made[:2] == made[2:]
    assert made[0] != made[1]


def test_a_revision_that_is_withdrawn_makes_nothing_from_then_on():
    stands = [ring()]
    keepers = Keepers(shelves={FILE: PlainKeys({("201457", 1): VENDING_KEY})})
    maker = KeyedIssuer(lambda: stands[-1], keepers)
    assert maker.make(ORDER)
    stands.append(ring(KeyRevision("201457", 1, state=KeyState.WITHDRAWN)))
    assert why_refused(maker) is IssuerRefusalWhy.NOT_APPROVED


@pytest_twisted.ensureDeferred
async def test_what_is_ready_goes_when_the_revision_behind_it_changes():
    stands = [KeyRevision("201457", 1, keeper=PKCS11, label="old")]
    service = Service()
    maker = KeyedIssuer(lambda: ring(stands[-1]), Keepers(services={PKCS11: service}))
    await maker.prepare([ORDER])
    before = maker.make(ORDER)
    stands.append(replace(stands[0], label="new"))
    service.vending_key = VENDING_KEY[::-1]
    with pytest.raises(NotPrepared):
        maker.make(ORDER)
    await maker.prepare([ORDER])
    assert maker.make(ORDER) != before


@pytest_twisted.ensureDeferred
async def test_what_was_not_prepared_says_what_to_prepare():
    maker = serviced(Service())
    with pytest.raises(NotPrepared) as caught:
        maker.make(ORDER)
    await maker.prepare([caught.value.order])
    assert maker.make(ORDER) == issuer().make(ORDER)


@pytest_twisted.ensureDeferred
async def test_each_meter_is_asked_for_once_and_all_at_once():
    service = Service(is_slow=True)
    maker = serviced(service)
    meters = [replace(IDENTITY, ti=f"{at:02}") for at in range(20)]
    prepared = Deferred.fromCoroutine(maker.prepare([replace(ORDER, identity=meter) for meter in meters * 2]))
    assert len(service.waiting) == 20
    for waiting in service.waiting:
        waiting.callback(None)
    await prepared
    await maker.prepare([ORDER])
    assert len(service.heard) == 20


@pytest_twisted.ensureDeferred
async def test_a_kept_key_is_compared_with_its_check_value_once():
    service = Service()
    maker = serviced(service, KeyRevision("201457", 1, keeper=PKCS11, kcv=KCV.lower()))
    await maker.prepare([ORDER, replace(ORDER, identity=replace(IDENTITY, ti="02"))])
    await maker.prepare([replace(ORDER, identity=replace(IDENTITY, ti="03"))])
    assert [what for what, *_ in service.heard] == ["check", "key", "key", "key"]


@pytest_twisted.ensureDeferred
async def test_a_key_that_is_not_the_approved_one_is_never_used():
    service = Service(VENDING_KEY[::-1])
    maker = serviced(service, KeyRevision("201457", 1, keeper=PKCS11, kcv=KCV))
    assert await why_unprepared(maker) is IssuerRefusalWhy.WRONG_KEY
    assert service.heard == [("check", ("201457", 1))]
    with pytest.raises(NotPrepared):
        maker.make(ORDER)


@pytest_twisted.ensureDeferred
async def test_one_refusal_keeps_no_other_order_from_being_prepared():
    maker = serviced(Service())
    stranger = replace(ORDER, identity=replace(IDENTITY, krn=9))
    assert await why_unprepared(maker, stranger, ORDER) is IssuerRefusalWhy.NO_KEY
    assert maker.make(ORDER)


@pytest_twisted.ensureDeferred
async def test_a_module_s_token_is_there_once_prepared_and_stays_for_a_second_decision():
    virtual, maker = moduled()
    with pytest.raises(NotPrepared):
        maker.make(ORDER)
    await maker.prepare([ORDER, ORDER])
    assert maker.make(ORDER) == maker.make(ORDER) == issuer().make(ORDER)
    assert len(virtual.issued) == 1


@pytest_twisted.ensureDeferred
async def test_a_module_s_token_that_was_not_fetched_in_time_is_the_same_when_it_is_asked_again():
    virtual, maker = moduled(orders_held_max=1)
    other = replace(ORDER, tid=6_000_001)
    await maker.prepare([ORDER])
    before = maker.make(ORDER)
    await maker.prepare([other])
    with pytest.raises(NotPrepared):
        maker.make(ORDER)
    await maker.prepare([ORDER])
    assert maker.make(ORDER) == before
    assert len(virtual.issued) == 2


@pytest_twisted.ensureDeferred
async def test_several_tokens_of_a_module_come_in_its_order():
    revision = KeyRevision("201457", 1, keeper=MODULE)
    pair = ("1" * 20, "2" * 20)
    virtual = VirtualSecurityModule({revision: VENDING_KEY}, Clock(), lambda: 0, lambda order, keys: pair)
    maker = issuer(revision, keepers=Keepers(modules={MODULE: ModuleTokens(virtual, Clock())}))
    await maker.prepare([ORDER])
    assert maker.make(ORDER) == tuple(map(TokenDigits, pair))


@pytest_twisted.ensureDeferred
async def test_a_module_that_is_not_there_has_no_key():
    maker = issuer(KeyRevision("201457", 1, keeper=MODULE), keepers=Keepers())
    assert await why_unprepared(maker) is IssuerRefusalWhy.NO_KEY


@pytest_twisted.ensureDeferred
async def test_no_key_is_changed_between_a_module_and_a_key_that_is_at_hand():
    revisions = KeyRevision("201457", 1), KeyRevision("201457", 2, keeper=MODULE)
    change = KeyChangeOrder(IDENTITY, replace(IDENTITY, krn=2), ken=255)
    maker = issuer(*revisions)
    assert why_refused(maker, change) is IssuerRefusalWhy.KIND
    assert await why_unprepared(maker, change) is IssuerRefusalWhy.KIND


@pytest_twisted.ensureDeferred
async def test_a_key_change_asks_for_both_keys():
    service = Service()
    change = KeyChangeOrder(IDENTITY, replace(IDENTITY, krn=2), ken=255)
    expired = KeyRevision("201457", 1, keeper=PKCS11, ken=0)
    maker = serviced(service, expired, KeyRevision("201457", 2, keeper=PKCS11))
    await maker.prepare([change])
    assert [place for *_, place in service.heard] == [("201457", 1), ("201457", 2)]


def test_the_issuer_shows_no_key():
    maker = issuer()
    maker.make(ORDER)
    key = token_maker.ready(IDENTITY, bytes.fromhex("ab" * 16), None)
    shown = repr(maker) + repr(vars(maker)) + repr(key)
    assert "abab" not in shown
    assert "\\xab" not in shown


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        # printf '\0\0\0\0\0\0\0\0' | openssl dgst -sha256 -mac HMAC -macopt hexkey:…
        (VENDING_KEY, KCV),
        # FIPS 81's key; openssl enc -des-ecb of eight zero octets begins so.
        (bytes.fromhex("0123456789abcdef"), "D5D44F"),
    ],
    ids=["DKGA04", "DKGA02"],
)
def test_a_check_value_is_what_the_key_makes_of_zeros(key, expected):
    assert token_maker.check_value(key) == expected


def test_a_key_of_no_known_length_has_no_check_value_and_is_not_shown():
    with pytest.raises(ValueError, match=r"^a vending key has 8 or 20 octets, not 16$"):
        token_maker.check_value(b"canary" + bytes(10))


def test_the_message_for_a_module_is_the_one_the_published_key_is_made_of():
    made = hmac.digest(VENDING_KEY, token_maker.decoder_key_message(IDENTITY), "sha256")
    assert made[:16].hex() == "929bd3a415c9420a05ec5ee9f3ce91c3"
