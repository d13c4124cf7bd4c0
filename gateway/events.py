"""One way to write a log line: the name of an event and its fields, never a sentence with holes.

Doors, plugs and the fuse box alike write so; how a line looks on disk is decided in ``assembly.logs``.
"""

from __future__ import annotations

import logging


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
    raising = None if raised is None else (type(raised), raised, raised.__traceback__)
    record = logging.LogRecord(log.name, level, __file__, 0, name, None, raising)
    record.fields = fields
    log.handle(record)
