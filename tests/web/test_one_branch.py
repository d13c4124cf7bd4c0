"""Who belongs to a branch: figures of all branches together are not there for her."""

import pytest

from tests.web.town_desk import TownDesk


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
