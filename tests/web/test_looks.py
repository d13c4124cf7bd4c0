"""Every page, in three languages and two windows: it fits, nobody is kept out, and Tab reaches everything.

What a browser makes of a page does not hang on the Python that wrote it, so they are looked at under one of
them (marker ``looks``). That it fits is asked in each language and window. What keeps people out hangs on
the page's words or on its window: English is looked at in both windows, as the page comes and in dark
colours; each other language in one, with everything open that is folded away. Where Tab leads hardly hangs
on the language: each is walked in one window.
"""

import pytest

from tests.web.browser import COLOURS, LANGUAGES, SIZES, fit, is_folded, look, resize, unfold, walk
from tests.web.looked_at import PAGES

pytestmark = [pytest.mark.slow, pytest.mark.looks]

#: In which window a language is unfolded and walked; Russian has the longest words for the narrow one.
UNFOLDED = {"zh": "desk", "ru": "phone"}


def shared(pages):
    """Shares of the pages: a test process that is free takes the next, in the house and browser it has."""
    groups = [pytest.mark.xdist_group(f"looks-{number}") for number in range(8)]
    return [pytest.param(one, marks=groups[at % 8], id=one.name) for at, one in enumerate(pages)]


@pytest.mark.parametrize("seen", shared(PAGES))
def test_a_page_fits_and_keeps_nobody_out(opened, seen):
    for language in LANGUAGES:
        page = opened.arrived(seen, language)
        for size in SIZES:
            resize(page, size)
            if language == "en":
                as_it_comes(page, seen.name, size)
                continue
            name = f"{seen.name}-{language}-{size}"
            fit(page, name)
            if UNFOLDED[language] == size:
                unfold(page)
                look(page, f"{name}-open")
                walk(page)


def as_it_comes(page, name, size):
    """Look at an English page, light and dark; walk it where Chinese, all open, has more than is here."""
    look(page, f"{name}-en-{size}")
    if size == "desk" and is_folded(page):
        walk(page)
    page.emulate_media(color_scheme="dark")
    look(page, f"{name}-dark-{size}", COLOURS)
    page.emulate_media(color_scheme="light")
