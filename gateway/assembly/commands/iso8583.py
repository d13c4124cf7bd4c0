"""``powertill iso8583``: read a message through a bank's profile, and see where it is broken."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Final

from gateway.assembly.commands.hex_view import hex_rows
from gateway.assembly.commands.message_view import MessageView
from gateway.assembly.commands.profile_table import profile_table
from gateway.assembly.commands.secret_offsets import secret_offsets
from gateway.assembly.commands.terminal import WRONG_INPUT, CommandFault, CommandParser, out
from gateway.codecs.iso8583.bitmaps import FIELD_MAX
from gateway.codecs.iso8583.framing import FRAME_MAX, FrameFault, FrameReader, Framing
from gateway.codecs.iso8583.message import PeerFault
from gateway.codecs.iso8583.tables import TableFault, section

if TYPE_CHECKING:
    import argparse

    from gateway.assembly.commands.terminal import Commands
    from gateway.codecs.iso8583.message import Message

_HEX_DIGITS: Final = frozenset("0123456789abcdefABCDEF")
_FRAME_CURE: Final = "cure: give all of one frame, or leave --framed out"

HEX_MAX: Final = 4 * FRAME_MAX
"""Characters: the longest frame in hex, with a space between each two digits and the same again to spare."""

_EXAMPLES = """\
HEX may stand in several words; - reads it from standard input, where the other
users of the machine do not see it. Secret fields are masked.

examples:
  powertill iso8583 decode --profile default 30383030 8220000000000000 ...
  powertill iso8583 decode --framed --profile binary87 - < captured.hex
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    group = commands.add_parser("iso8583", help="read an ISO 8583 message")
    kinds = group.add_subparsers(metavar="decode", required=True, parser_class=CommandParser)
    decode = kinds.add_parser("decode", help="show each field of a message", epilog=_EXAMPLES)
    decode.add_argument(
        "--profile",
        metavar="NAME|FILE.json",
        default="default",
        help="the bank's profile: default, binary87, altopay or a file",
    )
    decode.add_argument("--framed", action="store_true", help="HEX begins with the profile's frame")
    decode.add_argument("--show-secrets", action="store_true", help="show what is masked otherwise")
    decode.add_argument("--json", action="store_true", help="print one JSON object")
    decode.add_argument("hex", metavar="HEX", nargs="+", help="the bytes in hex, or -")
    decode.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the fields; 2 with what was read, the place and the reason when the message is broken."""
    table = profile_table(arguments.profile)
    revealed = frozenset(range(FIELD_MAX + 1)) if arguments.show_secrets else frozenset()
    try:
        view = MessageView.of_profile(table, revealed)
        framing = Framing.from_table(section(table, "framing", "profile"))
    except (TableFault, ValueError) as fault:
        raise CommandFault(f"--profile: {arguments.profile}: {fault}; cure: correct it") from None
    payload = _octets(arguments.hex)
    if arguments.framed:
        payload = _unframed(payload, framing)
    try:
        message = view.spec.decode(payload)
    except PeerFault as fault:
        return _broken(table, view, payload, fault, arguments)
    if message.unread is not None:
        lacking = message.unread
        why = f"the profile has no layout for it; {len(lacking.raw)} bytes from there on are unread"
        return _broken(table, view, payload, PeerFault(lacking.field, lacking.at, why, message), arguments)
    if arguments.json:
        out(json.dumps(_plain(view, message, None), ensure_ascii=False))
    else:
        out(*view.lines(message))
    return 0


def _broken(
    table: dict[str, Any], view: MessageView, payload: bytes, fault: PeerFault, arguments: argparse.Namespace
) -> int:
    """Show what was read before the fault, and where it is."""
    if arguments.json:
        out(json.dumps(_plain(view, fault.partial, fault), ensure_ascii=False))
        return WRONG_INPUT
    if fault.partial is not None:
        out(*view.lines(fault.partial), "")
    hidden: frozenset[int] = frozenset()
    if not arguments.show_secrets:
        hidden = secret_offsets(table["message"], view.spec, payload, fault)
    out(*hex_rows(payload, fault.at, hidden))
    place = "the message" if fault.field is None else f"field {fault.field} ({view.name_of(fault.field)})"
    raise CommandFault(
        f"HEX: {place} is broken at offset {fault.at}: {fault.why}; cure: compare profile and bytes"
    )


def _plain(view: MessageView, message: Message | None, fault: PeerFault | None) -> dict[str, object]:
    """Give all of it for a program; ``fault`` is null when the message is whole."""
    return {
        "mti": None if message is None else message.mti,
        "fields": [] if message is None else [field.plain() for field in view.fields(message)],
        "fault": None if fault is None else {"field": fault.field, "offset": fault.at, "why": fault.why},
    }


def _octets(words: list[str]) -> bytes:
    """Read the hex digits; white space between them does not count."""
    if words == ["-"]:
        # Read as bytes, so that a message in binary is refused as what it is.
        text = sys.stdin.buffer.read(HEX_MAX + 1).decode("ascii", errors="replace")
    else:
        text = "".join(words)
    digits = "".join(text.split())
    if len(text) > HEX_MAX:
        raise CommandFault(f"HEX: longer than {HEX_MAX} characters; cure: give one message")
    for place, digit in enumerate(digits):
        if digit not in _HEX_DIGITS:
            raise CommandFault(f"HEX: {digit!r} at place {place} is no hex digit; cure: give 0-9 and a-f")
    if not digits or len(digits) % 2:
        raise CommandFault(f"HEX: {len(digits)} hex digits make no whole bytes; cure: give two for each byte")
    return bytes.fromhex(digits)


def _unframed(octets: bytes, framing: Framing) -> bytes:
    """Take the one frame off; offsets are counted from behind it."""
    reader = FrameReader(framing)
    try:
        frames = reader.receive(octets)
        frames += reader.end()
    except FrameFault as fault:
        sentence = f"HEX: the frame is broken at offset {fault.at}: {fault.why}; {_FRAME_CURE}"
        raise CommandFault(sentence) from None
    if len(frames) != 1 or frames[0].is_too_long:
        count = "a frame beyond the profile's limit" if len(frames) == 1 else f"{len(frames)} frames"
        raise CommandFault(f"HEX: holds {count}, one frame is read at a time; {_FRAME_CURE}")
    return frames[0].payload
