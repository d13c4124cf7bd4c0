"""Amendment on its pages: the customer's file, the supply point's, its steps; one change at a time."""

import pytest
from sqlalchemy import select

from adapters.db import tables as t
from gateway.core.authority import Level
from gateway.core.network import NetworkKind, NetworkPlace
from gateway.core.views_points import Amendments
from gateway.prepayment.keep_network import KeepNetworkPlace
from tests.web.filed import REGISTERED, with_files
from tests.web.filling import fault, filled, sent
from tests.web.staffed import Staffed, only

FILE = f"/customers/{REGISTERED}/amend"
POINT = f"/supply-points/{REGISTERED}-1/amend"
STEP = f"/supply-points/{REGISTERED}-2/step"
WHY = {"reason": "he has shown his new paper"}


@pytest.fixture
def books(tmp_path):
    books = with_files(Staffed(tmp_path, size=12))
    old = NetworkPlace("old", NetworkKind.AREA, "Old town", is_used=False, version=0)
    books.batch.run([KeepNetworkPlace("local:deputy", "old", old)])
    return books


@pytest.fixture
def desk(books):
    return books.desk()


def row(books, table, **named):
    with books.engine.connect() as connection:
        wanted = [table.c[name] == value for name, value in named.items()]
        return connection.execute(select(table).where(*wanted)).one()


def school(books):
    return row(books, t.customer, account_no=REGISTERED)


def point(books, nth=1):
    return row(books, t.supply_point, number=f"{REGISTERED}-{nth}")


def newest(books):
    return books.reader().rows(Amendments(branch=None, limit=1))[0].amendment


# -- the customer's file ---------------------------------------------------------------------------------


def test_the_file_stands_in_its_form_and_what_is_changed_is_kept_with_the_reason(desk, books):
    stands = filled(desk, FILE)
    assert (stands["name"], stands["id_no"], stands["branch"], stands["version"]) == (
        "Riverside School", "530102-77", "-", "1",
    )  # fmt: skip
    told = sent(desk, FILE, **WHY, phone="+86 871 5550000", credit_limit="50", branch="north")
    assert told.header("location").startswith(f"/customers/{REGISTERED}?")
    assert (school(books).phone, school(books).credit_limit_minor) == ("+86 871 5550000", 5_000)
    assert (school(books).branch, school(books).version) == ("north", 2)
    assert newest(books).reason == WHY["reason"]
    line = books.diary()[-1]
    assert (line.function, line.subject) == ("amendment", f"customer {REGISTERED}")
    assert line.detail == f"{WHY['reason']}; {REGISTERED}: corrected: branch, credit_limit_minor, phone"
    html = desk.get("/diary").text
    assert f"{REGISTERED}: Corrected: Branch, Credit limit, Telephone" in html
    assert f'href="/customers/{REGISTERED}"' in html


@pytest.mark.parametrize(
    ("changes", "name", "said"),
    [
        ({"name": ""}, "name", "Fill this in"),
        ({"phone": "x"}, "phone", "digits, spaces and dashes"),
        ({"id_no": "!!"}, "id_no", "3 to 31 digits"),
        ({"credit_limit": "-1"}, "credit_limit", "This is 0 to"),
        ({"phone": "+86 1234", "reason": ""}, "reason", "Fill this in"),
        ({"branch": "moon"}, "branch", "Choose"),
    ],
)
def test_a_file_that_cannot_be_so_is_refused_at_its_field(desk, books, changes, name, said):
    told = sent(desk, FILE, **(WHY | changes))
    assert told.code == 422
    assert said in fault(told, name)
    assert school(books).version == 1


def test_a_file_that_stays_as_it_is_is_no_amendment(desk):
    told = sent(desk, FILE, **WHY)
    assert told.code == 422
    assert "nothing is different" in told.text


@pytest.mark.parametrize("path", [FILE, POINT])
def test_what_somebody_else_has_changed_meanwhile_is_looked_at_again(desk, path):
    first, second = (filled(desk, path, who, **WHY) for who in ("chief", "deputy"))
    name = "address" if path == FILE else "point_address"
    assert desk.post(path, "chief", first | {name: "Renmin Lu 30"}).code == 303
    told = desk.post(path, "deputy", second | {name: "Renmin Lu 31"})
    assert told.code == 422
    assert "somebody else has changed it meanwhile" in told.text
    assert f'<a href="{path}">Open the form afresh, with what stands there now</a>' in told.text


@pytest.mark.parametrize("version", ["", "x", "9" * 12])
def test_a_version_that_was_spoilt_changes_nothing(desk, books, version):
    told = sent(desk, FILE, **WHY, address="Renmin Lu 30", version=version)
    assert told.code == 422
    assert school(books).address == "Qingnian Lu 5"


def test_an_identity_number_of_somebody_else_needs_the_tick(desk, books):
    other = books.town.customers[0].account_no
    path = f"/customers/{other}/amend"
    told = sent(desk, path, **WHY, id_no="530102-77")
    assert REGISTERED in fault(told, "id_no")
    assert sent(desk, path, **WHY, id_no="530102-77", is_another="yes").code == 303


# -- the supply point's file -----------------------------------------------------------------------------


def test_a_supply_point_s_file_is_amended(desk, books):
    told = sent(desk, POINT, **WHY, feeder="f-7", alarm="15.5", hoard="")
    assert told.code == 303
    assert (point(books).feeder, point(books).alarm_wh, point(books).version) == ("f-7", 15_500, 4)
    assert books.diary()[-1].subject == f"supply point {REGISTERED}-1"
    assert newest(books).reason == WHY["reason"]


@pytest.mark.parametrize(
    ("changes", "name", "said"),
    [
        ({"area": "moon"}, "area", "Choose"),
        ({"area": "old"}, "area", "Choose"),
        ({"alarm": "x"}, "alarm", "no energy"),
        ({"alarm": "30", "hoard": "30"}, "alarm", "warn below"),
        ({"hoard": "1000001"}, "hoard", "This is 0 to"),
        ({"reason": ""}, "reason", "Fill this in"),
    ],
)
def test_a_supply_point_that_cannot_be_so_is_refused_at_its_field(desk, books, changes, name, said):
    told = sent(desk, POINT, **(WHY | changes))
    assert told.code == 422
    assert said in fault(told, name)
    assert point(books).version == 3


# -- its steps -------------------------------------------------------------------------------------------


def test_a_supply_point_without_a_meter_is_given_up(desk, books):
    assert desk.get(f"/supply-points/{REGISTERED}-2").link_to("Give it up") == STEP
    assert sent(desk, STEP, event="", **WHY).code == 422
    assert sent(desk, STEP, event="register", **WHY).code == 422
    assert sent(desk, STEP, **WHY).code == 303
    assert point(books, 2).state == "closed"
    assert desk.get(STEP).code == 404
    assert desk.get(f"/supply-points/{REGISTERED}-2/amend").code == 404
    assert 'class="deed"' not in desk.get(f"/supply-points/{REGISTERED}-2").text


def test_what_was_applied_for_is_registered(desk, books):
    new = f"/customers/{REGISTERED}/supply-points/new"
    assert sent(desk, new, power_type="commercial", state="applied").code == 303
    path = f"/supply-points/{REGISTERED}-3"
    assert desk.get(f"{path}/install").code == 404
    assert desk.get(path).link_to("Register it or give it up") == f"{path}/step"
    assert sent(desk, f"{path}/step", event="register", reason="the line is built").code == 303
    assert point(books, 3).state == "registered"
    assert desk.get(f"{path}/install").code == 200


def test_one_with_a_meter_takes_no_such_step(desk):
    assert desk.get(f"/supply-points/{REGISTERED}-1/step").code == 404


# -- who may ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [FILE, POINT, STEP])
def test_files_are_amended_by_whoever_may_and_in_her_branch(desk, books, path):
    does = only(amendment=Level.DO, customers=Level.VIEW)
    books.let_in("reader", only(customers=Level.VIEW)).let_in("north-clerk", does, "north")
    assert desk.get(path, "reader").code == 403
    assert desk.post(path, "reader", {"nonce": "n" * 24}).code == 403
    assert desk.get(path, "north-clerk").code == 404
    assert desk.post(path, "north-clerk", {"nonce": "n" * 24}).code == 404
    object_path = path.rpartition("/")[0]
    assert path not in desk.get(object_path, "reader").text
    assert path in desk.get(object_path).text


def test_a_clerk_of_a_branch_gives_no_customer_away(desk, books):
    assert sent(desk, FILE, **WHY, branch="north").code == 303
    does = only(amendment=Level.DO, customers=Level.VIEW)
    books.let_in("north-clerk", does, "north")
    assert 'name="branch"' not in desk.get(FILE, "north-clerk").text
    assert sent(desk, FILE, "north-clerk", **WHY, phone="+86 1234", branch="south").code == 303
    assert (school(books).branch, school(books).phone) == ("north", "+86 1234")
