"""The log: one JSON object per line, with anything that looks like a card or a token masked.

    {"at": "2026-02-01T08:00:00.123456Z", "level": "info", "logger": "powertill.bank",
     "event": "bank.link_up", "fields": {"bank": "demo"}}

Everything goes through the standard library's logging: our own events (``gateway.events``), the libraries',
and Twisted's, which ``TwistedToLogging`` hands over. A fault adds its traceback under ``trace``.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from typing import TYPE_CHECKING, Final, TextIO

from twisted.logger import ILogObserver, LogLevel, formatEvent
from zope.interface import implementer

from gateway.assembly.masking import SHORTEST, masked, masked_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twisted.logger import LogEvent

    from gateway.config import LogSettings
    from gateway.ports import Tally

TEXT_MAX: Final = 2_000
"""Characters of one text in a line: more is a dump, not a field."""

TRACE_MAX: Final = 20_000
"""Characters of a traceback; its end, where the fault is, is kept."""

ITEMS_MAX: Final = 50
"""Entries of one list or table in a line."""

SMALL_MAX: Final = 10**12
"""A whole number below it has too few digits to be masked (``masking.SHORTEST``)."""

DEPTH_MAX: Final = 4
"""How deep fields may nest; what lies deeper is written as text."""

#: Made once: ``json.dumps`` with settings would make an encoder for every line.
_written: Final = json.JSONEncoder(ensure_ascii=True, allow_nan=False).encode

_LEVELS: Final = {
    LogLevel.debug: logging.DEBUG,
    LogLevel.info: logging.INFO,
    LogLevel.warn: logging.WARNING,
    LogLevel.error: logging.ERROR,
    LogLevel.critical: logging.CRITICAL,
}


class JsonLines(logging.Formatter):
    """Writes a record as one line of ASCII: control characters of any alphabet are escaped."""

    def format(self, record: logging.LogRecord) -> str:
        """Make the line; a field that cannot be written is named by its type and never stops the line."""
        line: dict[str, object] = {
            "at": _moment(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _text(_message(record)),
        }
        if fields := getattr(record, "fields", None):
            line["fields"] = said = _plain(fields)
            # Only where something was masked: most keys are short, and a line is written for every payment.
            if type(said) is dict and type(key := fields.get("key")) is str and said["key"] != key:
                said["key"] = masked_key(key)[:TEXT_MAX]
        if trace := _trace(record):
            line["trace"] = masked(trace)[-TRACE_MAX:]
        # JSON escapes what is not ASCII, and the control characters but this one.
        return _written(line).replace("\x7f", "\\u007f")


class LogCounter(logging.Handler):
    """Counts what is worth a look: lines from warning upwards, by level."""

    def __init__(self, tally: Tally) -> None:
        super().__init__(logging.WARNING)
        self._tally = tally

    def emit(self, record: logging.LogRecord) -> None:
        """Count the line."""
        self._tally.count("log_lines", level=record.levelname.lower())


@implementer(ILogObserver)
class TwistedToLogging:
    """Hands Twisted's events to the standard library, and counts the faults that no callback took.

    The gateway's service makes it an observer of Twisted's log while it runs. What Twisted says in passing
    (a port opened, a factory started) is of no use to an operator and counts as debug.
    """

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def __call__(self, event: LogEvent) -> None:
        """Log the event under its namespace, ``twisted`` for those that have none of their own."""
        failure = event.get("log_failure")
        is_in_passing = event.get("log_namespace") in {None, "log_legacy"}
        namespace = "twisted" if is_in_passing else str(event["log_namespace"])
        if failure is not None and namespace == "twisted.internet.defer":
            # Twisted says so twice, first without the failure: one fault is counted once.
            self._tally.count("errors_unhandled")
        message = formatEvent(event) or (failure.getErrorMessage() if failure is not None else "")
        level = _LEVELS.get(event.get("log_level", LogLevel.info), logging.INFO)
        if is_in_passing and failure is None and level <= logging.INFO:
            level = logging.DEBUG
        # A failure may have travelled without its traceback object; its text is always there.
        trace = failure.getTraceback() if failure is not None else ""
        logging.getLogger(namespace).log(level, "%s", message, extra={"trace": trace})


def start_logging(settings: LogSettings, tally: Tally, stream: TextIO | None = None) -> Callable[[], None]:
    """Write the process's log as the configuration says; the answer ends it again.

    Without a file it goes to ``stream``, by default the standard error the process began with (Twisted may
    put another in its place, which would lead back here). A file that is moved away is opened anew.
    """
    out: logging.Handler
    if settings.file is not None:
        out = _LogFile(settings.file, tally)
    else:
        out = _LogStream(stream or sys.__stderr__, tally)
    out.setFormatter(JsonLines())
    root = logging.getLogger()
    before = root.level
    added = (out, LogCounter(tally))
    for each in added:
        root.addHandler(each)
    root.setLevel(settings.level.upper())
    # Which dialect a migration runs on is no event of the gateway's.
    logging.getLogger("alembic").setLevel(logging.WARNING)

    _forget_origins()

    def stop() -> None:
        for each in added:
            root.removeHandler(each)
            each.close()
        root.setLevel(before)

    return stop


def _forget_origins() -> None:
    """Let logging look up nothing that no line of ours says: source line, thread, process, task.

    A line is written for every payment, and these took a third of it (see Python's logging HOWTO).
    """
    vars(logging)["_srcfile"] = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    if sys.version_info >= (3, 12):
        logging.logAsyncioTasks = False


class _LogFile(WatchedFileHandler):
    """The log's file; a line that cannot be written is counted, not reported through the log again."""

    def __init__(self, file: Path, tally: Tally) -> None:
        super().__init__(file, encoding="ascii")
        self._tally = tally

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - logging's signature
        self._tally.count("log_lines_lost")


class _LogStream(logging.StreamHandler[TextIO]):
    """The log's stream; as above."""

    def __init__(self, stream: TextIO | None, tally: Tally) -> None:
        super().__init__(stream)
        self._tally = tally

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - logging's signature
        self._tally.count("log_lines_lost")


def _moment(seconds: float) -> str:
    # "+00:00" is the same and less often understood.
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def _trace(record: logging.LogRecord) -> str:
    if record.exc_info and record.exc_info[1] is not None:
        return "".join(traceback.format_exception(record.exc_info[1]))
    return str(getattr(record, "trace", ""))


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - a line with the wrong holes is our mistake; it is written all the same
        return str(record.msg)


def _text(text: str) -> str:
    # Most fields are a word or a small number, and every answer is a line: what is too short to hide a number
    # is not searched for one.
    if len(text) < SHORTEST:
        return text
    # Masked first: a number that is cut could no longer be told.
    said = masked(text)
    return said if len(said) <= TEXT_MAX else f"{said[:TEXT_MAX]}…"


def _plain(value: object, depth: int = 0) -> object:
    """Turn a field into what JSON can say, masked and within its limits."""
    if type(value) is str:  # most are, and a line is written for every payment
        return _text(value)
    if value is None or isinstance(value, bool):
        return value
    if type(value) is int and -SMALL_MAX < value < SMALL_MAX:
        return value
    if isinstance(value, int | float):
        said = masked(str(value))
        return value if said == str(value) and value - value == 0 else said
    if depth < DEPTH_MAX and isinstance(value, dict):
        rows = list(value.items())[:ITEMS_MAX]
        return {_text(_said(key)): _plain(item, depth + 1) for key, item in rows}
    if depth < DEPTH_MAX and isinstance(value, list | tuple | set | frozenset):
        return [_plain(item, depth + 1) for item in list(value)[:ITEMS_MAX]]
    return _text(_said(value))


def _said(value: object) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - whatever a value's own text does, the line must be written
        return f"<{type(value).__name__} without a text>"
