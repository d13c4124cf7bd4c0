"""What lets into meters: files of the operator's folder, and a sentence where one of them cannot be used."""

import json
from datetime import UTC, datetime

import pytest

from gateway.assembly.meter_access import MeterAccess
from gateway.codecs.meter_model.fault import ModelFault
from gateway.core.contact import ContactFault, ContactWhy
from gateway.core.meter_way import LineKind, MeterWay

PAN = "600727000000000009"
KEYS = {"encryption": "00" * 16, "authentication": "11" * 16, "title": "22" * 8, "counter": 7}


def access(folder):
    return MeterAccess(folder, lambda: datetime(2026, 11, 26, tzinfo=UTC))


def way(model="dlt645-2007"):
    return MeterWay(PAN, LineKind.NETWORK, "10.0.0.1:4059", "000000000009", model)


def write(folder, name, text, mode=0o600):
    file = folder / name
    file.touch(mode)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    file.chmod(mode)


def test_the_meters_own_password_goes_before_its_models(tmp_path):
    assert access(None).wanted(way()).password == ""
    write(tmp_path, "dlt645-2007.password", "11111111")
    assert access(tmp_path).wanted(way()).password == "11111111"
    write(tmp_path, f"{PAN}.password", "22222222\n")
    assert access(tmp_path).wanted(way()).password == "22222222"


@pytest.mark.parametrize(("text", "mode"), [("secret", 0o644), ("", 0o600), ("gehëim", 0o600)])
def test_a_password_that_cannot_be_used_is_said_and_not_shown(tmp_path, text, mode):
    write(tmp_path, f"{PAN}.password", text, mode)
    with pytest.raises(ContactFault, match="cure: ") as caught:
        access(tmp_path).wanted(way())
    assert caught.value.why is ContactWhy.AUTH
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize("table", ["{", "[]", b"\xff\xfe"], ids=["no JSON", "no model", "no UTF-8"])
def test_a_models_table_that_is_none_refuses_its_meters_only(tmp_path, table):
    write(tmp_path, "ours.json", table)
    opened = access(tmp_path)
    with pytest.raises(ModelFault):
        opened.model("ours")
    with pytest.raises(ContactFault) as caught:
        opened.wanted(way("ours"))
    assert caught.value.why is ContactWhy.REFUSED
    assert opened.wanted(way()).model.name == "dlt645-2007"


def test_keys_are_one_conversations_until_it_has_ended(tmp_path):
    write(tmp_path, f"{PAN}.keys", json.dumps(KEYS))
    opened = access(tmp_path)
    first = opened.wanted(way("dlms-prepaid")).keys
    with pytest.raises(ContactFault, match="another program uses"):
        opened.wanted(way("dlms-prepaid"))
    first.release()
    opened.wanted(way("dlms-prepaid")).keys.release()
