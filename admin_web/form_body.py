"""The body of a form, read: fields by name, and the files of an upload.

A body of a kind that no form of ours sends, or with more fields than any has, is refused as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from admin_web.form_parts import NoParts, parts_of

if TYPE_CHECKING:
    from collections.abc import Mapping

#: A matrix of rights has some hundred fields; no form has more.
FIELDS_MAX: Final = 500

_PLAIN: Final = "application/x-www-form-urlencoded"
_PARTS: Final = "multipart/form-data"


class NoForm(ValueError):  # noqa: N818 - what it says
    """What was sent is no form of ours."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent with a form; its name is the sender's word."""

    file_name: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class FormBody:
    """What a form carried; values in the order they were sent."""

    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    uploads: Mapping[str, Upload] = field(default_factory=dict, repr=False)


def read_form(body: bytes, content_type: str, *, may_carry_files: bool) -> FormBody:
    """Read a form's body; NoForm where it is none, or has parts where a form carries no file."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == _PLAIN:
        return FormBody(read_fields(body))
    if kind == _PARTS and may_carry_files:
        return _read_parts(body, content_type)
    raise NoForm(f"no form here is of the kind {kind[:40]!r}")


def read_fields(octets: bytes) -> dict[str, tuple[str, ...]]:
    """Read ``a=1&b=2`` as a query or a form has it; NoForm where it is not so written."""
    try:
        pairs = parse_qsl(
            octets.decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict"
        )
    except ValueError as fault:  # too many, or no UTF-8
        raise NoForm("the fields cannot be read") from fault
    return _gathered(pairs)


def _gathered(pairs: list[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        found[name] = (*found.get(name, ()), value)
    return found


def _read_parts(body: bytes, content_type: str) -> FormBody:
    """Read a form with files in it."""
    pairs: list[tuple[str, str]] = []
    uploads: dict[str, Upload] = {}
    try:
        for part in parts_of(body, content_type):
            if part.file_name is None:
                pairs.append((part.name, _text(part.body)))
            else:
                uploads[part.name] = Upload(part.file_name, part.body)
    except NoParts as fault:
        raise NoForm("the parts cannot be read") from fault
    return FormBody(_gathered(pairs), uploads)


def _text(octets: bytes) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError as fault:
        raise NoForm("a field is no text") from fault
