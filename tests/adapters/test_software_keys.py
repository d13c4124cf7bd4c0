import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from adapters.keys.software import SoftwareIssuer
from gateway.codecs.sts.block import TokenFault
from gateway.core.token import IssuerRefusal, IssuerRefusalWhy, StsIdentity, tid_at

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "sts.json").read_text())["vectors"]
CREDITS = [entry for entry in VECTORS if entry["kind"] == "credit" and entry["ea"] == "11"]
VENDING_KEY = bytes.fromhex("abababababababab949494949494949401234567")
IDENTITY = StsIdentity("600727000000000009", sgc="201457", krn=1, ti="01", ea="11", kt=2, base_date=2014)
SALE = {"subclass": 0, "tid": 6_000_000, "rnd": 5, "amount_tenths": 256}


def issuer(**more):
    return SoftwareIssuer({("201457", 1): VENDING_KEY}, **more)


def why_refused(maker, identity=IDENTITY, **change):
    with pytest.raises(IssuerRefusal) as caught:
        maker.credit(identity, **(SALE | change))
    return caught.value.why


@pytest.mark.parametrize("entry", CREDITS, ids=lambda entry: entry["id"])
def test_a_sold_token_has_its_published_digits(entry):
    fields = ("pan", "sgc", "krn", "ti", "ea", "kt", "base_date")
    identity = StsIdentity(**{field: entry[field] for field in fields})
    maker = SoftwareIssuer({(entry["sgc"], entry["krn"]): bytes.fromhex(entry["vk"])})
    token = maker.credit(
        identity,
        subclass=entry["subclass"],
        tid=tid_at(entry["base_date"], datetime.fromisoformat(entry["dt"])),
        rnd=entry["rnd"],
        amount_tenths=entry["value"],
    )
    assert token.reveal() == entry["token"]


def test_the_same_id_gives_the_same_token():
    assert issuer().credit(IDENTITY, **SALE) == issuer().credit(IDENTITY, **SALE)


def test_two_meters_get_different_tokens():
    maker = issuer()
    other = replace(IDENTITY, pan="600727111111111153")
    assert maker.credit(IDENTITY, **SALE) != maker.credit(other, **SALE)


def test_more_meters_than_are_held_still_get_their_own_tokens():
    maker = issuer(meters_held_max=1)
    other = replace(IDENTITY, ti="02")
    tokens = [maker.credit(identity, **SALE) for identity in (IDENTITY, other, IDENTITY, other)]
    assert tokens[:2] == tokens[2:]


@pytest.mark.parametrize("change", [{"sgc": "201458"}, {"krn": 2}], ids=str)
def test_without_the_vending_key_no_token_is_made(change):
    assert why_refused(issuer(), replace(IDENTITY, **change)) is IssuerRefusalWhy.NO_KEY


def test_the_algorithm_with_licensed_tables_is_refused():
    assert why_refused(issuer(), replace(IDENTITY, ea="07")) is IssuerRefusalWhy.TABLES


def test_an_expired_key_makes_no_token():
    maker = issuer(expiry_numbers={("201457", 1): 85})
    assert why_refused(maker, tid=86 << 16) is IssuerRefusalWhy.KEY_EXPIRED


def test_a_key_makes_tokens_until_its_last_minute():
    maker = issuer(expiry_numbers={("201457", 1): 85})
    assert maker.credit(IDENTITY, **(SALE | {"tid": (86 << 16) - 1}))


def test_too_large_an_amount_is_refused():
    assert why_refused(issuer(), amount_tenths=18_201_625) is IssuerRefusalWhy.AMOUNT


def test_a_credit_in_currency_is_refused():
    assert why_refused(issuer(), subclass=4) is IssuerRefusalWhy.SUBCLASS


def test_no_key_outlives_its_base_date():
    assert why_refused(issuer(), tid=2**24) is IssuerRefusalWhy.KEY_EXPIRED


def test_a_random_number_beyond_its_bits_is_the_callers_mistake():
    with pytest.raises(TokenFault):
        issuer().credit(IDENTITY, **(SALE | {"rnd": 16}))


def test_the_issuer_shows_no_key():
    shown = repr(issuer()) + str(issuer())
    assert "ab" * 4 not in shown
    assert "\\xab" not in shown
    assert "1 vending keys" in shown
