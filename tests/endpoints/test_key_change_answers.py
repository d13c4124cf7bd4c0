"""A key change at the bank's door: every token of a sale is said, whole, in whatever profile."""

import copy
from datetime import time

import pytest

import schemas
from gateway.core.outcome import FreeToken
from gateway.core.token import TokenDigits
from gateway.endpoints.bank_answer import AnswerWriter
from gateway.endpoints.bank_profile import BankProfile, ProfileFault
from tests.builders import ZONE
from tests.endpoints.test_bank_answers import approved, request

KEYS = tuple(TokenDigits(f"{n}" * 20) for n in range(1, 5))
FREE = TokenDigits("09876543210987654321")
SOLD = approved(key_change=KEYS, free=FreeToken(60_000, FREE))
TOKEN = {"token": {"field": 48, "tag": "TK"}}


def profile_of(name="default", *, field_max=None, **answer) -> BankProfile:
    tables = copy.deepcopy(schemas.load(f"iso8583/{name}.json"))
    if answer:
        tables["door"]["answer"] = TOKEN | answer
    for number, most in (field_max or {}).items():
        tables["message"]["fields"][number]["max"] = most
    return BankProfile.from_tables(tables)


def said_in(profile: BankProfile) -> str:
    answer = AnswerWriter(profile, ZONE, time(0, 0)).decided(request(profile), SOLD)
    fields = profile.spec.decode(answer).fields
    return " ".join(fields[number] for number in (48, 57, 63) if number in fields).replace(" ", "")


@pytest.mark.parametrize(
    "profile",
    [
        *(profile_of(name) for name in ("default", "binary87", "altopay")),
        profile_of(text={"field": 63}),
        profile_of(text={"field": 63}, free_token={"field": 48, "tag": "FT"}),
        profile_of(text={"field": 63}, key_change={"field": 48, "tags": ["T1", "T2", "T3", "T4"]}),
        profile_of(text={"field": 63}, field_max={"63": 151}),
        profile_of(receipt_lines={"field": 63}, field_max={"63": 203}),
        profile_of("altopay", text={"field": 57, "tags": ["S0", "S1", "S2", "S3", "S4"]}),
        profile_of("altopay", receipt_lines={"field": 57, "tags": ["R0", "R1", "R2", "R3", "R4", "R5"]}),
        profile_of(field_max={"48": 144}),
    ],
    ids=[
        "default", "binary87", "altopay", "one text", "text for the keys", "text for what is free",
        "a short text", "a short slip", "a few lines", "a slip of six lines", "a narrow field",
    ],
)  # fmt: skip
def test_every_token_of_a_sale_is_said_whole(profile):
    said = said_in(profile)
    assert [token.reveal() for token in (*KEYS, SOLD.token, FREE) if token.reveal() not in said] == []


@pytest.mark.parametrize(
    ("answer", "field_max", "sentence"),
    [
        ({}, {"48": 143}, "field 48 has no room for all the tokens of one sale"),
        ({"text": {"field": 63}}, {"63": 150}, "no room for 151 characters of tokens"),
        ({"text": {"field": 63}, "receipt_lines": {"field": 63}}, {"63": 202}, "no room for 203 characters"),
    ],
    ids=["tags", "text", "slip"],
)
def test_a_profile_without_room_for_every_token_is_refused_at_the_start(answer, field_max, sentence):
    with pytest.raises(ProfileFault, match=sentence):
        profile_of(field_max=field_max, **answer)


def test_a_profile_whose_lines_are_too_few_for_every_token_is_refused_at_the_start():
    with pytest.raises(ProfileFault, match="2 tags; the tokens of one sale take 5 lines"):
        profile_of("altopay", text={"field": 57, "tags": ["S0", "S1"]})
