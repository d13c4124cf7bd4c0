"""The log: one JSON object per line, with anything that looks like a card or a token masked.

    {"at": "2026-02-01T08:00:00.123456Z", "level": "info", "logger": "powertill.bank",
     "event": "bank.link_up", "fields": {"bank": "demo"}}

Everything goes through the standard library's logging: our own events (``gateway.events``), the libraries',
and Twisted's, which ``TwistedToLogging`` hands over. A fault adds its traceback under ``trace``.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from datetime import UTC, datetime
from functools import lru_cache
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

LOOK_S: Final = 1.0
"""Seconds between two looks whether the file was moved away: a look costs as much as a line."""

SMALL_MAX: Final = 10**12
"""A whole number below it has too few digits to be masked (``masking.SHORTEST``)."""

DEPTH_MAX: Final = 4
"""How deep fields may nest; what lies deeper is written as text."""

#: Made once: ``json.dumps`` with settings would make an encoder for every value.
_written: Final = json.JSONEncoder(ensure_ascii=True, allow_nan=False).encode

#: A text as JSON: what is not ASCII and every control character is escaped.
_quoted: Final = json.encoder.encode_basestring_ascii

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
        # Put together by hand: an encoder would walk through it all again, and each payment has its line.
        level, named = record.levelname.lower(), _quoted(str(record.name))
        said = _quoted(_text(_message(record)))
        parts = [f'"at": "{_moment(record.created)}", "level": "{level}", "logger": {named}, "event": {said}']
        if fields := getattr(record, "fields", None):
            parts.append(f'"fields": {_fields(fields)}')
        if trace := _trace(record):
            parts.append(f'"trace": {_quoted(masked(trace)[-TRACE_MAX:])}')
        return f"{{{', '.join(parts)}}}"


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


class _LogFile(logging.Handler):
    """The log's file, each line written at once; one that cannot be written is counted, and not reported
    through the log again. Every second it is seen whether the file was moved away.
    """

    def __init__(self, file: Path, tally: Tally) -> None:
        super().__init__()
        self._path = file
        self._tally = tally
        self._descriptor = -1
        self._is_of: tuple[int, int] | None = None
        self._look_at = 0.0
        self._open()

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line: in one piece, so that processes with the same file do not mix theirs."""
        try:
            if record.created >= self._look_at:
                self._look(record.created)
            line = f"{self.format(record)}\n".encode("ascii")
            written = os.write(self._descriptor, line)
            if written != len(line):
                self._tally.count("log_lines_lost")
        except Exception:  # noqa: BLE001 - whatever stops a line, it must not stop what the line is about
            self._tally.count("log_lines_lost")

    def close(self) -> None:
        """Close the file."""
        self._close()
        super().close()

    def _look(self, now: float) -> None:
        self._look_at = now + LOOK_S
        try:
            found = self._path.stat()
        except FileNotFoundError:
            found = None
        if found is None or (found.st_dev, found.st_ino) != self._is_of:
            self._close()
            self._open()

    def _open(self) -> None:
        self._descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
        opened = os.fstat(self._descriptor)
        self._is_of = (opened.st_dev, opened.st_ino)

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1


class _LogStream(logging.StreamHandler[TextIO]):
    """The log's stream; as above."""

    def __init__(self, stream: TextIO | None, tally: Tally) -> None:
        super().__init__(stream)
        self._tally = tally

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - logging's signature
        self._tally.count("log_lines_lost")


def _moment(seconds: float) -> str:
    second, microseconds = divmod(round(seconds * 1_000_000), 1_000_000)
    return f"{_second(second)}.{microseconds:06d}Z"


@lru_cache(maxsize=1)
def _second(second: int) -> str:
    # "+00:00" is the same as the line's Z and less often understood.
    return datetime.fromtimestamp(second, UTC).isoformat()[:-6]


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


def _fields(fields: dict[str, object]) -> str:
    """Write the fields; words and small numbers, which most of them are, without a detour."""
    parts = []
    for key, value in list(fields.items())[:ITEMS_MAX]:
        if type(value) is str:
            text = _text(value)
            # Only where something was masked: most keys are short, and a line is written for every payment.
            said = _quoted(masked_key(value)[:TEXT_MAX] if key == "key" and text != value else text)
        elif type(value) is int and -SMALL_MAX < value < SMALL_MAX:
            said = str(value)
        else:
            said = _written(_plain(value, 1))
        parts.append(f"{_quoted(_text(_said(key)))}: {said}")
    return f"{{{', '.join(parts)}}}"


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
