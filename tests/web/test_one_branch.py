"""Who belongs to a branch: figures of all branches together are not there for her."""

import pytest

from gateway.core.authority import Level
from tests.contracts.office_town import NORTH
from tests.web.town_desk import TownDesk, of_branch
from tests.web.walks import walk


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    return TownDesk(tmp_path_factory.mktemp("town"))


@pytest.mark.parametrize("path", ["/ledger", "/days", "/days/2026-11-24", "/banks", "/banks/east"])
def test_figures_of_the_whole_house_are_for_who_belongs_to_no_branch(desk, path):
    assert desk.get(path).code == 200
    assert desk.get(path, "north").code == 404
    assert desk.get(f"{path}?format=csv", "north").code == 404
    assert f'href="{path}"' not in desk.get("/", "north").text
    assert desk.office.gate.heard == []


def test_a_statement_is_of_a_customer_of_her_branch_or_is_not_there(desk):
    for account in ("CUST:A1", "AR:A1:ARREARS"):
        assert desk.get(f"/ledger/{account}/CNY", "north").code == 200
        assert desk.get(f"/ledger/{account}/CNY", "south").code == 404
        assert desk.get(f"/ledger/{account}/CNY").code == 200
    for account in ("BANK:east", "CUST:", "CUST:none", "AR:A1", "CUST", "E.SOLD", "CUST:%00"):
        assert desk.get(f"/ledger/{account}/CNY", "north").code == 404


def test_no_link_that_she_is_shown_leads_to_what_is_not_there_for_her(tmp_path_factory):
    staff = {"northern": of_branch("northern", NORTH, Level.APPROVE)}
    desk = TownDesk(tmp_path_factory.mktemp("walked"), staff=staff).enter_people("northern", "chief")
    for who, least in (("northern", 40), ("chief", 60)):
        found = walk(desk, who)
        assert len(found) > least
        # The town's prices come from no file of a tariff, so their version has no page.
        missing = {path for path, told in found.items() if told.code not in {200, 303}}
        assert missing <= {"/tariffs/domestic/domestic-1"}
