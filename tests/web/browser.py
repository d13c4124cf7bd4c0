"""A browser for tests: Debian's chromium, one for all tests of a process, and what is done on every page.

``fit`` takes a picture and fails on a page that is wider than its window; ``look`` has axe-core look as well
for what keeps people out (WCAG 2.2 AA), and fails on its findings; ``walk`` goes through a page by Tab alone;
``unfold`` opens what is folded away. Pictures lie in POWERTILL_SHOTS, or nowhere for long.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: Chromium without its own windows, menus and profile makes the same pages at half the effort.
_SHELL = Path("/usr/bin/chromium-headless-shell")
CHROMIUM = _SHELL if _SHELL.exists() else Path("/usr/bin/chromium")
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
_STEPS_MAX = 250
#: Tabs in one go: what they came to is asked for once.
_STRIDE = 20

#: What is asked of a page; and of one that was looked at before, and has other colours now.
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
_HAS_AXE = "() => window.axe !== undefined"
_WIDER = "() => document.documentElement.scrollWidth - innerWidth"
#: Only what is wrong comes back from the page: the whole report is longer than the page itself.
_WRONG = """async runOnly => {
  const found = await axe.run(document, {runOnly, preload: false, resultTypes: ['violations']});
  const place = node => `${node.html.slice(0, 160)} ${node.failureSummary.slice(0, 300)}`;
  return found.violations.map(one => `${one.id}: ${one.nodes.slice(0, 4).map(place).join('; ')}`);
}"""

#: What can be reached by Tab: seen, not shut away, and meant to be reached. A key that is let go notes where
#: the focus is: by then it has moved, and what has it has been scrolled to. It is seen where nothing lies
#: over the middle of what of it is in the window (WCAG 2.4.11); where it is broken over lines, of its first.
_SET_OUT = """() => {
  const isSeen = one => {
    const box = one.getClientRects()[0];
    if (box === undefined) return false;
    const middle = (from, to, end) => (Math.max(from, 0) + Math.min(to, end)) / 2;
    const [x, y] = [middle(box.left, box.right, innerWidth), middle(box.top, box.bottom, innerHeight)];
    const top = document.elementFromPoint(x, y);
    return top !== null && (one.contains(top) || [...(one.labels ?? [])].some(said => said.contains(top)));
  };
  const note = () => {
    const one = document.activeElement;
    if (!one || one === document.body) { window.walk.push(null); return; }
    const style = getComputedStyle(one);
    const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    const html = one.outerHTML.slice(0, 120);
    window.walk.push({number: one.dataset.walked ?? null, outlined, seen: isSeen(one), html});
  };
  if (window.walk === undefined) document.addEventListener('keyup', note, true);
  window.walk = [];
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute('tabindex');
  for (const one of document.querySelectorAll('[data-walked]')) delete one.dataset.walked;
  const wanted = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  return [...document.querySelectorAll(wanted)].filter(one => {
    const shut = one.closest('details:not([open])');
    if (shut && !(one.tagName === 'SUMMARY' && one.parentElement === shut)) return false;
    return !one.disabled && one.tabIndex >= 0 && one.checkVisibility({checkVisibilityCSS: true});
  }).map((one, number) => { one.dataset.walked = number; return number; });
}"""
#: What is folded away and can be opened in this window: are there any; and open them, how many there were.
_FOLDED = "() => [...document.querySelectorAll('details:not([open])')].some(one => one.checkVisibility())"
_UNFOLD = """() => {
  const shut = [...document.querySelectorAll('details:not([open])')].filter(one => one.checkVisibility());
  for (const one of shut) one.open = true;
  return shut.length;
}"""
_WALKED = "() => window.walk"
#: As the page is when it is opened: what has the focus may lie over what is looked at next.
_BACK = "() => { document.activeElement?.blur(); window.scrollTo(0, 0); }"
_MISSED = """numbers => numbers.map(
  n => document.querySelector(`[data-walked="${n}"]`).outerHTML.slice(0, 120))"""


def fit(page: Page, name: str) -> None:
    """Take a picture, and fail on a page that is wider than its window."""
    folder = os.environ.get("POWERTILL_SHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
    assert page.evaluate(_WIDER) <= 0, f"{name} is wider than its window"


def look(page: Page, name: str, rules: dict[str, Any] = RULES) -> None:
    """Take a picture, and fail on what axe finds or on a page that is wider than its window."""
    fit(page, name)
    if not page.evaluate(_HAS_AXE):
        page.evaluate(_AXE)
    wrong = page.evaluate(_WRONG, rules)
    assert not wrong, "\n".join([name, *wrong])


def walk(page: Page) -> None:
    """Go through by Tab: everything that can be used is reached, is seen, and shows that it is there."""
    wanted = {str(number) for number in page.evaluate(_SET_OUT)}
    reached: set[str] = set()
    before = None
    for here in _steps(page):
        # A field for a day has parts of its own, so Tab may stay in it; elsewhere it comes back at the end.
        if here is None or (here["number"] in reached and here["number"] != before):
            break
        before = here["number"]
        assert here["outlined"], f"the focus cannot be seen: {here['html']}"
        assert here["seen"], f"the focus is hidden or out of sight: {here['html']}"
        if here["number"] is not None:
            reached.add(here["number"])
    page.evaluate(_BACK)
    assert wanted - reached == set(), page.evaluate(_MISSED, sorted(wanted - reached))


def resize(page: Page, size: str) -> None:
    """Give the window one of the two sizes."""
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})


def is_folded(page: Page) -> bool:
    """Is anything folded away that could be opened in this window?"""
    return bool(page.evaluate(_FOLDED))


def unfold(page: Page) -> None:
    """Open what is folded away, and what was folded in that."""
    while page.evaluate(_UNFOLD):
        continue


def _steps(page: Page):
    """What each Tab comes to: where the focus is then, None behind the last."""
    for begin in range(0, _STEPS_MAX, _STRIDE):
        for _ in range(_STRIDE):
            page.keyboard.press("Tab")
        yield from page.evaluate(_WALKED)[begin:]
