"""What a path or a filter names and nothing can be: answered before anybody asks the books."""

import re

import pytest

from admin_web.all_pages import ROUTES
from gateway.core.views_staff import Roles
from tests.web.desk import Desk, office

WITH_PLACES = sorted({route.path for route in ROUTES if route.method == "GET" and "<" in route.path})


@pytest.fixture
def desk():
    """A desk without books: whoever asked them would fail."""
    return Desk(office(views=object()))


@pytest.mark.parametrize("path", WITH_PLACES)
def test_a_place_that_cannot_be_printed_is_not_there_whoever_asks(desk, path):
    for octet in ("%00", "%7F", "a%0Ab"):
        told = [desk.get(re.sub("<[^>]*>", octet, path), who).code for who in ("chief", "guest", None)]
        assert told == [404, 404, 404]
    assert desk.office.gate.heard == []


class OnlyRoles:
    """Books of which nothing may be asked but the roles, by whose names the diary is told."""

    async def rows(self, query):
        assert isinstance(query, Roles)
        return []


@pytest.mark.parametrize("path", ["/diary", "/ledger/BANK:east/CNY"])
@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_day_at_the_end_of_time_is_no_day(path, day):
    desk = Desk(office(views=OnlyRoles()))
    for end in ("day_from", "day_to"):
        told = desk.get(f"{path}?{end}={day}")
        assert told.code == 422
        assert 'aria-invalid="true"' in told.text
