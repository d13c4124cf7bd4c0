"""What people do with a page of the office: fill it in, send it, read back, confirm; and keep its picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.web.browser import look
from tests.web.conftest import fill_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.daily.office import Office

#: What a field is emptied with.
NOTHING = ""
#: The first button of a form, which goes on; the others go back, or away.
_GO_ON = "form.order button:not(.second)"


def fill(page: Page, **fields: str) -> None:
    """Fill in fields by their names; a field to tick is ticked by ``yes``."""
    for name, text in fields.items():
        tick = page.locator(f'main input[type=checkbox][name="{name}"]')
        if tick.count():
            tick.set_checked(text == "yes")
        else:
            fill_in(page, name, text)


def send(page: Page, status: int = 200) -> None:
    """Send the page's form: what it leads to is answered so."""
    with page.expect_navigation() as coming:
        page.locator(_GO_ON).first.click()
    said = coming.value
    assert said is not None
    faults = page.locator(".error-summary, .note.bad").all_text_contents()
    assert said.status == status, f"{page.url} is answered by {said.status}: {faults}"


def confirm(page: Page) -> None:
    """Confirm what was read back."""
    with page.expect_navigation() as coming:
        page.locator('button[value="confirm"]').click()
    said = coming.value
    faults = page.locator(".error-summary, .note.bad").all_text_contents()
    assert said is not None
    assert said.status == 200, f"{page.url} is answered by {said.status}: {faults}"


def press(page: Page, selector: str) -> None:
    """Press what leads to another page."""
    with page.expect_navigation():
        page.locator(selector).first.click()


def approve(office: Office, who: str) -> Page:
    """Let somebody approve the request that waits; the page of it then."""
    page = office.at(who, "/requests")
    press(page, 'main a[href^="/requests/"]')
    saw(page, "request")
    press(page, _GO_ON)
    return page


def saw(page: Page, name: str) -> None:
    """Keep the picture of a page; whatever keeps people out of it fails."""
    look(page, f"daily-{name}")
