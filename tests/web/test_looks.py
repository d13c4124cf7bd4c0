"""Every page, in three languages and two windows: it fits, nobody is kept out, and Tab reaches everything.

What a browser makes of a page does not hang on the Python that wrote it, so they are looked at under one of
them (marker ``looks``). Where Tab leads hardly hangs on the language: each is walked in one window. What is
folded away is opened in two of the three, and looked at as well.
"""

import pytest

from tests.web.browser import COLOURS, LANGUAGES, SIZES, look, unfold, walk
from tests.web.looked_at import PAGES

pytestmark = [pytest.mark.slow, pytest.mark.looks]

#: In which window a language is walked through by Tab; Russian has the longest words for the narrow one.
WALKED = {"en": "desk", "zh": "desk", "ru": "phone"}
#: Where that is done with everything open that is folded away.
UNFOLDED = ("zh", "ru")


def shared(pages):
    """Shares of the pages: a test process that is free takes the next, in the house and browser it has."""
    groups = [pytest.mark.xdist_group(f"looks-{number}") for number in range(8)]
    return [pytest.param(one, marks=groups[at % 8], id=one.name) for at, one in enumerate(pages)]


@pytest.mark.parametrize("seen", shared(PAGES))
def test_a_page_fits_and_keeps_nobody_out(opened, seen):
    for language in LANGUAGES:
        page = opened.arrived(seen, language)
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            look(page, f"{seen.name}-{language}-{size}")
            if WALKED[language] == size:
                if language in UNFOLDED and unfold(page):
                    look(page, f"{seen.name}-{language}-{size}-open")
                walk(page)
            if language == "en":
                page.emulate_media(color_scheme="dark")
                look(page, f"{seen.name}-dark-{size}", COLOURS)
                page.emulate_media(color_scheme="light")
        page.close()
