"""``powertill tariff explain --receipt``: a booked sale explains itself by the tariff it was sold by."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from adapters.db.registry import Registry, StoredTariff
from gateway.assembly.multi_tariff import stored_pricing
from gateway.assembly.parts import build_calendar, build_database
from gateway.cli import main
from gateway.config import load_config
from tests.builders import ZONE, Till, entered, identity, meter_file, posting_batch

DOMESTIC = json.loads((Path(__file__).parents[2] / "schemas/tariff/domestic.json").read_text())
DEARER = {**DOMESTIC, "taxes": [{**DOMESTIC["taxes"][0], "rate": "0.16"}]}
FEE = {"code": "SERVICE_FEE", "amount": "5.00", "period": "month"}


@pytest.fixture
def shop(tmp_path, capsys):
    """Three sales to one meter, the last under a new version; one to a meter of two power types."""
    folder = tmp_path / "shop"
    assert main(["init", str(folder)]) == 0
    config = load_config(str(folder / "powertill.toml"))
    shared = meter_file(2, proportions=(("domestic", 60), ("shop", 40)))
    engine = entered(build_database(config), meters=[meter_file(1), shared])
    registry = Registry(engine)
    march, april = datetime(2026, 3, 1, tzinfo=ZONE), datetime(2026, 4, 1, tzinfo=ZONE)
    registry.enter_tariff(StoredTariff("domestic", "home-1", march, {**DOMESTIC, "fixed_charges": [FEE]}))
    registry.enter_tariff(StoredTariff("domestic", "home-2", april, {**DEARER, "fixed_charges": [FEE]}))
    flat = {**DOMESTIC, "energy": {"kind": "flat", "rate": "0.90"}}
    registry.enter_tariff(StoredTariff("shop", "shop-1", march, flat))
    now = [march]
    secret = config.ledger.chain_key.reveal()
    batch = posting_batch(engine, lambda: now[0], calendar=build_calendar(config), secret=secret)
    till = Till()
    till.pricing = stored_pricing(registry)
    sold = [(3, 2, "r1", 1), (3, 20, "r2", 1), (4, 5, "r3", 1), (4, 6, "r4", 2)]
    for month, day, reference, serial in sold:
        now[0] = datetime(2026, month, day, 9, 30, tzinfo=ZONE)
        batch.run([till.pay(reference, 20_000, pan=identity(serial).pan)])
    batch.close()
    capsys.readouterr()
    return folder


def said(capsys, shop, *words):
    code = main(["tariff", *words, "--config", str(shop / "powertill.toml")])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_booked_sale_is_explained_by_its_own_version(capsys, shop):
    code, out, _ = said(capsys, shop, "explain", "--receipt", "r1")
    assert code == 0
    assert "Tariff: home-1, in force since 1 March 2026" in out
    assert "2 March 2026, 09:30" in out
    assert "Service fee: 5.00 for March" in out
    _, out, _ = said(capsys, shop, "explain", "--receipt", "r3")
    assert "VAT: 16 % of the energy" in out


def test_two_booked_sales_are_compared(capsys, shop):
    code, out, _ = said(capsys, shop, "compare", "--receipt", "r1", "--then-receipt", "r2", "--json")
    told = json.loads(out)
    assert code == 0
    assert {cause["cause"] for cause in told["causes"]} >= {"ladder", "charges"}
    code, out, _ = said(capsys, shop, "compare", "--receipt", "r1", "--then-receipt", "r3")
    assert code == 0
    assert "VAT 16 % instead of 13 %" in " ".join(out.split())


def test_a_sale_to_a_meter_of_two_power_types_is_explained(capsys, shop):
    code, out, _ = said(capsys, shop, "explain", "--receipt", "r4")
    assert code == 0
    assert "Tariff: home-2+shop-1, in force since 1 April 2026" in out
    assert "(shop: 40 % of each kWh)" in out


def test_a_reference_that_is_no_sale_is_said_to_be_none(capsys, shop):
    code, out, err = said(capsys, shop, "explain", "--receipt", "r9")
    assert (code, out) == (1, "")
    assert "r9 is no sale of these books" in err


def test_neither_file_nor_receipt_is_a_mistake(capsys, shop):
    code, _, err = said(capsys, shop, "explain", "--amount", "1")
    assert code == 2
    assert "neither FILE nor --receipt" in err


def test_a_sale_that_does_not_come_out_as_booked_is_not_explained(capsys, shop):
    config = load_config(str(shop / "powertill.toml"))
    engine = build_database(config)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE sale SET energy_wh = energy_wh + 100 WHERE key LIKE '%r1'")
        connection.exec_driver_sql("UPDATE sale SET tariff_version = 'lost' WHERE key LIKE '%r2'")
        connection.exec_driver_sql("UPDATE meter SET proportions = 'shop=100' WHERE proportions <> ''")
    engine.dispose()
    for reference, why in (
        ("r1", "worked out again it is not what was booked"),
        ("r2", "there is no tariff version lost of domestic"),
        ("r4", "there is no tariff version home-2+shop-1 of domestic"),
    ):
        code, out, err = said(capsys, shop, "explain", "--receipt", reference)
        assert (code, out) == (1, "")
        assert f"{reference} cannot be explained: {why}" in err
