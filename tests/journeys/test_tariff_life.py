"""A new price, from a draft to a receipt, while the gateway sells and is never stopped."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from adapters.db.journal_reader import JournalReader
from adapters.db.opening import open_database
from adapters.db.tariff_rows import enter_version
from gateway.cli import main
from gateway.core.outcome import Approved, recalled
from gateway.core.tariff_rules import TariffStep
from gateway.multi_tariff.publish_tariff import ApproveTariff, DraftTariff, WithdrawTariff
from gateway.simulators.receipt import receipt_text
from tests.builders import ZONE, drn
from tests.daemon import PROFILE, make_place
from tests.multi_tariff.builders import DOMESTIC, STANDARD, approved, body
from tests.steps import post

METERS = 4
#: Twice the price in every block: half of the energy.
DOUBLE = [
    {"upto_kwh": "240", "rate": "0.8644"},
    {"upto_kwh": "400", "rate": "0.9528"},
    {"upto_kwh": None, "rate": "1.3952"},
]
DEARER = body(energy={**DOMESTIC["energy"], "blocks": DOUBLE})
#: From the publishing of a version to its moment, here: the watch looks at least twice in it.
AHEAD_S = 12


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path, postgresql):
    url = None if request.param == "sqlite" else postgresql().books()[0]
    return make_place(tmp_path / "town", METERS, url=url)


@pytest.fixture
def books(place):
    engine = open_database(place._url)  # noqa: SLF001 - a place's own books
    yield engine
    engine.dispose()


def wait_for(condition, seconds=30.0):
    last = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < last
        time.sleep(0.05)


def published(books, version, moment, table=DEARER):
    """Two people publish a version. They did it in time; so that nobody waits, their clock is behind."""
    for step in (
        DraftTariff("domestic", version, "li", moment, table, STANDARD),
        ApproveTariff("domestic", version, "zhang", STANDARD),
    ):
        assert isinstance(post(books, step, lambda: moment - timedelta(minutes=2)), TariffStep)


def energy_of(caller, serial):
    answer = caller.ask(caller.messages.payment(drn(serial), 1_000))
    assert answer.fields[39] == "00"
    return int(PROFILE.tags_of(48, answer.fields[48])["EN"])


def sold(books):
    """What was sold, in order: the decided contents of the payments."""
    contents = [recalled(row.content) for row in JournalReader(books).stored_keys()]
    return sorted((one for one in contents if isinstance(one, Approved)), key=lambda one: one.receipt_no)


@pytest.mark.slow
def test_a_new_price_is_drafted_approved_and_sold_by_from_its_moment_on(place, books):
    with place.start().up() as gateway, gateway.caller("east") as caller:
        wait_for(lambda: gateway.events("tariffs.taken"))
        moment = datetime.now(UTC) + timedelta(seconds=AHEAD_S)
        published(books, "domestic-2", moment)
        wait_for(lambda: len(gateway.events("tariffs.taken")) == 2)
        assert gateway.events("tariffs.taken")[1] == {"versions": 2, "new": "domestic/domestic-2", "gone": ""}
        before = energy_of(caller, 1)
        assert datetime.now(UTC) < moment
        wait_for(lambda: datetime.now(UTC) >= moment)
        after = energy_of(caller, 2)
        gateway.stop()
        gateway.assert_no_fault()
    assert before // 100 == 2 * after // 100
    first, second = sold(books)
    assert (first.tariff_version, second.tariff_version) == ("domestic-1", "domestic-2")
    printed = receipt_text(second, "Riverside Power", "East Bank", "r2", ZONE)
    assert "domestic, domestic-2" in printed
    place.assert_sound()


@pytest.mark.slow
def test_a_version_that_is_withdrawn_in_time_never_sells(place, books):
    with place.start().up() as gateway, gateway.caller("east") as caller:
        wait_for(lambda: gateway.events("tariffs.taken"))
        moment = datetime.now(UTC) + timedelta(seconds=AHEAD_S)
        published(books, "domestic-2", moment)
        wait_for(lambda: len(gateway.events("tariffs.taken")) == 2)
        gone = WithdrawTariff("domestic", "domestic-2", "li", "a slip")
        assert isinstance(post(books, gone, lambda: moment - timedelta(minutes=2)), TariffStep)
        wait_for(lambda: len(gateway.events("tariffs.taken")) == 3)
        wait_for(lambda: datetime.now(UTC) >= moment)
        energy_of(caller, 1)
        gateway.stop()
    assert [one.tariff_version for one in sold(books)] == ["domestic-1"]


@pytest.mark.slow
def test_a_version_that_cannot_be_read_leaves_the_old_prices_and_is_a_person_s_to_mend(place, books):
    with place.start().up() as gateway, gateway.caller("east") as caller:
        wait_for(lambda: gateway.events("tariffs.taken"))
        moment = datetime.now(UTC)
        with books.begin() as connection:
            enter_version(connection, approved("domestic-2", from_moment=moment, body=body(colour="red")))
        wait_for(lambda: gateway.events("tariffs.unread"))
        energy_of(caller, 1)
        gateway.stop()
    assert [one.tariff_version for one in sold(books)] == ["domestic-1"]
    (note,) = JournalReader(books).open_exceptions()
    assert (note.kind, note.key) == ("unread_tariff", "unread_tariff/domestic/domestic-2")
    place.assert_sound()


@pytest.mark.slow
def test_the_commands_work_beside_the_gateway_and_it_hears_of_them(place, capsys, monkeypatch):
    monkeypatch.chdir(place.folder)
    (place.folder / "dearer.json").write_text(DEARER)
    named = ["--power-type", "domestic", "--version", "domestic-2"]
    from_moment = (datetime.now(UTC) + timedelta(days=30)).isoformat(timespec="seconds")
    with place.start().up() as gateway:
        wait_for(lambda: gateway.events("tariffs.taken"))
        assert main(["tariff", "draft", "dearer.json", *named, "--from", from_moment, "--as", "li"]) == 0
        assert main(["tariff", "approve", *named, "--as", "li"]) == 1
        assert main(["tariff", "approve", *named, "--as", "zhang"]) == 0
        wait_for(lambda: len(gateway.events("tariffs.taken")) == 2)
        capsys.readouterr()
        assert main(["tariff", "show", *named]) == 0
        gateway.stop()
    assert json.loads(capsys.readouterr().out) == json.loads(DEARER)
