"""What the files' pages show beside the town: orders of management tokens, a key, a draft, a stock."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import time, timedelta

import schemas
from gateway.core.account_number import account_number
from gateway.core.authority import Function
from gateway.core.customer import Customer
from gateway.core.diary import Actor
from gateway.core.dues import Dues
from gateway.core.fitting import Ratio
from gateway.core.inspection import Finding, Suspicion
from gateway.core.key_ring import KeyKeeper, KeyRevision, KeyState
from gateway.core.management import ManagementOrder
from gateway.core.meter import Carrier, MeterRef
from gateway.core.network import NetworkKind, NetworkPlace
from gateway.core.office import NotDone
from gateway.core.office_answer import ApprovalAsked
from gateway.core.reading import Shown, Source, StatusWord, Told
from gateway.core.stock import StockMeter
from gateway.core.supply_point import PointState, SupplyPoint
from gateway.core.tariff_life import BodyTerms
from gateway.core.terms import Terms, TermsDay
from gateway.core.timeline import day_begins, microseconds
from gateway.core.token_order import ManagementKind
from gateway.multi_tariff.publish_tariff import ApproveTariff, DraftTariff
from gateway.office.authorised import Act, Authorised
from gateway.office.keep_stock import TakeIn
from gateway.office.step_orders import ordered
from gateway.office.terms_orders import AmendTermsOrder
from gateway.prepayment.amend_file import AmendPoint
from gateway.prepayment.amend_terms import AmendTerms
from gateway.prepayment.inspect_meter import InspectMeter
from gateway.prepayment.install_meter import InstallMeter
from gateway.prepayment.keep_keys import ApproveKey, LoadKey
from gateway.prepayment.keep_network import KeepNetworkPlace
from gateway.prepayment.manage_meter import ApproveManagement, OrderManagement, Workshop
from gateway.prepayment.pay_debt import PayDebt
from gateway.prepayment.record_readings import ReadingLine, RecordReadings
from gateway.prepayment.register_customer import AddPoint, RegisterCustomer
from tests.builders import NOON, ZONE, identity, issuer
from tests.web.entered import entered_once

#: The account number of a customer who was registered here, and did not come with the town.
REGISTERED = account_number(777)

#: A master key of cards.
CARD_KEY = "powertill-cpu.00000815.wallet"


def with_files(staffed):
    """Enter them; returns the books."""
    entered_once(staffed, with_files, lambda: _entered(staffed))
    return staffed


def _entered(staffed) -> None:
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
    of_cards = replace(serves, sgc=CARD_KEY, kt=0, base_date=0, dkga="aes", kcv="0D68E0", label="wallets-2")
    _run(staffed, ordered(Actor("deputy"), LoadKey("deputy", of_cards, ZONE)))
    _run(staffed, ordered(Actor("chief"), ApproveKey("chief", (CARD_KEY, 2), "0D68E0", ZONE)))
    _run(staffed, ordered(Actor("deputy"), _draft()))
    meters = tuple(
        StockMeter(identity(serial), "DDS-26", Carrier.TOKEN, "north" if serial % 2 else "", "2026-11", 0)
        for serial in range(901, 907)
    )
    act = Act(Function.STOCK, "stock", "", "6 meters", reason="set-up")
    _run(staffed, Authorised(Actor("deputy"), act, TakeIn("local:deputy", "stock", meters)))
    _register(staffed)
    _read(staffed)


def _register(staffed) -> None:
    """A school with two supply points: a meter is fitted at the first one, the second waits for its own."""
    by, pan = "local:deputy", identity(911).pan
    places = (
        NetworkPlace("east", NetworkKind.AREA, "East of the river", version=0),
        NetworkPlace("f-7", NetworkKind.FEEDER, "Feeder 7", "east", version=0),
    )
    school = Customer(REGISTERED, "Riverside School", "Qingnian Lu 5", "+86 871 5550123", "530102-77")
    hall = SupplyPoint(
        "", "", "Qingnian Lu 5, hall", "commercial", "east", "f-7", "", 3, 8_000,
        alarm_wh=20_000, hoard_wh=900_000, state=PointState.REGISTERED,
    )  # fmt: skip
    kitchen = replace(hall, address="Qingnian Lu 5, kitchen", feeder="", hoard_wh=0)
    one = StockMeter(identity(911), "DTS-45", Carrier.TOKEN, "", "2026-11", 0)
    registers = (("total", 12_000), ("rate_1", 8_000))
    for command in (
        *(KeepNetworkPlace(by, f"place-{place.code}", place) for place in places),
        RegisterCustomer(by, "school", school, hall, Dues("CNY", 12_000, (("CARD", 1_500),)), "CNY"),
        AddPoint(by, "kitchen", REGISTERED, kitchen, Dues("CNY"), "CNY"),
        TakeIn(by, "one-more", (one,)),
        InstallMeter(
            by, "fit", f"{REGISTERED}-1", 1, pan, NOON.date(), registers, ("A1730", "A1731"), Ratio(100, 5),
            note="behind the stage", is_test=True,
        ),
        AmendPoint(
            by, "moved", f"{REGISTERED}-1", 2, "Renmin Lu 8, hall", "east", "", "", 20_000, 0, "it has moved"
        ),
    ):  # fmt: skip
        _run(staffed, command)


def _read(staffed) -> None:
    """The school's meter was read four times and inspected once; another one shows something strange."""
    pan, other = identity(911).pan, staffed.town.meters[0].pan
    noon_us, a_day_us = microseconds(NOON), 86_400_000_000
    shown = [
        Shown(pan, noon_us - 4 * a_day_us // 24, (("total", 16_000), ("rate_1", 10_000)), credit_wh=9_000),
        Shown(other, noon_us - 9 * a_day_us, (("total", 812_400),), credit_wh=3_500),
        Shown(
            other, noon_us - 5 * a_day_us, (("total", 861_400),),
            (StatusWord.SEAL_BROKEN, StatusWord.COVER_OPENED), -2_500,
        ),
        Shown(other, noon_us - 2 * a_day_us, (("total", 990_000),), (StatusWord.COVER_OPENED,)),
    ]  # fmt: skip
    for number, one in enumerate(shown):
        told = Told(Source.HAND_HELD, "Chen Bo", "the dog was loose" if number == 2 else "")
        _run(staffed, RecordReadings("local:deputy", f"read-{number}", (ReadingLine(one, told),)))
    lower = Shown(pan, noon_us - 2 * a_day_us // 24, (("total", 13_000),))
    told = Told(Source.MANUAL, "Chen Bo", reason="it was repaired")
    _run(staffed, RecordReadings("local:deputy", "read-low", (ReadingLine(lower, told),)))
    why, said = (Suspicion.STATUS,), "the seal was torn by the storm, a new one is A1732"
    _run(staffed, InspectMeter("local:deputy", "seen", other, 4, why, Finding.NOT_SEEN, said))


def with_debt_paid(staffed):
    """The school has paid a part of its arrears at the chief's counter."""
    said = ("south-2", REGISTERED, "ARREARS", 12_000, 5_000, "CNY")
    _run(staffed, PayDebt("chief", "school-paid", *said))
    return staffed


def with_terms(staffed):
    """Changes of terms: the school's yard has one due, of its hall one waits for a second person."""
    by, yard = "local:deputy", f"{REGISTERED}-3"
    point = SupplyPoint(
        "", "", "Renmin Lu 8, yard", "commercial", contract_w=8_000, state=PointState.REGISTERED
    )
    _run(staffed, AddPoint(by, "yard", REGISTERED, point, Dues("CNY"), "CNY"))
    flat = Terms("domestic", (), 5_000)
    _run(staffed, AmendTerms(by, "", yard, 1, "", flat, on_day(8), "it is let as a flat"))
    hall = AmendTermsOrder.of(
        f"{REGISTERED}-1", 3, identity(911).pan, Terms("domestic", (), 8_000), on_day(8)
    )
    content = staffed.give("deputy", hall, "the hall is a warden's flat now")
    assert isinstance(content, ApprovalAsked), content
    return staffed


def on_day(ahead) -> TermsDay:
    """A business day of the town, counted from today."""
    day = NOON.astimezone(ZONE).date() + timedelta(days=ahead)
    begins, ends = (microseconds(day_begins(one, ZONE, time(0))) for one in (day, day + timedelta(days=1)))
    return TermsDay(day.isoformat(), begins, ends)


def with_three_phases(staffed):
    """The power type ``works`` is priced, and for supply points of three phases alone."""
    now, staffed.now = staffed.now, NOON - timedelta(days=3)
    body = json.dumps(schemas.load("tariff/domestic.json") | {"three_phase": True})
    terms, begins = BodyTerms("CNY", "Asia/Shanghai"), NOON - timedelta(days=2)
    _run(staffed, DraftTariff("works", "works-1", "deputy", begins, body, terms))
    _run(staffed, ApproveTariff("works", "works-1", "chief", terms))
    staffed.now = now
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
