"""One line of the log: a record as JSON, masked and within its limits (see ``logs``)."""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from gateway.assembly.masking import SHORTEST, masked, masked_key

TEXT_MAX: Final = 2_000
"""Characters of one text in a line: more is a dump, not a field."""

TRACE_MAX: Final = 20_000
"""Characters of a traceback; its end, where the fault is, is kept."""

ITEMS_MAX: Final = 50
"""Entries of one list or table in a line."""

SMALL_MAX: Final = 10**12
"""A whole number below it has too few digits to be masked (``masking.SHORTEST``)."""

EVENT_MAX: Final = 40
"""Characters of an event's name."""

HEADS_MAX: Final = 512
"""Heads of lines that are remembered: we have some hundred events."""

DEPTH_MAX: Final = 4
"""How deep fields may nest; what lies deeper is written as text."""

#: Made once: ``json.dumps`` with settings would make an encoder for every value.
_written: Final = json.JSONEncoder(ensure_ascii=True, allow_nan=False).encode

#: A text as JSON: what is not ASCII and every control character is escaped.
_quoted: Final = json.encoder.encode_basestring_ascii


class JsonLines(logging.Formatter):
    """Writes a record as one line of ASCII: control characters of any alphabet are escaped."""

    def format(self, record: logging.LogRecord) -> str:
        """Make the line; a field that cannot be written is named by its type and never stops the line."""
        # Put together by hand: an encoder would walk through it all again, and each payment has its line.
        if type(record.msg) is str and not record.args and len(record.msg) < EVENT_MAX:
            head = _usual_head(record.levelname, record.name, record.msg)
        else:
            head = _head(record.levelname, record.name, _message(record))
        parts = [f'"at": "{_moment(record.created)}", {head}']
        if fields := getattr(record, "fields", None):
            parts.append(f'"fields": {_fields(fields)}')
        if trace := _trace(record):
            parts.append(f'"trace": {_quoted(masked(trace)[-TRACE_MAX:])}')
        return f"{{{', '.join(parts)}}}"


def _head(level: str, logger: object, message: str) -> str:
    named, said = _quoted(str(logger)), _quoted(_text(message))
    return f'"level": "{level.lower()}", "logger": {named}, "event": {said}'


#: Of events, which are many lines each; a library's sentence is made for one.
_usual_head = lru_cache(maxsize=HEADS_MAX)(_head)


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
        parts.append(f"{_name(key) if type(key) is str else _quoted(_text(_said(key)))}: {said}")
    return f"{{{', '.join(parts)}}}"


@lru_cache(maxsize=HEADS_MAX)
def _name(field: str) -> str:
    """Write a field's name: they are our own few words, said in every line."""
    return _quoted(_text(field))


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
