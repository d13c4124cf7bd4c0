"""The stock on its pages: taken in by a form or by a list, moved, scrapped; seen by its own branch."""

import pytest

from admin_web.forgery import form_seal
from gateway.core.authority import Level
from tests.builders import drn, identity
from tests.web.staffed import Manned, only

NONCE = "n" * 24
HEAD = "meter,model,carrier,sgc,krn,ti,ea,kt,base_date,branch,lot,note"


def line(serial, **changes):
    usual = {
        "meter": drn(serial), "model": "DDS-26", "carrier": "token", "sgc": "201457", "krn": "1", "ti": "01",
        "ea": "11", "kt": "2", "base_date": "2014", "branch": "", "lot": "L1", "note": "",
    }  # fmt: skip
    return ",".join((usual | changes).values())


@pytest.fixture
def manned(tmp_path):
    manned = Manned(tmp_path)
    manned.people.branch("north", "North <office>")
    return manned


@pytest.fixture
def desk(manned):
    return manned.desk()


def upload(desk, text, who="chief", **fields):
    """Send a file as a browser does."""
    seal = form_seal(desk.office.gate.people[who], "/stock/delivery")
    parts = {'file"; filename="meters.csv': text, "seal": seal, "nonce": NONCE, **fields}
    body = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in parts.items()
    )
    octets = f"{body}--b--\r\n".encode()
    head = (
        f"POST /stock/delivery HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nCookie: __Host-powertill={who}\r\n"
        f"Origin: http://127.0.0.1:8080\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f"Content-Length: {len(octets)}\r\n\r\n"
    )
    return desk.send(head.encode() + octets)


def test_a_delivery_is_read_back_before_it_is_taken_in(desk, manned):
    text = "\n".join([HEAD, line(1), line(2, branch="north", note='"x, y"')])
    told = upload(desk, text)
    assert told.code == 200
    assert "Nothing has been done yet" in told.text
    assert desk.get("/stock").cells() == []
    told = upload(desk, "", lines=text, step="confirm")
    assert told.code == 303
    rows = desk.get("/stock").cells()
    assert [row[0] for row in rows] == [drn(1), drn(2)]
    line_ = manned.diary()[-1]
    assert (line_.actor, line_.subject) == ("chief", "2 meters")
    assert "sha256" in line_.detail


def test_every_fault_of_a_list_is_named_and_nothing_of_it_is_kept(desk, manned):
    pan = manned.town.meters[0].pan
    told = upload(
        desk, "\n".join([HEAD, line(1), line(2, sgc="1"), line(3, meter=pan), line(4, branch="west")])
    )
    assert told.code == 422
    assert [(row[0], row[1]) for row in told.cells()] == [("3", "sgc"), ("4", "meter"), ("5", "branch")]
    assert "customer" in told.cells()[1][3]
    assert desk.get("/stock").cells() == []
    assert upload(desk, "").code == 422


def form(**changes):
    usual = {
        "meter": drn(5), "model": "DDS-26", "carrier": "token", "sgc": "201457", "krn": "1", "ti": "01",
        "ea": "11", "kt": "2", "base_date": "2014", "branch": "-", "lot": "", "note": "", "nonce": NONCE,
    }  # fmt: skip
    return usual | changes


def test_one_meter_is_taken_in_moved_and_scrapped(desk, manned):
    path = f"/stock/{identity(5).pan}"
    assert desk.post("/stock/new", "chief", form()).header("location").startswith(path)
    assert "the central store" in desk.get(path).text
    fields = {"place": "north", "reason": "they need one", "version": "1", "nonce": "m" * 24}
    assert desk.post(f"{path}/move", "chief", fields).code == 303
    stale = desk.post(f"{path}/move", "deputy", fields | {"nonce": "o" * 24})
    assert "somebody else has changed it meanwhile" in stale.text
    gone = {"reason": "its case is broken", "version": "2", "nonce": "s" * 24}
    assert desk.post(f"{path}/scrap", "chief", gone).code == 303
    html = desk.get(path).text
    assert "scrapped" in html
    assert "its case is broken" in html
    assert "/move" not in html


def test_what_is_wrong_with_one_meter_is_said_beside_its_field(desk):
    told = desk.post("/stock/new", "chief", form(meter="123", sgc="99"))
    assert told.code == 422
    assert 'id="w-meter"' in told.text
    assert 'id="w-sgc"' in told.text
    assert 'value="DDS-26"' in told.text


def test_a_branch_has_its_own_stock(desk, manned):
    manned.let_in("north-1", branch="north")
    desk.post("/stock/new", "chief", form())
    desk.post("/stock/new", "chief", form(meter=drn(6), branch="north", nonce="p" * 24))
    assert [row[0] for row in desk.get("/stock", "north-1").cells()] == [drn(6)]
    assert desk.get(f"/stock/{identity(5).pan}", "north-1").code == 404
    told = desk.post("/stock/new", "north-1", form(meter=drn(7), nonce="q" * 24))
    assert told.code == 422
    assert "North <office>" not in desk.get("/stock/new", "north-1").text
    assert "North &lt;office&gt;" in desk.get("/stock/new", "north-1").text


def test_who_belongs_to_a_branch_is_not_told_where_a_known_meter_is(desk, manned):
    manned.let_in("north-1", branch="north")
    desk.post("/stock/new", "chief", form())
    lines = [HEAD, line(3, meter=manned.town.meters[0].pan, branch="north"), line(5, branch="north")]
    told = upload(desk, "\n".join(lines), "north-1")
    assert told.code == 422
    assert {row[3] for row in told.cells()} == {"the meter is known already, here or in another branch"}


def test_whoever_may_only_see_the_stock_changes_nothing(desk, manned):
    manned.let_in("clerk", only(stock=Level.VIEW))
    desk.post("/stock/new", "chief", form())
    assert desk.get("/stock", "clerk").code == 200
    assert "Take in" not in desk.get("/stock", "clerk").text
    for path in ("/stock/new", "/stock/delivery", f"/stock/{identity(5).pan}/move"):
        assert desk.get(path, "clerk").code == 403
