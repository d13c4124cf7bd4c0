"""Every page speaks its reader's language: what stands in English on it is a name, a code or a unit.

What people have entered (names, reasons) is in the books and is taken out first; the words that remain are
those of the pages. The details of the diary are a record that is kept as it was written.
"""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from sqlalchemy import String, select

from adapters.db import tables
from admin_web.words import LANGUAGES
from tests.web.desk import Desk
from tests.web.filed import with_files
from tests.web.lined import with_lines
from tests.web.looked_at import PAGES
from tests.web.staffed import Staffed
from tests.web.walks import walk

#: Names of programs, standards, formats, languages and zones; currencies; examples of what may be typed.
_NAMES = """
    Powertill English Africa Nairobi Asia Shanghai Europe Moscow CNY VAT CSV XLSX JSON SOAP ISO MISTY STA DKGA
    PKCS UTF HMAC SHA Ctrl Esc Zhang domestic north night cashier pay end token card remote powertill outbox
    retry keys load staff approve group chmod CUST HOLD BANK FLOAT SOLD ISSUED CREDIT east west DES slip
    Accountant Auditor Cashier Clerk Engineer Supervisor
    CPU GDW SLE
    DLMS COSEM HDLC TCP IEC HOST PORT
"""
ALLOWED = frozenset(_NAMES.split())
#: What somebody has entered and the books keep inside of something longer.
ENTERED = (
    "Riverside Power",
    "the seal was broken by the storm",
    "never-came",
    "mill-1",
    "Qingnian Lu 5, hall",
    "nobody",
    "Domestic, from 2027",
    "One price for every kWh",
    "Domestic, three monthly blocks",
    "Illustrative prices of the demo town; the rates are without VAT.",
    "Illustrative price of the demo town; the rate includes VAT.",
)
_RUN = re.compile(r"[A-Za-z]{3,}")
_EMPTY = {"meta", "link", "input", "br", "img", "hr", "line", "rect"}
_MUTE = {"script", "style", "pre", "code", "kbd", "textarea"}
_SPOKEN = ("title", "aria-label", "alt", "placeholder")


class Seen(HTMLParser):
    """Gathers what is read on a page: its texts, and the words of its attributes."""

    def __init__(self, html):
        super().__init__()
        self.texts, self._open = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if not any(is_mute for _, is_mute in self._open):
            self.texts += [told[name] for name in _SPOKEN if told.get(name)]
        if tag not in _EMPTY:
            self._open.append((tag, tag in _MUTE))

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if not any(is_mute for _, is_mute in self._open):
            self.texts.append(" ".join(data.split()))


def entered_texts(engine) -> list[str]:
    """What people have entered, the longest first; what the gateway says of troubles is none of it."""
    found = set(ENTERED)
    with engine.connect() as connection:
        for table in tables.metadata.sorted_tables:
            if table.name == "exception_note":
                continue
            texts = [one for one in table.c if isinstance(one.type, String)]
            for row in connection.execute(select(*texts)) if texts else ():
                found |= {one for one in row if one and len(one) > 2}
    return sorted(found, key=len, reverse=True)


@pytest.fixture(scope="module")
def staffed(tmp_path_factory):
    books = Staffed(tmp_path_factory.mktemp("house"), size=12).trouble().sell(days=2, a_day=6).asked()
    return with_lines(with_files(books))


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_a_page_says_nothing_in_english_but_names_codes_and_units(staffed, language):
    desk = Desk(staffed.office())
    people = desk.office.gate.people  # type: ignore[attr-defined]  # the double's
    people |= {login: replace(one, language=language) for login, one in people.items()}
    pages = [(one.path, one.who) for one in PAGES if not one.path.startswith("/sample/")]
    told = {path: desk.get(path, who, Accept_Language=language) for path, who in pages}
    told |= walk(desk, "chief")
    assert len(told) > 150
    entered, found = entered_texts(staffed.engine), {}
    for path, page in told.items():
        text = re.sub(r"\b[0-9a-f]{12,}\b", "", " | ".join(Seen(page.text).texts))
        for one in entered:
            text = text.replace(one, "")
        words = set(_RUN.findall(text)) - ALLOWED
        if words:
            found[path] = sorted(words)
    assert found == {}
