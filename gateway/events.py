"""One way to write a log line: the name of an event and its fields, never a sentence with holes.

Doors, plugs and the fuse box alike write so; how a line looks on disk is decided in ``assembly.logs``.
"""

from __future__ import annotations

import logging
import time
from functools import lru_cache
from typing import Any

#: Loggers and events, of which there are some hundred, each at one level.
_KINDS_MAX = 512


def event(
    log: logging.Logger,
    name: str,
    /,
    *,
    level: int = logging.INFO,
    raised: BaseException | None = None,
    **fields: object,
) -> None:
    """Write an event such as ``bank.link_up`` with its fields; ``raised`` adds that fault's traceback.

    >>> event(logging.getLogger("powertill.bank"), "bank.link_up", bank="demo")
    """
    if not log.isEnabledFor(level):
        return
    # Past ``log.log``, which looks for what no line of ours says; and there is a line for every payment.
    record = object.__new__(logging.LogRecord)
    said = record.__dict__
    said.update(_alike(log.name, level, name))
    said["created"] = now = time.time()
    said["msecs"] = now % 1 * 1000
    if raised is not None:
        said["exc_info"] = (type(raised), raised, raised.__traceback__)
    said["fields"] = fields
    log.handle(record)


@lru_cache(maxsize=_KINDS_MAX)
def _alike(logger: str, level: int, name: str) -> dict[str, Any]:  # what a record holds is of any type
    """What the records of an event have in common; to make one from nothing costs as much as its line."""
    return vars(logging.LogRecord(logger, level, __file__, 0, name, None, None))
