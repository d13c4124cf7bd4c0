"""People, roles and places: what is shown to whom, and what the forms do in the books."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import insert, select
from twisted.internet.defer import succeed

from adapters.db import tables as t
from adapters.db.poster import run_here
from adapters.db.views import Views
from gateway.core.approval import ApprovalState
from gateway.core.authority import Function, Grant, Level
from gateway.core.staff import StaffState, grants_text
from gateway.core.views import PAGE_MAX
from gateway.core.views_staff import Branches, Diary, Operators, Requests, Roles, Sessions, Shifts, Stations
from gateway.office.manage_roles import KeepRole
from gateway.office.manage_staff import GiveRoles
from gateway.office.orders import order_of
from gateway.office.standard_roles import STANDARD_ROLES
from tests.web.desk import Desk
from tests.web.filling import filled, sent
from tests.web.staffed import NOW_US, Staffed

REASON = {"reason": "agreed with her branch"}


@pytest.fixture
def staffed(tmp_path):
    return Staffed(tmp_path)


@pytest.fixture
def desk(staffed):
    return Desk(staffed.office())


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """A desk that nobody writes at, for all tests that only look."""
    return Desk(Staffed(tmp_path_factory.mktemp("read")).office())


def approved(desk, told, who="deputy"):
    """Have a second person approve what a form has led to."""
    path = told.header("location").partition("?")[0]
    # The order has a key of its own, so any nonce does: nothing hangs on the form's.
    return desk.post(path, who, {"nonce": "n" * 24, "verdict": "approve"})


def row_of(html, name):
    """The row of a matrix that begins with this name."""
    return html.partition(f'<th scope="row">{name}</th>')[2].partition("</tr>")[0]


def diary(staffed, **asked):
    return staffed.reader().rows(Diary(**asked))


# -- people ----------------------------------------------------------------------------------------------


def test_the_list_of_people_says_how_each_stands(read):
    rows = {cells[0]: cells for cells in read.get("/operators").cells()}
    assert rows["li-na"][1:5] == ["Li Na", "may sign in", "Role-Li-Na", "North office (north)"]
    assert [cells[0] for cells in read.get("/operators?role=role-li-na").cells()] == ["li-na"]
    assert read.get("/operators?state=left").cells() == []


def test_whoever_belongs_to_a_branch_sees_its_people_and_nobody_else(staffed):
    office = staffed.office()
    people = dict(office.gate.people)
    rights = people["chief"].rights
    people["north-chief"] = replace(people["chief"], rights=replace(rights, branch="north"))
    office.gate.people = people
    desk = Desk(office)
    assert [cells[0] for cells in desk.get("/operators", "north-chief").cells()] == ["li-na"]
    assert desk.get("/operators/wang", "north-chief").code == 404
    assert desk.get("/operators/li-na", "north-chief").code == 200


def test_a_person_s_page_says_which_role_grants_what(read):
    html = read.get("/operators/li-na").text
    row = row_of(html, "Exceptions")
    assert "CN¥200.00" in row
    assert 'href="/roles?as=role-li-na"' in row
    assert "Vending keys" not in html.partition("What this person may do")[2].partition("</table>")[0]


def test_of_several_roles_a_person_s_page_shows_each_level_with_its_limit(desk, staffed):
    low, high = {Function.FLOATS: Grant(Level.APPROVE, 5_000)}, {Function.FLOATS: Grant(Level.DO)}
    both = (("low", low), ("high", high))
    kept = [KeepRole("local:root", code, code, 0, code, grants) for code, grants in both]
    version = staffed.operator("li-na").version
    staffed.batch.run([*kept, GiveRoles("local:root", "both", "li-na", version, ("low", "high"))])
    row = row_of(desk.get("/operators/li-na").text, "Floats")
    levels = [" ".join(re.sub(r"<[^>]*>", " ", one).split()) for one in re.findall(r"<div>(.*?)</div>", row)]
    assert levels == ["approve", "do", "CN¥50.00", "no limit"]


def test_a_person_s_page_offers_only_what_the_reader_may_do(read):
    assert read.get("/operators/li-na").link_to("Give roles") == "/operators/li-na/roles"
    seen = read.get("/operators/li-na", "auditor")
    assert (seen.code, seen.link_to("Give roles"), seen.link_to("Mark as left")) == (200, None, None)
    own = read.get("/operators/chief")
    assert (own.link_to("Mark as left"), own.link_to("Set a password")) == (None, None)


def test_somebody_is_entered_given_a_role_and_a_password(staffed, desk):
    told = sent(desk, "/operators/new", login="zhao", name="Zhao Min", branch="south", language="zh")
    assert told.header("location").startswith("/operators/zhao?notice=")
    assert (
        approved(desk, sent(desk, "/operators/zhao/roles", **{"role.role-wang": "yes"}, **REASON)).code == 303
    )
    words = {"new": "seven green bottles", "again": "seven green bottles"}
    assert sent(desk, "/operators/zhao/password", **words, **REASON).code == 303
    zhao = staffed.operator("zhao")
    assert (zhao.roles, zhao.branch, zhao.must_change) == (("role-wang",), "south", True)
    assert zhao.password
    lines = diary(staffed, text="zhao")
    assert [(line.actor, line.function) for line in lines] == [
        ("chief", "operators"), ("deputy", "roles"), ("chief", "roles"), ("chief", "operators"),
    ]  # fmt: skip
    assert "bottles" not in "".join(line.detail for line in lines)


def test_a_password_that_is_weak_or_mistyped_is_refused_beside_its_field(desk, staffed):
    before = staffed.operator("li-na").version
    weak = sent(desk, "/operators/li-na/password", new="li-na-2026", again="li-na-2026", **REASON)
    other = sent(desk, "/operators/li-na/password", new="seven green bottles", again="seven", **REASON)
    assert (weak.code, other.code) == (422, 422)
    assert "The two are not the same." in other.text
    assert staffed.operator("li-na").version == before


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(desk, staffed):
    path = "/operators/li-na/change"
    stale = filled(desk, path, name="Li Na-Chen")
    assert sent(desk, path, name="Li Nana").code == 303
    told = desk.post(path, "chief", stale)
    assert told.code == 422
    assert "somebody else has changed it meanwhile" in told.text
    assert staffed.operator("li-na").name == "Li Nana"


def test_who_is_let_go_is_signed_out_and_may_be_taken_back(desk, staffed):
    assert sent(desk, "/operators/li-na/leave", **REASON).code == 303
    assert staffed.operator("li-na").state is StaffState.LEFT
    assert staffed.reader().count(Sessions("li-na", NOW_US)) == 0
    assert sent(desk, "/operators/li-na/back", **REASON).code == 303
    assert staffed.operator("li-na").state is StaffState.ACTIVE


def test_all_sessions_of_somebody_are_ended(desk, staffed):
    assert staffed.reader().count(Sessions("li-na", NOW_US)) == 1
    assert sent(desk, "/operators/li-na/sessions", **REASON).code == 303
    assert staffed.reader().count(Sessions("li-na", NOW_US)) == 0


@pytest.mark.parametrize("form", ["leave", "roles", "password", "sessions"])
def test_what_concerns_somebody_wants_a_reason(desk, form):
    told = sent(desk, f"/operators/li-na/{form}", new="seven green bottles", again="seven green bottles")
    assert (told.code, "Reason: Fill this in." in told.text) == (422, True)


def test_nobody_lets_herself_go_or_gives_herself_a_role(desk, staffed):
    assert sent(desk, "/operators/chief/leave", **REASON).code == 422
    assert sent(desk, "/operators/chief/roles", **{"role.role-wang": "yes"}, **REASON).code == 422
    assert desk.get("/operators/chief/password").header("location") == "/account/password"
    assert staffed.operator("chief").roles == ("role-chief",)


def test_who_gets_roles_does_not_approve_it(desk, staffed):
    waits = sent(desk, "/operators/deputy/roles", **{"role.role-wang": "yes"}, **REASON)
    html = desk.get(waits.header("location").partition("?")[0], "deputy").text
    assert "Approve and carry out" not in html
    assert approved(desk, waits).code == 422
    assert staffed.operator("deputy").roles == ("role-deputy",)


def test_who_approves_roles_sees_the_roles_and_rights_before_and_after(desk):
    page = waiting(desk, "/operators/li-na/roles", **{"role.role-wang": "", "role.role-auditor": "yes"})
    html = page.text
    assert "Give the roles Role-Auditor, Role-Li-Na to Li Na" in html
    facts = dict(re.findall(r"<dt>([^<]*)</dt><dd>(.*?)</dd>", html))
    assert (facts["Roles now"], facts["Roles then"]) == ("Role-Li-Na", "Role-Auditor, Role-Li-Na")
    assert facts["Branch"] == "North office (north)"
    assert ["Ledger", "nothing", "→ see more than before"] in page.cells()
    assert [cells for cells in page.cells() if cells[0] == "Exceptions"] == []


def test_rights_that_are_taken_away_are_shown_as_well(desk):
    page = waiting(desk, "/operators/li-na/roles", **{"role.role-li-na": ""})
    assert "Take all roles from Li Na" in page.text
    assert ["Exceptions", "do up to CN¥200.00", "→ nothing less than before"] in page.cells()


def test_who_stands_behind_the_first_thousand_is_shown_with_her_rights_all_the_same(desk, staffed):
    waiting(desk, "/operators/li-na/roles", **{"role.role-auditor": "yes"})
    crowd(staffed)
    behind = desk.get(path_of_request(staffed), "deputy")
    assert ["Ledger", "nothing", "→ see more than before"] in behind.cells()
    assert "Nobody may do more or less by it." not in behind.text


def test_of_whom_she_does_not_see_the_page_does_not_say_that_nothing_changes(desk, staffed):
    waiting(desk, "/operators/li-na/roles", **{"role.role-auditor": "yes"})
    blind = Desk(staffed.office(views=NobodySeen(staffed.engine, run_here)))
    page = blind.get(path_of_request(staffed), "deputy")
    assert page.code == 200
    assert "Nobody may do more or less by it." not in page.text


class NobodySeen(Views):
    """Views of somebody who sees no people."""

    def rows(self, query):
        return succeed(()) if isinstance(query, Operators) else super().rows(query)


def path_of_request(staffed):
    (request,) = staffed.reader().rows(Requests(at_us=NOW_US))
    return f"/requests/{request.reference}"


def crowd(staffed):
    """A thousand more people, whose logins come first."""
    with staffed.engine.begin() as connection:
        one = connection.execute(select(t.operator).where(t.operator.c.login == "guest"))
        (guest,) = one.mappings()
        crowd = [{**guest, "login": f"a{number:04}", "roles": ""} for number in range(PAGE_MAX)]
        connection.execute(insert(t.operator), crowd)


def waiting(desk, path, who="deputy", **fields):
    """The page of the request that a form has led to."""
    told = sent(desk, path, **fields, **REASON)
    return desk.get(told.header("location").partition("?")[0], who)


def test_roles_that_changed_since_they_were_asked_for_cannot_be_approved(desk, staffed):
    waits = sent(desk, "/operators/li-na/roles", **{"role.role-wang": "yes"}, **REASON)
    path = waits.header("location").partition("?")[0]
    seen = desk.get(path, "deputy")
    assert "Approve and carry out" in seen.text
    with staffed.engine.begin() as connection:
        more = {"grants": grants_text({Function.KEYS: Grant(Level.APPROVE)}), "version": 2}
        connection.execute(t.role.update().where(t.role.c.code == "role-wang").values(more))
    assert approved(desk, waits).code == 422
    assert staffed.operator("li-na").roles == ("role-li-na",)
    again = desk.get(path, "deputy").text
    assert "cannot be approved any more" in again
    assert "Approve and carry out" not in again


def test_nobody_may_come_until_the_end_of_time(desk):
    told = sent(desk, "/operators/new", login="zhao", name="Zhao Min", language="zh", until="9999-12-31")
    assert told.code == 422
    assert 'aria-invalid="true"' in told.text


def test_a_form_sent_twice_is_one_order(desk, staffed):
    fields = filled(desk, "/operators/new", login="zhao", name="Zhao Min", language="zh")
    codes = [desk.post("/operators/new", "chief", fields).code for _ in range(2)]
    assert codes == [303, 303]
    assert staffed.operator("zhao").version == 1


# -- roles -----------------------------------------------------------------------------------------------


def test_authority_stands_on_one_page(read):
    html = read.get("/roles").text
    assert html.count('scope="colgroup"') == 6
    row = row_of(html, "Exceptions")
    assert row.count("<td") == 6
    assert "up to CN¥200.00" in row
    assert read.get("/roles", "auditor").link_to("New role") is None
    assert read.get("/roles").link_to("New role") == "/roles/new"


def test_a_role_is_seen_as_whoever_has_it_sees_the_office(read):
    html = read.get("/roles?as=role-li-na").text
    menu = html.partition('id="menu-of"')[2].partition("</section>")[0]
    assert "Exceptions" in menu
    assert "Diary" not in menu
    assert read.get("/roles?as=nobody").code == 404


def test_a_role_s_change_is_shown_before_it_is_kept(desk, staffed):
    path = "/roles/role-li-na"
    fields = {"level.floats": "do", "limit.floats": "5000.00", "level.diary": "view", **REASON}
    shown = sent(desk, path, **fields)
    assert shown.code == 200
    assert shown.cells() == [
        ["Floats", "nothing", "→ do up to CN¥5,000.00 more than before"],
        ["Diary", "nothing", "→ see more than before"],
    ]
    assert Function.FLOATS not in role(staffed, "role-li-na").grants
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', shown.text))
    waits = desk.post(path, "chief", hidden | {"step": "confirm"})
    page = desk.get(waits.header("location").partition("?")[0], "deputy")
    assert page.cells() == shown.cells()
    assert Function.FLOATS not in role(staffed, "role-li-na").grants
    assert approved(desk, waits).code == 303
    grants = role(staffed, "role-li-na").grants
    assert grants[Function.FLOATS] == Grant(Level.DO, 500_000)
    assert grants[Function.EXCEPTIONS] == Grant(Level.DO, 20_000)
    assert Function.LEDGER not in grants


def test_a_new_role_grants_what_was_chosen(desk, staffed):
    fields = {"code": "night", "name": "Night", "level.sales": "view", **REASON}
    shown = sent(desk, "/roles/new", **fields)
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', shown.text))
    assert approved(desk, desk.post("/roles/new", "chief", hidden | {"step": "confirm"})).code == 303
    assert role(staffed, "night").grants == {Function.SALES: Grant(Level.VIEW)}


def test_a_level_of_an_older_program_is_shown_as_what_it_is_worth(desk, staffed):
    with staffed.engine.begin() as connection:
        kept = t.role.update().where(t.role.c.code == "role-li-na")
        connection.execute(kept.values(grants=grants_text({Function.SALES: Grant(Level.APPROVE)})))
    assert "kept as “approve”" in row_of(desk.get("/roles").text, "Sales")
    assert 'value="view" selected' in desk.get("/roles/role-li-na").text
    shown = sent(desk, "/roles/role-li-na", **REASON)
    assert shown.cells() == [["Sales", "see kept as “approve”", "→ see"]]


def test_nobody_changes_a_role_that_she_has(desk):
    shown = sent(desk, "/roles/role-chief", **{"level.sales": "view"}, **REASON)
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', shown.text))
    told = desk.post("/roles/role-chief", "chief", hidden | {"step": "confirm"})
    assert (told.code, "nobody gives roles to herself" in told.text) == (422, True)


def test_the_standard_roles_are_asked_for_one_by_one(desk, staffed):
    path = "/roles/standard/add"
    assert desk.get("/roles").link_to("Add the standard roles") == path
    assert row_of(desk.get(path).text, "Vending keys").count("<td") == 6
    assert sent(desk, path).code == 422
    fields = filled(desk, path, **REASON)
    told = [desk.post(path, "chief", fields) for _ in range(2)]
    assert {one.code for one in told} == {303}
    waits = staffed.reader().rows(Requests(NOW_US, state=ApprovalState.ASKED))
    assert {order_of(one).code for one in waits} == {one.code for one in STANDARD_ROLES}
    assert len(waits) == 6
    page = f"/requests/{next(one.reference for one in waits if one.subject.startswith('cashier'))}"
    assert desk.post(page, "deputy", {"nonce": "n" * 24, "verdict": "approve"}).code == 303
    assert role(staffed, "cashier").grants == STANDARD_ROLES[0].grants
    assert row_of(desk.get(path).text, "Vending keys").count("<td") == 5


def test_where_all_standard_roles_are_there_none_is_offered(desk, staffed):
    kept = [KeepRole("local:root", one.code, one.code, 0, one.name, one.grants) for one in STANDARD_ROLES]
    staffed.batch.run(kept)
    assert desk.get("/roles").link_to("Add the standard roles") is None
    assert desk.get("/roles/standard/add").header("location") == "/roles"


def test_who_may_not_change_roles_is_offered_no_standard_ones(read):
    assert read.get("/roles", "auditor").link_to("Add the standard roles") is None
    assert read.get("/roles/standard/add", "auditor").code == 403


def test_a_role_names_who_asked_for_its_last_change_and_who_approved_it(desk, staffed):
    shown = sent(desk, "/roles/role-li-na", **{"level.diary": "view"}, **REASON)
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', shown.text))
    waits = desk.post("/roles/role-li-na", "chief", hidden | {"step": "confirm"})
    assert facts(desk, "role-li-na").get("Approved by") is None
    assert approved(desk, waits).code == 303
    told = facts(desk, "role-li-na")
    assert ("chief" in told["Asked for by"], "deputy" in told["Approved by"]) == (True, True)
    assert waits.header("location").partition("?")[0] in told["Request"]


def facts(desk, code):
    html = desk.get(f"/roles?as={code}").text
    return dict(re.findall(r"<dt>([^<]*)</dt><dd>(.*?)</dd>", html))


def test_a_limit_below_nothing_is_refused(desk):
    told = sent(desk, "/roles/role-li-na", **{"limit.floats": "-1.00"}, **REASON)
    assert (told.code, "A limit is 0 or more." in told.text) == (422, True)


def role(staffed, code):
    return next(row.role for row in staffed.reader().rows(Roles()) if row.role.code == code)


# -- places and shifts -----------------------------------------------------------------------------------


def test_a_branch_and_its_station_are_made(desk, staffed):
    assert sent(desk, "/branches/new", code="west", name="West office").code == 303
    fields = {"code": "west-1", "name": "Hall", "branch": "west"}
    assert sent(desk, "/stations/new", **fields).code == 303
    assert "west" in {one.code for one in staffed.reader().rows(Branches())}
    assert sent(desk, "/stations/west-1", state="closed").code == 303
    (row,) = staffed.reader().rows(Stations("west"))
    assert (row.station.name, row.station.is_open) == ("Hall", False)
    assert sent(desk, "/branches/new", code="west", name="Again").code == 422


def test_a_shift_is_opened_and_closed_by_whoever_sits_there(desk, staffed):
    assert sent(desk, "/shifts/open", station="south-1").code == 303
    (own,) = staffed.reader().rows(Shifts(login="chief"))
    path = f"/shifts/{own.id}/close"
    preview = sent(desk, path, counted="0")
    assert "No cash was in the drawer" in preview.text
    assert sent(desk, path, counted="0", due="0", step="confirm").code == 303
    assert staffed.reader().rows(Shifts(login="chief", is_open=True)) == []


def test_another_s_shift_is_closed_with_a_reason(desk, staffed):
    (hers,) = staffed.reader().rows(Shifts(login="li-na"))
    path = f"/shifts/{hers.id}/close"
    assert sent(desk, path, counted="0").code == 422
    assert sent(desk, path, counted="0", due="0", step="confirm", **REASON).code == 303
    assert "agreed with her branch" in diary(staffed, function="shifts")[0].detail


def test_a_station_that_is_taken_cannot_be_chosen(read):
    assert '<option value="north-1"' not in read.get("/shifts/open").text
    assert '<option value="south-1"' in read.get("/shifts/open").text
    assert read.get("/shifts/1000/close").code == 404


# -- the diary -------------------------------------------------------------------------------------------


def test_each_line_of_the_diary_leads_to_what_it_is_about(desk):
    sent(desk, "/operators/li-na/sessions", **REASON)
    told = desk.get("/diary?function=operators&actor=chief")
    (cells,) = told.cells()
    assert cells[1:5] == ["chief", "Operators: changed", "li-na", "done"]
    assert told.link_to("li-na") == "/operators/li-na"


def test_the_diary_is_found_by_day_and_downloaded(read):
    assert read.get("/diary?day_from=2026-11-24").cells() == []
    assert len(read.get("/diary?day_from=2026-11-23&day_to=2026-11-23&action=sign_in").cells()) == 5
    assert "signed in" in read.get("/diary?format=csv").text
