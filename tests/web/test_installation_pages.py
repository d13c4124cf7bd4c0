"""Installation on its page: a meter of the stock comes to the supply point that waits for it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from adapters.db import tables as t
from gateway.core.authority import Level
from tests.builders import NOON, Till, drn, identity, pricing
from tests.web.filed import REGISTERED, with_files
from tests.web.filling import fault, sent
from tests.web.looked_at import FITTED
from tests.web.staffed import Staffed, only

PATH = f"/supply-points/{REGISTERED}-2/install"
#: 902 lies in the north, 903 in the central store.
METER = {"meter": drn(903), "total": "12.5"}


@pytest.fixture
def books(tmp_path):
    return with_files(Staffed(tmp_path, size=12))


@pytest.fixture
def desk(books):
    return books.desk()


def found(books, table, **named):
    with books.engine.connect() as connection:
        wanted = [table.c[name] == value for name, value in named.items()]
        return connection.execute(select(table).where(*wanted)).one_or_none()


def test_a_meter_is_installed_as_the_paper_says(desk, books):
    told = sent(
        desk, PATH, **METER, seals="A1, B-2", current_primary="200", current_secondary="5", rate_1="8",
        note="under the stairs", is_test="yes", fitted_on=(NOON.date() - timedelta(days=3)).isoformat(),
    )  # fmt: skip
    assert told.header("location").startswith(f"/supply-points/{REGISTERED}-2?")
    point, pan = found(books, t.supply_point, number=f"{REGISTERED}-2"), identity(903).pan
    assert (point.state, point.pan) == ("active", pan)
    assert found(books, t.stock_meter, pan=pan).state == "issued"
    fitting = found(books, t.fitting, pan=pan)
    assert (fitting.fitted_on, fitting.seals, fitting.current) == ("2026-11-20", '["A1","B-2"]', "[200,5]")
    assert fitting.registers == '[["total",12500],["rate_1",8000]]'
    assert found(books, t.meter, pan=pan).is_test
    line = books.diary()[-1]
    assert (line.function, line.subject) == ("installation", f"supply point {REGISTERED}-2")
    assert f"meter {drn(903)} is installed" in desk.get("/diary").text
    assert desk.get(PATH).code == 404


def test_a_meter_comes_with_energy_that_a_first_purchase_pays_for(desk, books):
    sent(desk, PATH, **METER, preset="10", worth="6.12", is_test="yes")
    pan = identity(903).pan
    assert found(books, t.meter, pan=pan).preset == "10000/612"
    assert found(books, t.account, code=f"AR:{REGISTERED}:PRESET").balance == 612
    till = Till()
    till.pricing = pricing(power_type="commercial")
    (sold,) = books.batch.run([till.pay("first", 10_000, pan=pan)])
    assert sold.preset_wh == 10_000
    assert found(books, t.meter, pan=pan).preset == ""
    assert found(books, t.account, code=f"AR:{REGISTERED}:PRESET").balance == 0
    sale = found(books, t.sale, key="pay/east/first")
    assert "Of it in the meter before" in desk.get(f"/sales/{sale.id}").text


def test_the_form_stands_with_today_and_the_meter_that_was_come_from(desk):
    html = desk.get(f"{PATH}?meter={drn(903)}").text
    assert f'value="{drn(903)}"' in html
    assert 'value="2026-11-23"' in html
    assert desk.get(f"/supply-points/{REGISTERED}-2").link_to("Install a meter") == PATH
    assert desk.get(f"/stock/{identity(903).pan}").link_to("Install it: supply points that wait")


@pytest.mark.parametrize(
    ("changes", "name", "said"),
    [
        ({"meter": ""}, "meter", "Fill this in"),
        ({"meter": "123"}, "meter", "11"),
        ({"meter": drn(999)}, "meter", "no such meter is in stock; see the list"),
        ({"meter": FITTED}, "meter", "the meter has left the stock"),
        ({"fitted_on": "2026-11-24"}, "fitted_on", "in the 90 days before"),
        ({"fitted_on": "2026-08-01"}, "fitted_on", "in the 90 days before"),
        ({"fitted_on": "yesterday"}, "fitted_on", "day"),
        ({"total": ""}, "total", "Fill this in"),
        ({"total": "-1"}, "total", "This is 0 to"),
        ({"total": "100000000"}, "total", "This is 0 to 99,999,999.999 kWh"),
        ({"rate_8": "100000000"}, "rate_8", "This is 0 to"),
        ({"preset": "200.001"}, "preset", "200.0 kWh at most"),
        ({"worth": "5"}, "preset", "how much energy"),
        ({"seals": "A1, A1"}, "seals", "each once"),
        ({"seals": "A 1"}, "seals", "each once"),
        ({"seals": "1,2,3,4,5,6,7"}, "seals", "six at most"),
        ({"current_primary": "5", "current_secondary": "100"}, "current_primary", "such as 100 to 5"),
        ({"current_primary": "100"}, "current_secondary", "Fill this in"),
        ({"voltage_secondary": "100"}, "voltage_primary", "Fill this in"),
        ({"voltage_primary": "0", "voltage_secondary": "0"}, "voltage_primary", "such as 100 to 5"),
    ],
)
def test_what_cannot_be_installed_is_refused_at_its_field_with_the_cure(desk, books, changes, name, said):
    told = sent(desk, PATH, **(METER | changes))
    assert told.code == 422
    assert said in fault(told, name)
    assert found(books, t.supply_point, number=f"{REGISTERED}-2").state == "registered"


def test_a_customer_s_meter_that_is_in_stock_too_is_refused(desk, books):
    pan = books.town.meters[0].pan
    told = sent(desk, PATH, **(METER | {"meter": pan}))
    assert "no such meter is in stock" in fault(told, "meter")


def test_a_supply_point_that_was_changed_meanwhile_is_looked_at_again(desk):
    told = sent(desk, PATH, **METER, version="7")
    assert "somebody else has changed it meanwhile" in told.text


def test_where_the_stock_is_empty_that_is_said_first(desk, books):
    books.let_in("south-fitter", only(installation=Level.DO, customers=Level.VIEW), "south")
    with books.engine.begin() as connection:
        connection.execute(t.customer.update().values(branch="south"))
    html = desk.get(PATH, "south-fitter").text
    assert "Take a delivery in first" in html
    assert 'name="nonce"' not in html


def test_a_fitter_of_a_branch_installs_meters_of_her_branch_for_its_customers(desk, books):
    books.let_in("north-fitter", only(installation=Level.DO, customers=Level.VIEW), "north")
    assert desk.get(PATH, "north-fitter").code == 404
    assert desk.post(PATH, "north-fitter", {"nonce": "n" * 24}).code == 404
    with books.engine.begin() as connection:
        connection.execute(t.customer.update().values(branch="north"))
    told = sent(desk, PATH, "north-fitter", **(METER | {"meter": drn(902)}))
    assert "no such meter is in stock" in fault(told, "meter")
    assert sent(desk, PATH, "north-fitter", **(METER | {"meter": drn(903)})).code == 303


def test_installation_is_for_whoever_may_do_it(desk, books):
    books.let_in("reader", only(customers=Level.VIEW))
    assert desk.get(PATH, "reader").code == 403
    assert PATH not in desk.get(f"/supply-points/{REGISTERED}-2", "reader").text
