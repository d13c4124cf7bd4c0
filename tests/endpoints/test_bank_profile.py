"""Profiles: the three that come with Powertill are read, and a wrong one is refused with its path."""

import copy

import pytest

import schemas
from gateway.codecs.iso8583.tables import TableFault
from gateway.core.refusal import Refusal
from gateway.endpoints.bank_profile import BankProfile, ProfileFault


@pytest.mark.parametrize("name", ["default", "binary87", "altopay"])
def test_a_profile_of_ours_is_read_and_has_a_code_for_every_reason(name):
    profile = BankProfile.from_tables(schemas.load(f"iso8583/{name}.json"))
    assert profile.name == name
    assert {refusal.value for refusal in Refusal} <= set(profile.codes)
    assert all(len(code) == 2 for code in profile.codes.values())


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("processing", [], "door.processing must be an object"),
        ("token_in_answer", "yes", "door.token_in_answer must be true or false"),
        ("key_fields", [], "door.key_fields"),
        ("key_fields", ["37"], "door.key_fields"),
        ("digest_fields", "meter", "door.digest_fields must be a list"),
        ("meter", [{"field": 48, "tag": "MT", "names": "anybody"}], "door.meter.names"),
        ("meter", [{"tag": "MT", "names": "meter"}], "field is missing"),
        ("echo", [2, 999], "door.echo"),
        ("codes", {"unknwon": "68"}, "door.codes.unknwon"),
        ("codes", {"done": "000"}, "door.codes.done"),
        ("answer", {}, "door.answer.token is missing"),
        ("answer", {"tokn": {"field": 48, "tag": "TK"}}, "door.answer.tokn is not something"),
        ("answer", {"token": {"field": 47, "tag": "TK"}}, "field 47, which has no layout"),
        ("answer", {"token": {"field": 48, "tag": "XX"}}, "has no XX"),
        ("answer", {"token": {"field": 129}}, "field 129, which the messages do not have"),
        ("key_fields", [["xx"]], "'xx' is no field"),
        ("key_fields", [["37.foo"]], "field 37, which has no layout"),
        ("original_fields", [["90.foo"]], "has no foo"),
        ("digest_fields", ["meter", "x"], "'x' is no field"),
        ("echo", [2, 150], "field 150"),
        ("amount_exponent", {"156": 3}, "more decimals"),
        ("amount_exponent", {"CNY": 2}, "no numeric currency code"),
        ("answer", {"token": {"tag": "TK"}}, "field is missing"),
        ("sign_on", {"required": True, "signature": {"field": 48}}, "access_key is missing"),
    ],
)
def test_a_wrong_profile_is_refused_with_the_path_of_what_is_wrong(path, value, says):
    tables = copy.deepcopy(schemas.load("iso8583/default.json"))
    tables["door"][path] = value
    with pytest.raises(ProfileFault, match=says.replace(".", r"\.")):
        BankProfile.from_tables(tables)


def test_a_profile_without_messages_is_refused():
    with pytest.raises((ProfileFault, TableFault), match="message"):
        BankProfile.from_tables({"name": "empty", "door": schemas.load("iso8583/default.json")["door"]})
