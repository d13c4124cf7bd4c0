"""A new customer: a clerk registers him, a fitter installs his meter, he buys at a bank, the meter takes it.

Each in her own session, through the pages, on real books; the payment comes by ISO 8583.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select
from twisted.internet.task import Clock

from adapters.db import tables as t
from adapters.db.journal_reader import JournalReader
from gateway.core.authority import Level
from gateway.core.meter import Carrier
from gateway.core.stock import StockMeter
from gateway.office.keep_stock import TakeIn
from gateway.office.standard_roles import CLERK
from gateway.proof.check import check_books
from gateway.proof.verify import verify
from gateway.simulators.meter import Accepted, VirtualMeter
from tests.builders import CHAIN_SECRET, Wire, bank_door, decoder_key, drn, identity
from tests.web.filling import filled, sent
from tests.web.staffed import Staffed, only

SERIAL = 77
WANG = {
    "name": "Wang Fang", "id_no": "530102198805054321", "address": "Renmin Lu 20", "power_type": "domestic",
    "arrears": "12.00", "fee_meter": "5.00",
}  # fmt: skip


@pytest.fixture
def books(tmp_path):
    books = Staffed(tmp_path, size=5)
    one = StockMeter(identity(SERIAL), "DDS-26", Carrier.TOKEN, "north", "2026-11", 0)
    books.batch.run([TakeIn("local:deputy", "stock", (one,))])
    books.let_in("mei", CLERK.grants, "north").let_in("fitter", only(installation=Level.DO), "north")
    return books


def balances(books):
    with books.engine.connect() as connection:
        return {row.code: row.balance for row in connection.execute(select(t.account))}


def test_from_the_application_to_the_first_kilowatt_hour(books):
    desk = books.desk()
    fields = filled(desk, "/customers/new", "mei", **WANG, state="applied")
    assert "AR:…:ARREARS" in desk.post("/customers/new", "mei", fields).text
    told = desk.post("/customers/new", "mei", fields | {"step": "confirm"})
    account = told.header("location").partition("?")[0].rpartition("/")[2]
    point = f"/supply-points/{account}-1"
    owed = balances(books)
    assert (owed[f"AR:{account}:ARREARS"], owed[f"AR:{account}:METER"]) == (1_200, 500)

    meter = {"meter": drn(SERIAL), "total": "0", "is_test": "yes"}
    assert desk.get(f"{point}/install", "fitter").code == 404
    assert sent(desk, f"{point}/step", "mei", event="register", reason="the line is built").code == 303
    assert sent(desk, f"{point}/install", "fitter", **meter).code == 303

    wire = Wire(bank_door(books.engine, clock=Clock())).sign_on()
    answer = wire.ask(wire.messages.payment(drn(SERIAL), 10_000))
    assert answer.fields[39] == "00"
    tags = wire.profile.tags_of(48, answer.fields[48])
    wall = VirtualMeter(identity(SERIAL), decoder_key(identity(SERIAL)))
    assert isinstance(wall.enter(tags["TK"]), Accepted)
    assert "Wang Fang" in desk.get(f"/customers/{account}", "mei").text
    assert "Sale" in desk.get(f"/meters/{identity(SERIAL).pan}", "mei").text

    journal = JournalReader(books.engine)
    assert check_books(journal) == []
    with journal.snapshot() as reader:
        assert verify(reader.sealed(), CHAIN_SECRET, reader.standing(), {}).findings == []


def test_nobody_buys_for_a_meter_that_is_not_installed(books):
    wire = Wire(bank_door(books.engine, clock=Clock())).sign_on()
    assert wire.ask(wire.messages.payment(drn(SERIAL), 10_000)).fields[39] != "00"
