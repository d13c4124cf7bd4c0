"""What the pages do in a browser: keys, lists that change in place, forms sent once; and without scripts."""

import pytest
from playwright.sync_api import expect

from tests.web.looked_at import PROTECTED

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("in_browser")]


def rows(page) -> int:
    return page.locator("tbody tr").count()


def test_a_filter_changes_the_list_in_place_and_the_address_with_it(opened):
    page = opened("/ledger")
    before = rows(page)
    page.evaluate("document.body.dataset.same = 'yes'")
    page.get_by_label("Account contains").fill("bank:east")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    assert page.evaluate("document.body.dataset.same") == "yes"
    assert "account=bank%3Aeast" in page.url
    page.go_back()
    expect(page.locator("tbody tr")).to_have_count(before)
    assert before > 1
    assert "account" not in page.url


def test_a_click_on_a_head_orders_the_list(opened):
    page = opened("/ledger")
    page.get_by_role("link", name="Closing").click()
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Closing")
    page.get_by_role("link", name="Closing").click()
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Closing")
    assert "sort=-closing" in page.url


def test_a_wrong_filter_is_said_in_place(opened):
    page = opened("/ledger/BANK:east/CNY")
    page.get_by_label("To business day").fill("2020-01-01")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("The last day lies before the first.")).to_be_visible()


def test_pages_and_columns_are_chosen_in_place(opened):
    page = opened("/ledger/BANK:east/CNY")
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("link", name="Previous")).to_be_visible()
    page.get_by_text("Columns", exact=True).click()
    page.get_by_label("Reference").uncheck()
    page.get_by_role("button", name="Show these columns").click()
    expect(page.locator("thead")).not_to_contain_text("Reference")


def test_j_and_k_move_in_a_list_and_enter_opens(opened):
    page = opened("/ledger")
    second = page.locator("tbody tr").nth(1).locator("a").first
    for _ in range(3):
        page.keyboard.press("j")
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.textContent") == second.text_content()
    place = second.get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{place}")


def test_a_row_can_be_clicked_anywhere(opened):
    page = opened("/ledger")
    page.locator("tbody tr", has_text="BANK:east").locator("td").nth(3).click()
    page.wait_for_url("**/ledger/BANK:east/CNY")


def test_a_question_mark_leads_to_the_help_unless_somebody_writes(opened):
    page = opened("/ledger")
    page.get_by_label("Account contains").focus()
    page.keyboard.type("j?k")
    assert page.get_by_label("Account contains").input_value() == "j?k"
    page.get_by_role("heading", name="Trial balance").click()
    page.keyboard.press("?")
    page.wait_for_url("**/help")


def test_a_form_is_sent_once_however_often_it_is_clicked(opened):
    page = opened("/sample/form")
    sent = []
    page.on("request", lambda request: sent.append(request.method) if request.method == "POST" else None)
    page.get_by_role("button", name="Go on").evaluate("button => { button.click(); button.click(); }")
    expect(page.locator(".error-summary")).to_be_focused()
    assert sent == ["POST"]


@pytest.mark.parametrize(
    ("path", "login", "label"),
    [("/sign-in", None, "Login"), ("/find-token", "chief", "Reference, receipt or invoice")],
)
def test_whoever_comes_to_type_can_type_at_once(opened, path, login, label):
    page = opened(path, login)
    expect(page.get_by_label(label)).to_be_focused()


def test_the_error_summary_leads_to_the_field(opened):
    page = opened("/sample/form")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("link", name="Amount: Fill this in.").click()
    expect(page.get_by_label("Amount")).to_be_focused()


def test_an_order_goes_through_its_preview_to_its_notice_which_is_said_once(opened):
    page = opened("/sample/form")
    page.get_by_label("Amount").fill("1234.50")
    page.get_by_label("Reason").fill("The slip of today")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".echo")).to_contain_text("CN¥1,234.50")
    page.get_by_role("button", name="Change").click()
    assert page.get_by_label("Amount").input_value() == "1234.50"
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("status").first).to_contain_text("The deposit was booked.")
    assert "notice" not in page.url
    page.reload()
    expect(page.get_by_text("The deposit was booked.")).to_have_count(0)


def test_an_address_that_held_a_token_does_not_stay(opened):
    page = opened("/search?q=12345678901234567890")
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.url.endswith("/search")


def test_the_language_is_chosen_by_its_own_name_and_stays(opened):
    page = opened("/ledger?account=bank%3Aeast")
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("试算平衡表")
    assert page.url.endswith("/ledger?account=bank%3Aeast")
    page.reload()
    assert page.locator("html").get_attribute("lang") == "zh"


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(opened):
    page = opened("/ledger")
    assert page.evaluate("document.cookie") == ""
    kept = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert set(kept) == {"__Host-powertill", "__Host-powertill-language"}
    assert all(one["secure"] and one["httpOnly"] and one["sameSite"] == "Strict" for one in kept.values())


def test_an_inline_script_does_not_run(opened):
    page = opened("/help")
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'ran = 1'}))")
    assert page.evaluate("window.ran") is None
    assert "Executing inline script violates" in opened.faults.pop()


def test_a_chart_is_drawn_and_has_its_table(opened):
    page = opened("/sample/chart")
    expect(page.locator(".u-wrap canvas")).to_have_count(2)
    page.get_by_text("The figures as a table").first.click()
    expect(page.locator("figure").first.locator("details tbody tr")).to_have_count(14)


def test_a_file_is_downloaded(opened):
    page = opened("/ledger")
    with page.expect_download() as coming:
        page.get_by_role("link", name="XLSX").click()
    assert coming.value.suggested_filename == "trial-balance-2026-11-23.xlsx"


def test_everything_works_without_scripts(opened):
    page = opened("/ledger", java_script_enabled=False, size="phone")
    page.get_by_text("Menu", exact=True).click()
    expect(page.locator(".small-menu").get_by_role("link", name="Ledger")).to_be_visible()
    page.get_by_label("Account contains").fill("bank:east")
    page.get_by_role("button", name="Show", exact=True).click()
    assert rows(page) == 1
    page.get_by_role("link", name="BANK:east").click()
    page.get_by_role("link", name="Next").click()
    assert rows(page) == 50
    page.goto("/sample/form")
    page.get_by_role("button", name="Go on").click()
    assert page.get_by_role("alert").is_visible()
    page.goto("/sample/chart")
    page.get_by_text("The figures as a table").first.click()
    assert rows(page) == 28


def test_on_paper_there_is_the_list_alone(opened):
    page = opened("/ledger")
    page.emulate_media(media="print")
    for part in (".bar", ".side", ".filters", ".files"):
        assert page.locator(part).count()
        for one in page.locator(part).all():
            expect(one).to_be_hidden()
    expect(page.locator("table")).to_be_visible()


def test_the_overview_asks_for_its_figures_again_while_it_is_seen_and_nobody_is_in_it(chromium, house):
    context = chromium.new_context(base_url=house)
    page = context.new_page()
    page.clock.install()
    page.goto("/sample/enter/chief?language=en")
    page.goto("/")
    with page.expect_response("**/overview/now") as asked:
        page.clock.fast_forward(31_000)
    assert asked.value.status == 200
    heard: list[str] = []
    page.on("request", lambda request: heard.append(request.url))
    page.locator("#now details summary").click()
    page.clock.fast_forward(31_000)
    page.wait_for_timeout(200)
    assert heard == []
    assert page.locator("h2#t-day").count() == 1
    context.close()


def test_a_page_asks_how_far_a_test_of_a_line_is_until_it_has_ended(chromium, house):
    context = chromium.new_context(base_url=house)
    page = context.new_page()
    page.goto("/sample/enter/chief?language=en")
    page.goto(f"/lines/ways/{PROTECTED}/test")
    for _ in range(2):  # what came anew asks again
        with page.expect_response("**/test/now") as asked:
            pass
        assert asked.value.status == 200
    assert page.locator("#test").count() == 1
    heard: list[str] = []
    page.route("**/test/now", lambda route: route.fulfill(body='<div id="test">all was said</div>'))
    page.locator("#test", has_text="all was said").wait_for()
    page.on("request", lambda request: heard.append(request.url))
    page.wait_for_timeout(4_000)
    assert heard == []
    context.close()


@pytest.mark.parametrize("keys", ["/", "Control+k"])
def test_two_keys_lead_to_the_search(opened, keys):
    page = opened("/ledger")
    page.keyboard.press(keys)
    box = page.get_by_role("searchbox", name="Search")
    expect(box).to_be_focused()
    assert box.input_value() == ""


def test_a_stroke_is_written_where_somebody_writes_and_control_k_marks_what_stands(opened):
    page = opened("/ledger")
    page.get_by_label("Account contains").focus()
    page.keyboard.type("a/b")
    assert page.get_by_label("Account contains").input_value() == "a/b"
    box = page.get_by_role("searchbox", name="Search")
    box.fill("zhang")
    page.get_by_label("Account contains").focus()
    page.keyboard.press("Control+k")
    page.keyboard.type("wei")
    assert box.input_value() == "wei"


def tab_to(page, name):
    """Press Tab until the focus is on what has this name: a field's label, a link's or a button's words."""
    for _ in range(80):
        page.keyboard.press("Tab")
        said = page.evaluate(
            "() => (document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()"
        )
        if said == name:
            return
    pytest.fail(f"Tab does not come to {name!r}")


def enter(page, name):
    """Come to it by Tab, press Enter, and wait for the page that it leads to."""
    tab_to(page, name)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_an_order_is_given_by_the_keys_alone_from_signing_in_to_its_notice(opened):
    page = opened("/sign-in", None)
    # The focus comes with the page's first picture.
    expect(page.locator("input:focus")).to_have_count(1)
    page.keyboard.type("chief")
    tab_to(page, "Password")
    page.keyboard.type("four words are better")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    enter(page, "Banks")
    enter(page, "west")
    enter(page, "Book a deposit")
    for label, text in (
        ("Amount", "12.50"),
        ("Reference of the deposit", "slip-91"),
        ("Reason", "paid at the counter"),
    ):
        tab_to(page, label)
        page.keyboard.type(text)
    enter(page, "Go on")
    expect(page.locator(".echo")).to_contain_text("12.50")
    enter(page, "Confirm")
    expect(page.locator("#notice")).to_contain_text("as soon as a second person approves it")
    assert page.url.endswith("/requests/deposit/west/slip-91")
