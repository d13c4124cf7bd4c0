"""Installation on its page: a meter of the stock comes to the supply point that waits for it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from adapters.db import tables as t
from gateway.core.authority import Function, Grant, Level
from gateway.multi_tariff.quote_price import TariffPricing
from tests.builders import NOON, Till, drn, identity, pricing
from tests.web.filed import REGISTERED, with_files
from tests.web.filling import fault, filled, sent
from tests.web.looked_at import FITTED
from tests.web.staffed import Staffed, only

PATH = f"/supply-points/{REGISTERED}-2/install"
#: 902 lies in the north, 903 in the central store.
#: Ten kWh at 0.5469, tax contained.
WORTH = "CN¥5.47"
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
    fields = filled(desk, PATH, **METER, preset="10", is_test="yes")
    told = desk.post(PATH, "chief", fields)
    rows = {row[0]: row[1] or row[2] for row in told.cells()}
    assert rows[f"AR:{REGISTERED}:PRESET"] == rows["PRESET_ISSUED"] == WORTH
    assert found(books, t.supply_point, number=f"{REGISTERED}-2").state == "registered"
    assert desk.post(PATH, "chief", fields | {"step": "confirm"}).code == 303
    pan, minor = identity(903).pan, int(WORTH[3:].replace(".", ""))
    assert found(books, t.meter, pan=pan).preset == f"10000/{minor}"
    assert found(books, t.account, code=f"AR:{REGISTERED}:PRESET").balance == minor
    till = Till()
    till.pricing = pricing(power_type="commercial")
    (sold,) = books.batch.run([till.pay("first", 10_000, pan=pan)])
    assert sold.preset_wh == 10_000
    assert found(books, t.meter, pan=pan).preset == ""
    assert found(books, t.account, code=f"AR:{REGISTERED}:PRESET").balance == 0
    sale = found(books, t.sale, key="pay/east/first")
    assert "Of it in the meter before" in desk.get(f"/sales/{sale.id}").text


def test_where_no_tariff_can_say_what_it_is_worth_it_is_written(books):
    desk = books.desk(pricing=TariffPricing([]))
    told = sent(desk, PATH, **METER, preset="10", is_test="yes")
    assert told.code == 422
    assert "No tariff can say what it is worth, so write it" in fault(told, "worth")
    assert sent(desk, PATH, **METER, preset="10", worth="6.12", is_test="yes", step="confirm").code == 303
    assert found(books, t.meter, pan=identity(903).pan).preset == "10000/612"


def test_what_a_meter_comes_with_counts_against_her_limit(books):
    books.let_in("li", {Function.INSTALLATION: Grant(Level.DO, 611), Function.CUSTOMERS: Grant(Level.VIEW)})
    desk = books.desk(pricing=TariffPricing([]))
    written = {"preset": "10", "worth": "6.12", "is_test": "yes", "step": "confirm"}
    told = sent(desk, PATH, "li", **METER, **written)
    assert "above your limit" in fault(told, "worth")
    assert found(books, t.account, code=f"AR:{REGISTERED}:PRESET") is None
    assert sent(desk, PATH, "li", **METER, **(written | {"worth": "6.11"})).code == 303
    assert found(books, t.account, code=f"AR:{REGISTERED}:PRESET").balance == 611


def test_what_the_tariff_says_that_it_is_worth_counts_as_well(books):
    books.let_in("li", {Function.INSTALLATION: Grant(Level.DO, 546), Function.CUSTOMERS: Grant(Level.VIEW)})
    told = sent(books.desk(), PATH, "li", **METER, preset="10", is_test="yes", step="confirm")
    assert told.code == 422
    assert "above your limit" in fault(told, "preset")
    assert found(books, t.account, code=f"AR:{REGISTERED}:PRESET") is None


def test_a_token_is_shown_with_the_energy_that_it_carries_itself(desk, books):
    sent(desk, PATH, **METER, preset="10", is_test="yes", step="confirm")
    till = Till()
    till.pricing = pricing(power_type="commercial")
    books.batch.run([till.pay("first", 10_000, pan=identity(903).pan)])
    sale = found(books, t.sale, key="pay/east/first")
    bought = found(books, t.command_key, key="pay/east/first").content
    assert f",{sale.encoded_wh}," in bought
    text = desk.post(f"/sales/{sale.id}/token").text
    assert f"Token · {(sale.encoded_wh - 10_000) / 1_000:.1f} kWh" in " ".join(text.split())
    assert "Of it in the meter before" in text


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
        ({"preset": "10", "worth": "5"}, "worth", "The tariff says that it is worth"),
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


def say_of_face(books, **face):
    with books.engine.begin() as connection:
        stocked = t.stock_meter.update().where(t.stock_meter.c.pan == identity(903).pan)
        connection.execute(stocked.values(**face))


@pytest.mark.parametrize(
    ("face", "said"),
    [
        ({"phases": 1}, "the meter has one phase and the supply point three; fit a meter of three phases"),
        (
            {"phases": 3, "voltage_v": 220, "current_a": 10},
            "the meter does not bear the contracted power; fit one that does",
        ),
    ],
)
def test_a_meter_that_is_not_of_the_right_kind_is_refused_at_its_field(desk, books, face, said):
    say_of_face(books, **face)
    told = sent(desk, PATH, **METER)
    assert (told.code, said in fault(told, "meter")) == (422, True)
    assert found(books, t.stock_meter, pan=identity(903).pan).state == "in_stock"


def test_where_the_face_is_not_known_it_is_said_that_nothing_was_compared(desk, books):
    led_to = sent(desk, PATH, **METER).header("location")
    assert "were not compared with the supply point" in desk.get(led_to).text


def test_what_is_known_of_the_face_was_compared(desk, books):
    say_of_face(books, phases=3, voltage_v=220, current_a=60)
    led_to = sent(desk, PATH, **METER).header("location")
    assert "The meter is installed." in desk.get(led_to).text
    assert "compared" not in desk.get(led_to).text


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
