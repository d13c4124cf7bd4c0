"""What the files' pages show beside the town: orders of management tokens, a key, a draft, a stock."""

from __future__ import annotations

import json
from datetime import timedelta

import schemas
from gateway.core.authority import Function
from gateway.core.diary import Actor
from gateway.core.key_ring import KeyKeeper, KeyRevision, KeyState
from gateway.core.management import ManagementOrder
from gateway.core.meter import Carrier, MeterRef
from gateway.core.office import NotDone
from gateway.core.stock import StockMeter
from gateway.core.tariff_life import BodyTerms
from gateway.core.timeline import microseconds
from gateway.core.token_order import ManagementKind
from gateway.multi_tariff.publish_tariff import DraftTariff
from gateway.office.authorised import Act, Authorised
from gateway.office.keep_stock import TakeIn
from gateway.office.step_orders import ordered
from gateway.prepayment.keep_keys import LoadKey
from gateway.prepayment.manage_meter import ApproveManagement, OrderManagement, Workshop
from tests.builders import NOON, ZONE, identity, issuer


def with_files(staffed):
    """Enter them; returns the books."""
    pan, tools = staffed.town.meters[0].pan, Workshop(issuer(), ZONE, "CNY")
    for reference, kind, value in (
        ("made", ManagementKind.CLEAR_TAMPER, 0),
        ("wanted", ManagementKind.POWER_LIMIT, 5_000),
    ):
        order = ManagementOrder(kind, value, "the seal was broken by the storm", "deputy")
        _run(staffed, OrderManagement(reference, MeterRef(pan=pan), order, 3, tools))
    _run(staffed, ApproveManagement("made", MeterRef(pan=pan), "chief", 3, tools))
    serves = KeyRevision(
        "201457", 2, kt=2, base_date=2014, active_from_us=microseconds(NOON), kcv="A1B2C3",
        keeper=KeyKeeper.PKCS11, label="sts-201457-2", state=KeyState.PENDING,
    )  # fmt: skip
    _run(staffed, ordered(Actor("deputy"), LoadKey("deputy", serves, ZONE)))
    _run(staffed, ordered(Actor("deputy"), _draft()))
    meters = tuple(
        StockMeter(identity(serial), "DDS-26", Carrier.TOKEN, "north" if serial % 2 else "", "2026-11", 0)
        for serial in range(901, 907)
    )
    act = Act(Function.STOCK, "stock", "", "6 meters", reason="set-up")
    _run(staffed, Authorised(Actor("deputy"), act, TakeIn("local:deputy", "stock", meters)))
    return staffed


def _draft() -> DraftTariff:
    body = schemas.load("tariff/domestic.json")
    rates = ("0.4100", "0.4900", "0.7500")
    blocks = [{**block, "rate": rate} for block, rate in zip(body["energy"]["blocks"], rates, strict=True)]
    dearer = {**body, "name": "Domestic, from 2027", "energy": {**body["energy"], "blocks": blocks}}
    terms, begins = BodyTerms("CNY", "Asia/Shanghai"), NOON + timedelta(days=39)
    return DraftTariff("domestic", "2027-01", "deputy", begins, json.dumps(dearer), terms)


def _run(staffed, command):
    (content,) = staffed.batch.run([command])
    assert not isinstance(content, Exception | NotDone), content
