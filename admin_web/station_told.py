"""How the diary says what became of stations' certificates (``gateway/office/keep_certificates.py``)."""

from __future__ import annotations

import re
from typing import Final

from admin_web.words import msg

#: What such a line tells, and the sentence that says it.
STATION_PATTERNS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"a code to let it in was made"), msg("a code to let the station in was made")),
    (
        re.compile(r"let in by a code of (?P<person>\S+), certificate (?P<number>[0-9a-f]+)"),
        msg("let in by a code that %(person)s has made, certificate %(number)s"),
    ),
    (
        re.compile(r"certificate (?P<number>[0-9a-f]+) in place of (?P<before>[0-9a-f]+)"),
        msg("certificate %(number)s in place of %(before)s"),
    ),
    (
        re.compile(r"certificate (?P<number>[0-9a-f]+) of (?P<station>[a-z0-9_-]+) taken back"),
        msg("certificate %(number)s of %(station)s taken back"),
    ),
)
