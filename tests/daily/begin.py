"""The beginning of a supply: the network, the customer, the stock, the meter at the customer's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.builders import drn
from tests.daily.office import Wall
from tests.daily.pages import confirm, fill, saw, send

if TYPE_CHECKING:
    from tests.daily.office import Office

PLACES = (
    ("area", "east", "East", ""),
    ("feeder", "f-7", "Feeder 7", "east"),
    ("transformer", "t-1", "Mill Lane", "f-7"),
)
#: A teahouse below a flat: of each kWh 60 per cent are the household's, 40 the shop's.
WANG = {
    "name": "Wang Fang", "id_no": "530102198805054321", "phone": "+86 871 5550123", "address": "Renmin Lu 20",
    "transformer": "t-1", "power_type": "household", "contract": "8", "alarm": "10", "hoard": "1000",
    "share": "60", "type_2": "shop", "share_2": "40", "arrears": "120.00", "fee_connection": "50.00",
    "fee_meter": "5.00",
}  # fmt: skip
#: The serial numbers of the meters that are delivered: the first two are fitted, the third comes instead.
DELIVERED = (501, 502, 503)
COLUMNS = "meter,model,carrier,sgc,krn,ti,ea,kt,base_date,branch,lot"


def network(office: Office) -> None:
    """The engineer enters where customers can be: nothing is posted."""
    for kind, code, name, parent in PLACES:
        page = office.at("eva", "/network/new")
        fill(page, kind=kind, code=code, name=name, **({"parent": parent} if parent else {}))
        send(page)
    saw(office.at("eva", "/network"), "network")
    assert office.posted() == []


def registration(office: Office) -> None:
    """The clerk opens his file. He owes 120.00 from before, and what connection and meter cost."""
    page = office.at("clara", "/customers/new")
    fill(page, **WANG)
    send(page)
    saw(page, "registration")
    confirm(page)
    office.account = page.url.partition("?")[0].rpartition("/")[2]
    assert office.posted() == [
        ("opening", {f"AR:{office.account}:ARREARS": 12_000, "OPENING": -12_000}),
        (
            "fee",
            {
                f"AR:{office.account}:CONNECTION": 5_000,
                f"AR:{office.account}:METER": 500,
                "FEE:CONNECTION": -5_000,
                "FEE:METER": -500,
            },
        ),
    ]


def stock(office: Office) -> None:
    """The engineer takes a delivery in, as a list."""
    lines = [f"{drn(one)},DDS-26,token,201457,1,01,11,2,2014,north,2026-11" for one in DELIVERED]
    page = office.at("eva", "/stock/delivery")
    fill(page, file="\n".join([COLUMNS, *lines, ""]))
    send(page)
    confirm(page)
    saw(page, "stock")
    assert office.posted() == []


def installation(office: Office) -> None:
    """The clerk enters what the fitter did: the meter came with 20 kWh, worth 16.94 by the two tariffs."""
    meter = office.wang = Wall(DELIVERED[0], preset_wh=20_000)
    page = office.at("clara", f"/supply-points/{office.account}-1/install")
    fill(page, meter=meter.number, total="0", seals="A1730, A1731", is_test="yes", preset="20")
    saw(page, "installation")
    send(page)
    saw(page, "installation-preview")
    confirm(page)
    saw(page, "supply-point")
    preset = f"AR:{office.account}:PRESET"
    assert office.posted() == [
        ("preset", {preset: 1_694, "PRESET_ISSUED": -1_694, "E.ISSUED": 20_000, "E.UNSOLD": -20_000})
    ]


def neighbour(office: Office) -> None:
    """Li Si moves in: no debt, one power type, and a meter that has nearly counted to its end."""
    page = office.at("clara", "/customers/new")
    fill(page, name="Li Si", address="Renmin Lu 22", transformer="t-1", power_type="household")
    send(page)
    office.neighbour = page.url.partition("?")[0].rpartition("/")[2]
    meter = office.li = Wall(DELIVERED[1], total_wh=99_999_990_000)
    page = office.at("clara", f"/supply-points/{office.neighbour}-1/install")
    fill(page, meter=meter.number, total="99999990", seals="A1732", is_test="yes")
    send(page)
    assert office.posted() == []
