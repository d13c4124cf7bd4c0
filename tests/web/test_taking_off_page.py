"""What is asked for at a card station: a purchase taken off its card, decided on the page of requests."""

import pytest

from gateway.core.card import CardReason, ShownCard
from gateway.core.views_staff import Requests
from gateway.core.views_stations import CardOrdersKnown
from gateway.office.card_orders import TakeOffOrder
from gateway.prepayment.take_off_card import TakeOffCard
from tests import cards
from tests.card_counter import KIND
from tests.web.carded import BAKERY_METER, ON_WAY, with_cards
from tests.web.filling import filled
from tests.web.staffed import NOW_US, Staffed

WHY = "fifty was meant, and not five hundred"


@pytest.fixture
def books(tmp_path):
    made = with_cards(Staffed(tmp_path).at_counters())
    (order,) = [one for one in made.reader().rows(CardOrdersKnown(order=2)) if one.pan == BAKERY_METER]
    made.order = order
    shown = ShownCard(ON_WAY, KIND, 1, cards.SYSTEM, count=1, amount=7)
    command = TakeOffCard("chief", "off/2", "south-2", order.id, order.payment, shown, cards.OUR_SYSTEM, WHY)
    made.give("chief", TakeOffOrder.of(command, BAKERY_METER, 10_000), WHY)
    return made


def test_a_second_person_sees_which_purchase_and_card_it_is_and_has_the_card_cleared(books):
    desk = books.desk()
    (request,) = books.reader().rows(Requests(at_us=NOW_US))
    path = f"/requests/{request.reference}"
    html = desk.get(path, "deputy").text
    for said in ("Take the purchase of", ON_WAY, WHY, "Counter south-2"):
        assert said in html, said
    assert "Approve and carry out" not in desk.get(path).text, "not by who has asked"
    desk.post(path, "deputy", filled(desk, path, "deputy", verdict="approve"))
    (after,) = books.reader().rows(CardOrdersKnown(order=books.order.id))
    assert (after.state.value, after.station, after.told) == ("clearing", "south-2", WHY)
    assert CardReason.UNFINISHED.sentence not in desk.get(path, "deputy").text
