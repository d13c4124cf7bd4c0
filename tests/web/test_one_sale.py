"""One sale: its page, its token shown again, its payment given back."""

import re

import pytest

from gateway.core.authority import Function, Level
from gateway.core.sale import SaleState
from gateway.core.views_staff import Diary, Requests
from tests.web.desk import granted, visitor
from tests.web.town_desk import TownDesk

NONCE = "n" * 24


@pytest.fixture
def desk(tmp_path):
    clerk = visitor("clerk", granted(Level.VIEW, Function.SALES, Function.FIND_TOKEN))
    return TownDesk(tmp_path, staff={"clerk": clerk}).enter_people("chief", "auditor", "north")


def digits_of(told) -> list[str]:
    return re.findall(r'class="token-digits">([0-9 ]+)<', told.text)


def test_the_page_shows_what_was_paid_for_and_the_lines_sum_to_it(desk):
    told = desk.get(f"/sales/{desk.sale('r1').id}")
    assert told.code == 200
    assert [(row[0], row[2]) for row in told.cells()] == [("Energy", "CN¥88.50"), ("VAT", "CN¥11.50")]
    for part in ("Zhang Wei", "the token is out", "Answered: accepted, with the token", "A token went out"):
        assert part in told.text


def test_what_was_sealed_names_its_number_of_the_chain(desk):
    sale = desk.sale("r1")
    for path in (f"/sales/{sale.id}", f"/entries/{sale.id}"):
        assert re.search(r"<dt>Sealed</dt><dd>number \d+ of the chain</dd>", desk.get(path).text)


def test_a_token_s_digits_are_not_on_the_sale_s_page_nor_in_its_raw_record(desk):
    sale = desk.sale("r1")
    (digits,) = digits_of(desk.post(f"/sales/{sale.id}/token"))
    html = desk.get(f"/sales/{sale.id}").text
    assert digits not in html
    assert digits.replace(" ", "") not in html
    assert f"**** {digits[-4:]}" in html


def test_a_token_is_shown_again_in_groups_of_four_and_the_diary_has_a_line_of_it(desk):
    sale = desk.sale("r1")
    (digits,) = digits_of(desk.post(f"/sales/{sale.id}/token"))
    assert re.fullmatch(r"(\d{4} ){4}\d{4}", digits)
    assert digits.endswith(sale.token_end)
    (line,) = desk.town.reader.rows(Diary(action="show"))
    assert (line.actor, line.subject, line.outcome) == ("chief", sale.key, "done")
    assert sale.token_end not in line.detail


def test_a_token_is_shown_to_nobody_whom_the_books_do_not_grant_it(desk):
    """The page's own rights say yes here, the books no: what they say counts."""
    sale = desk.sale("r1")
    told = desk.post(f"/sales/{sale.id}/token", "moscow")
    assert told.code == 403
    assert digits_of(told) == []


def test_whoever_may_not_show_tokens_has_no_button_and_is_refused(desk):
    sale = desk.sale("r1")
    assert "Show the token" not in desk.get(f"/sales/{sale.id}", "clerk").text
    assert desk.post(f"/sales/{sale.id}/token", "clerk").code == 403


@pytest.mark.parametrize(("reference", "bank"), [("w3", "west"), ("w1", "west")])
def test_a_sale_without_a_token_has_none_to_show(desk, reference, bank):
    sale = desk.sale(reference, bank)
    assert "Show the token" not in desk.get(f"/sales/{sale.id}").text
    assert desk.post(f"/sales/{sale.id}/token").code == 404


def test_a_token_that_was_fetched_later_is_shown_as_well(desk):
    sale = desk.sale("w2", "west")
    (digits,) = digits_of(desk.post(f"/sales/{sale.id}/token"))
    assert digits.endswith(sale.token_end)


def test_another_branch_s_sale_is_not_there(desk):
    sale = desk.sale("r3")
    for path in ("", "/give-back"):
        assert desk.get(f"/sales/{sale.id}{path}", "north").code in {403, 404}
    assert desk.post(f"/sales/{sale.id}/token", "north").code == 404


def test_a_waiting_payment_is_given_back_by_asking_a_second_person(desk):
    sale = desk.sale("w3", "west")
    path = f"/sales/{sale.id}/give-back"
    assert desk.get(f"/sales/{sale.id}").link_to("Give the payment back") == path
    fields = {"nonce": NONCE, "reason": "the customer has moved away"}
    preview = desk.post(path, fields=fields)
    assert [row[0] for row in preview.cells()] == ["BANK:west", "HOLD:CREDIT"]
    assert desk.sale("w3", "west").state is SaleState.WAITING
    told = desk.post(path, fields={**fields, "step": "confirm"})
    assert told.code == 303
    (request,) = desk.town.reader.rows(Requests(at_us=0))
    assert (request.amount_minor, request.asked_by, request.reason) == (4_000, "chief", fields["reason"])
    page = desk.get(told.header("location")).text
    assert "somebody else who may approve reversals decides" in page
    assert desk.get(f"/sales/{sale.id}").link_to("Give the payment back") is None
    assert desk.sale("w3", "west").state is SaleState.WAITING


def test_a_refusal_of_the_books_stands_in_the_form_with_what_was_typed(desk):
    path = f"/sales/{desk.sale('w3', 'west').id}/give-back"
    fields = {"nonce": NONCE, "reason": "he moved away", "step": "confirm"}
    told = desk.post(path, "moscow", fields=fields)
    assert told.code == 422
    assert "he moved away" in told.text


def test_a_payment_whose_credit_is_out_cannot_be_given_back(desk):
    sale = desk.sale("r1")
    assert desk.get(f"/sales/{sale.id}").link_to("Give the payment back") is None
    assert desk.get(f"/sales/{sale.id}/give-back").code == 303
    told = desk.post(f"/sales/{sale.id}/give-back", fields={"nonce": NONCE, "reason": "x", "step": "confirm"})
    assert told.code == 422
    assert "nothing can be given back" in told.text


def test_an_order_without_a_reason_is_not_given(desk):
    told = desk.post(f"/sales/{desk.sale('w3', 'west').id}/give-back", fields={"nonce": NONCE, "reason": " "})
    assert told.code == 422
    assert "Fill this in." in told.text
