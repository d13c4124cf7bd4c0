"""A browser for tests: Debian's chromium, one for all tests of a process, and what is done on every page.

``look`` takes a picture, has axe-core look for what keeps people out (WCAG 2.2 AA), fails on its findings;
``walk`` goes through a page by Tab alone. Pictures lie in POWERTILL_SHOTS, or nowhere for long.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = Path("/usr/bin/chromium")
#: No sandbox: tests run as root in places. The rest keeps it from talking to anybody.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"desk": (1024, 768), "phone": (360, 740)}
LANGUAGES = ("en", "zh", "ru")
_AXE = (Path(__file__).parent / "vendor/axe.min.js").read_text(encoding="utf-8")
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_STEPS_MAX = 250

#: What can be reached by Tab: seen, not shut away, and meant to be reached.
_REACHABLE = """() => {
  const wanted = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  return [...document.querySelectorAll(wanted)].filter(one => {
    const shut = one.closest('details:not([open])');
    if (shut && !(one.tagName === 'SUMMARY' && one.parentElement === shut)) return false;
    return !one.disabled && one.tabIndex >= 0 && one.checkVisibility({checkVisibilityCSS: true});
  }).map((one, number) => { one.dataset.walked = number; return number; });
}"""
_HERE = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  const inside = box.bottom > 0 && box.top < innerHeight && box.width > 0;
  return {number: one.dataset.walked ?? null, outlined, inside, html: one.outerHTML.slice(0, 120)};
}"""
_FROM_THE_TOP = """() => {
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute('tabindex');
}"""
_WIDER = "() => document.documentElement.scrollWidth - innerWidth"


def look(page: Page, name: str) -> None:
    """Take a picture, and fail on what axe finds or on a page that is wider than its window."""
    folder = os.environ.get("POWERTILL_SHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
    assert page.evaluate(_WIDER) <= 0, f"{name} is wider than its window"
    page.evaluate(_AXE)
    found = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", _TAGS)
    assert [_said(one) for one in found["violations"]] == [], name


def _said(violation: dict[str, Any]) -> str:
    places = "; ".join(
        f"{node['html'][:160]} {node['failureSummary'][:300]}" for node in violation["nodes"][:4]
    )
    return f"{violation['id']}: {places}"


def walk(page: Page) -> None:
    """Go through by Tab: everything that can be used is reached, is seen, and shows that it is there."""
    page.evaluate(_FROM_THE_TOP)
    wanted = {str(number) for number in page.evaluate(_REACHABLE)}
    reached: set[str] = set()
    before = None
    for _ in range(_STEPS_MAX):
        page.keyboard.press("Tab")
        here = page.evaluate(_HERE)
        # A field for a day has parts of its own, so Tab may stay in it; elsewhere it comes back at the end.
        if here is None or (here["number"] in reached and here["number"] != before):
            break
        before = here["number"]
        assert here["outlined"], f"the focus cannot be seen: {here['html']}"
        assert here["inside"], f"the focus is out of sight: {here['html']}"
        if here["number"] is not None:
            reached.add(here["number"])
    assert wanted - reached == set(), page.evaluate(
        'numbers => numbers.map(n => document.querySelector(`[data-walked="${n}"]`).outerHTML.slice(0, 120))',
        sorted(wanted - reached),
    )
