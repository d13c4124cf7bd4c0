"""The log: one JSON object per line, with anything that looks like a card or a token masked.

    {"at": "2026-02-01T08:00:00.123456Z", "level": "info", "logger": "powertill.bank",
     "event": "bank.link_up", "fields": {"bank": "demo"}}

Everything goes through the standard library's logging: our own events (``gateway.events``), the libraries',
and Twisted's, which ``TwistedToLogging`` hands over. A fault adds its traceback under ``trace``.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, Final, TextIO

from twisted.logger import ILogObserver, LogLevel, formatEvent
from zope.interface import implementer

from gateway.assembly.log_line import JsonLines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twisted.logger import LogEvent

    from gateway.config import LogSettings
    from gateway.ports import Tally

LOOK_S: Final = 1.0
"""Seconds between two looks whether the file was moved away: a look costs as much as a line."""

_LEVELS: Final = {
    LogLevel.debug: logging.DEBUG,
    LogLevel.info: logging.INFO,
    LogLevel.warn: logging.WARNING,
    LogLevel.error: logging.ERROR,
    LogLevel.critical: logging.CRITICAL,
}


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
