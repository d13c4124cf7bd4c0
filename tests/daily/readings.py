"""Readings: by a form and by a hand-held's file, rolled over, such as cannot be, and an inspection."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.daily.pages import confirm, fill, press, saw, send

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.daily.office import Office, Wall


def _kwh(energy_wh: int) -> str:
    return f"{energy_wh / 1_000:g}"


def _filled(office: Office, wall: Wall, total_wh: int, **more: str) -> Page:
    page = office.at("eva", f"/meters/{wall.pan}/read")
    fill(page, total=_kwh(total_wh), **more)
    send(page)
    return page


def by_form(office: Office) -> None:
    """The engineer reads what he has used and what is left: it proves that all he bought is in the meter."""
    office.wang.use(90_000)
    office.wait(60)
    page = _filled(
        office, office.wang, office.wang.total_wh, credit=_kwh(office.wang.credit_wh), reader="Chen"
    )
    saw(page, "reading")
    confirm(page)
    assert office.posted() == [("reading", {"E.USED": 90_000, "E.LOADED": 180_000, "E.ISSUED": -270_000})]


def by_file(office: Office) -> None:
    """A route goes out on a hand-held and comes back: two readings stand, a slip of the pen does not."""
    office.wang.use(30_000)
    office.li.use(30_000)
    office.wait(60)
    page = office.at("eva", "/readings/route")
    saw(page, "route")
    with page.expect_download() as coming:
        page.locator("form[data-download] button").click()
    rows = list(csv.DictReader(io.StringIO(coming.value.path().read_text(encoding="utf-8-sig"))))
    assert {row["meter"] for row in rows} == {office.wang.number, office.li.number}
    page = office.at("eva", "/readings/upload")
    fill(page, file=_read_back(office, rows))
    send(page)
    expect(page.locator("main")).to_contain_text("counted more than it can")
    saw(page, "readings-file")
    confirm(page)
    assert sorted(office.posted(), key=str) == [
        ("reading", {"E.USED": 30_000, "E.LOADED": -30_000}),
        ("reading", {"E.USED": 30_000, "E.LOADED": 120_000, "E.ISSUED": -150_000}),
    ]


def _read_back(office: Office, rows: list[dict[str, str]]) -> str:
    """Fill in what the walls show; of one meter a line more, which cannot be."""
    written = io.StringIO()
    file = csv.DictWriter(written, list(rows[0]))
    file.writeheader()
    at = f"{office.minutes_ago(2):%Y-%m-%d %H:%M}"
    for wall in (office.wang, office.li):
        row = next(one for one in rows if one["meter"] == wall.number)
        shown = {"taken": at, "total": _kwh(wall.total_wh % 10**11), "credit": _kwh(wall.credit_wh)}
        file.writerow(row | shown | {"reader": "Chen"})
    slip = {"meter": office.wang.number, "taken": f"{office.minutes_ago(1):%Y-%m-%d %H:%M}", "total": "12000"}
    file.writerow(dict.fromkeys(rows[0], "") | slip)
    return written.getvalue()


def doubtful(office: Office) -> None:
    """The display says 9120: refused; with a reason it is kept, moves nothing, and is inspected."""
    office.wait(60)
    page = office.at("eva", f"/meters/{office.wang.pan}/read")
    fill(page, total="9120")
    send(page, status=422)
    saw(page, "reading-refused")
    fill(page, reason="so it stands on the display")
    send(page)
    confirm(page)
    page = office.at("eva", "/inspections")
    saw(page, "inspections")
    press(page, f'main a[href="/meters/{office.wang.pan}/inspect"]')
    fill(page, finding="in_order", reason="a segment of the display is dark: it shows 120")
    saw(page, "inspection")
    send(page)
    assert office.posted() == []
    saw(office.at("clara", f"/meters/{office.wang.pan}/readings"), "meter-readings")
