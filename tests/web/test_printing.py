"""Printing in a browser: the diary's line first, then the paper; and no token without it."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("in_browser")]

#: In place of the browser's own print: how often, and whether the line stood.
STUB = """() => {
  const page = document.documentElement;
  page.dataset.prints = '';
  window.print = () => { page.dataset.prints += page.dataset.noted === 'yes' ? 'noted ' : 'unnoted '; };
}"""


def printed(page, what):
    expect(page.locator("html")).to_have_attribute("data-prints", what)


def prints_in_diary(opened) -> str:
    return opened("/diary?action=print").locator("#list").inner_text()


def test_a_list_is_printed_by_ctrl_p_and_its_button_once_the_line_stands(opened):
    page = opened("/sales?bank=west&day_from=")
    page.evaluate(STUB)
    with page.expect_response("**/print") as noted:
        page.get_by_role("button", name="Print").click()
    assert noted.value.status == 204
    printed(page, "noted ")
    with page.expect_response("**/print"):
        page.keyboard.press("Control+p")
    printed(page, "noted noted ")
    assert 'bank="west"' in prints_in_diary(opened)


def test_a_list_that_changed_in_place_is_noted_as_it_is_now(opened):
    page = opened("/ledger")
    page.evaluate(STUB)
    page.get_by_label("Account contains").fill("bank:east")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Print").click()
    printed(page, "noted ")
    assert 'account="bank:east"' in prints_in_diary(opened)


def test_nothing_is_printed_where_the_line_cannot_be_written(opened):
    page = opened("/ledger")
    page.evaluate(STUB)
    page.route("**/print", lambda route: route.fulfill(status=503))
    page.get_by_role("button", name="Print").click()
    expect(page.get_by_role("alert")).to_contain_text("It was not printed: the diary could not note it.")
    printed(page, "")


def test_what_the_browser_s_menu_prints_is_noted_meanwhile(opened):
    page = opened("/banks")
    with page.expect_response("**/print") as noted:
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert noted.value.status == 204
    assert "/banks" in prints_in_diary(opened)


def test_a_token_s_digits_are_on_paper_only_once_the_line_stands(opened):
    page = opened("/search?q=r12")
    page.locator('form[action$="/token"] button').first.click()
    digits = page.locator(".token-digits").first
    page.evaluate(STUB)
    page.emulate_media(media="print")
    expect(digits).to_be_hidden()
    expect(page.get_by_text("The digits are printed by the button")).to_be_visible()
    page.emulate_media(media="screen")
    page.get_by_role("button", name="Print").click()
    printed(page, "noted ")
    page.emulate_media(media="print")
    expect(digits).to_be_visible()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(digits).to_be_hidden()
