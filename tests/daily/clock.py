"""The clock of a gateway whose folder is on its path: as far ahead as ``ahead.txt`` says.

Python runs it as ``sitecustomize`` before anything else. Another clock hangs on the wall in the two places
where Powertill looks at one: the daemon's, and that of its commands.
"""

from datetime import datetime, timedelta
from pathlib import Path

from gateway.assembly import gateway_service
from gateway.assembly.commands import open_books

_AHEAD = Path("ahead.txt")


class _Ahead(datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + timedelta(seconds=int(_AHEAD.read_text()))


for module in (gateway_service, open_books):
    vars(module)["datetime"] = _Ahead
