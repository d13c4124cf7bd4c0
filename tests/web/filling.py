"""Forms filled in as a browser does it, and sent."""

from __future__ import annotations

import re
from html import unescape


def filled(desk, path, who="chief", **fields):
    """Fill in a form as a browser does: what stands in it already, then these."""
    html = desk.get(path, who).text
    main = html.partition('<main id="content"')[2]
    stands = dict(re.findall(r'<input[^>]*name="([^"]*)"[^>]*?value="([^"]*)"', main))
    stands |= {
        name: next(iter(re.findall(r'<option value="([^"]*)" selected', choices)), "")
        for name, choices in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', main, re.DOTALL)
    }
    ticks = re.findall(r'<input[^>]*type="checkbox"[^>]*name="([^"]*)"[^>]*?(checked)?>', main)
    for name, is_ticked in ticks:
        stands.pop(name, None)
        if is_ticked:
            stands[name] = "yes"
    return stands | fields


def sent(desk, path, who="chief", **fields):
    return desk.post(path, who, filled(desk, path, who, **fields))


def fault(told, name):
    """What is said beside a field."""
    found = re.search(rf'<p class="fault" id="w-{re.escape(name)}">(.*?)</p>', told.text)
    return "" if found is None else unescape(found[1])
