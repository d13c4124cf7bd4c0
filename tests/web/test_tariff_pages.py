"""Tariffs from the pages: drafted, tried on real customers, approved by another person, withdrawn."""

import json

import pytest

import schemas
from gateway.core.authority import Level
from gateway.core.meter import MeterState
from tests.web.staffed import Manned, only

NONCE = "n" * 24


@pytest.fixture
def manned(tmp_path):
    return Manned(tmp_path).sell(days=1, a_day=10)


@pytest.fixture
def desk(manned):
    return manned.desk()


def body(**changes):
    return json.dumps({**schemas.load("tariff/domestic.json"), **changes}, ensure_ascii=False)


def dearer():
    domestic = schemas.load("tariff/domestic.json")
    blocks = [{**block, "rate": str(block["rate"])[:-1] + "9"} for block in domestic["energy"]["blocks"]]
    return body(energy={**domestic["energy"], "blocks": blocks}, name="Dearer")


def filled(**changes):
    usual = {"power_type": "domestic", "version": "2027-01", "from": "2027-01-01 00:00", "nonce": NONCE}
    return usual | {"body": dearer()} | changes


def drafted(desk, **changes):
    told = desk.post("/tariffs/new", "chief", filled(**changes))
    assert told.code == 303, told.text
    return "/tariffs/domestic/2027-01"


def test_a_draft_waits_for_another_person(desk):
    path = drafted(desk)
    assert "waits for a second person" in desk.get(path).text
    assert (
        "who drafted a version cannot approve it"
        in desk.post(f"{path}/approve", "chief", {"nonce": NONCE}).text
    )
    assert desk.post(f"{path}/approve", "deputy", {"nonce": NONCE}).code == 303
    assert "approved, its moment is to come" in desk.get(path).text
    assert [row[0] for row in desk.get("/tariffs?state=approved").cells()] == ["2027-01"]


def test_a_draft_is_withdrawn_with_a_reason(desk, manned):
    path = drafted(desk)
    assert desk.post(f"{path}/withdraw", "chief", {"nonce": NONCE, "reason": ""}).code == 422
    told = desk.post(f"{path}/withdraw", "chief", {"nonce": NONCE, "reason": "the levy is another"})
    assert told.code == 303
    html = desk.get(path).text
    assert "the levy is another" in html
    assert [(one.action, one.outcome) for one in manned.diary() if one.function == "tariffs"] == [
        ("order", "done"),
        ("withdraw", "done"),
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"power_type": "a b"}, 'id="w-power_type"'),
        ({"version": "-"}, 'id="w-version"'),
        ({"from": "2020-01-01 00:00"}, "must lie ahead"),
        ({"from": "tomorrow"}, "Write the day and the time"),
        ({"from": "0001-01-01 00:00"}, "Write the day and the time"),
        ({"body": ""}, "Send a file, or type the tariff below"),
        ({"body": "{"}, "is not JSON: line 1"),
        ({"body": body(taxes=[{"code": "VAT", "rate": "much", "inclusive": False}])}, "body.taxes[0].rate"),
        ({"body": body(currency="EUR")}, "body.currency"),
    ],
)
def test_what_is_wrong_with_a_draft_is_named_by_its_path_and_what_was_typed_stays(desk, wrong, said):
    told = desk.post("/tariffs/new", "chief", filled(**wrong))
    assert told.code == 422
    assert said in told.text
    if wrong.get("body"):
        assert wrong["body"][:1] in told.text
    assert desk.get("/tariffs/domestic/2027-01").code == 404


def test_a_version_says_its_prices_in_words_and_what_it_changes(desk):
    path = drafted(desk)
    html = desk.get(path).text
    assert "Block 1 › up to" in html  # noqa: RUF001 - as the page has it
    assert "240 kWh" in html
    assert "no end" in html
    assert "<td>0.4322 CNY per kWh</td><td><strong>0.4329 CNY per kWh</strong></td>" in html
    assert "What it changes" not in desk.get("/tariffs/domestic/domestic-1").text
    assert "0.4329" in desk.get("/tariffs/new?like=domestic/2027-01").text


def test_a_version_is_tried_on_real_customers_before_anybody_approves_it(desk, manned):
    path = drafted(desk)
    told = desk.get(f"{path}/trial")
    assert told.code == 200
    domestic = [one for one in manned.town.meters if one.power_type == "domestic"]
    count = sum(one.state is MeterState.ACTIVE for one in domestic)
    assert f"Tried on {count} of {count} meters in use" in told.text
    changes = [row[5] for row in told.cells() if row[4].startswith("CN¥")]
    assert changes
    assert all(change.startswith("CN¥") and change != "CN¥0.00" for change in changes)
    assert desk.get(f"{path}/trial?side=less").cells() == []
    assert desk.get("/tariffs/domestic/domestic-1/trial").code == 404


def test_whoever_may_not_see_customers_sees_none_in_a_trial(desk, manned):
    path = drafted(desk)
    manned.let_in("clerk", only(tariffs=Level.APPROVE))
    assert desk.get(f"{path}/trial", "clerk").code == 403
    assert "/trial" not in desk.get(path, "clerk").text


def test_whoever_may_only_draft_approves_nothing_and_takes_back_drafts_alone(desk, manned):
    manned.let_in("clerk", only(tariffs=Level.DO))
    path = drafted(desk)
    assert desk.post(f"{path}/approve", "clerk", {"nonce": NONCE}).code == 403
    desk.post(f"{path}/approve", "deputy", {"nonce": NONCE})
    told = desk.post(f"{path}/withdraw", "clerk", {"nonce": NONCE, "reason": "no"})
    assert told.code == 422
    assert "your roles do not allow this" in told.text


@pytest.mark.parametrize("path", ["/tariffs/domestic/none", "/tariffs/%00/1", "/tariffs/none/1"])
def test_a_version_that_is_not_there_has_no_page(desk, path):
    assert desk.get(path).code == 404
