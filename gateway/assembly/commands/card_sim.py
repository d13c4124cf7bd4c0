"""``powertill card-sim``: be a card in a virtual reader, put in and pulled out, kept in a file.

The reader is either one that pcscd has, which listens, or one of its own on a serial line.
"""

from __future__ import annotations

import argparse
import re
import secrets
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from gateway.assembly.commands.card_words import picture_lines
from gateway.assembly.commands.key_file import key_in
from gateway.assembly.commands.terminal import NO_SUCCESS, CommandFault, complain, digits, out, whole
from gateway.codecs.card.cipher import KEY_SIZE
from gateway.codecs.card.dialogue import read_card
from gateway.codecs.card.fault import PeerFault, ValueFault
from gateway.codecs.card.profile import PROFILES, profile_named
from gateway.simulators.card.card_file import CardImage, KeptCard, NoCard, blank_image, load, save
from gateway.simulators.card.desk import carried_out
from gateway.simulators.card.faults import Fault, FaultKind, FaultyCard
from gateway.simulators.card.key_holder import TRAINING_SEED, KeyHolder
from gateway.simulators.card.serial_reader import SerialReader
from gateway.simulators.card.vpcd import PORT, VpcdWire

if TYPE_CHECKING:
    from gateway.assembly.commands.terminal import Commands

#: Seconds between two cards in one reader: the service looks every 0.4 seconds.
PAUSE_S: Final = 0.5
#: Whoever has the seed has the masters of every version.
VERSIONS: Final = frozenset(range(1, 256))

_KINDS: Final = {kind.value.replace("_", "-"): kind for kind in FaultKind}
_FAULT: Final = re.compile(r"([a-z-]+)@(\d{1,3})(?::([0-9A-Fa-f]{1,4}))?")
_HEX: Final = re.compile(r"([0-9A-F]{2}){1,16}")

_EXAMPLES = """\
The card is in the reader until Ctrl-C, or as long as these words on standard
input say: out (pull it out), in (put it in again), quit. FILE has what it
remembers after each command. Its keys are made from a seed: the one for
training, which everybody knows, or that of --key-file.

A fault happens once, at a command counted from 0 since it last got power:
  leave@N             the card is pulled out before it takes the command
  tear@N:B            it is pulled out while it writes, after B bytes
  answer-lost@N       it takes the command, and is pulled out before its answer
  status@N:SW         it answers the status word SW (hex) and does nothing
  status-after@N:SW   it does what it should, and answers SW

examples:
  powertill card-sim --profile sle4442 --serial A1B2C3D4E5F60718 card.json
  powertill card-sim --fault tear@14:3 card.json
  powertill card-sim --line reader card.json
  powertill card-sim --show card.json
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("card-sim", help="be a card in a virtual reader", epilog=_EXAMPLES)
    parser.add_argument("card", metavar="FILE", type=Path, help="the card; made when missing")
    parser.add_argument("--profile", choices=PROFILES, help="of a new card: its kind")
    parser.add_argument("--serial", metavar="HEX", type=_serial, help="of a new card: its number")
    parser.add_argument(
        "--system", metavar="N", type=digits(8), default="00000000", help="of a new card: whose (8 digits)"
    )
    parser.add_argument(
        "--key-version",
        metavar="N",
        type=whole(1, 255),
        default=1,
        help="of a new card: of which master keys (1)",
    )
    parser.add_argument(
        "--key-file", metavar="FILE", type=Path, help="the seed of the keys: 32 hex digits, mode 0600"
    )
    parser.add_argument("--host", default="127.0.0.1", help="where the virtual reader is (127.0.0.1)")
    parser.add_argument("--port", type=whole(1, 65535), default=PORT, help=f"its port ({PORT})")
    parser.add_argument("--line", metavar="LINK", type=Path, help="a serial reader of its own, at this name")
    parser.add_argument(
        "--exchange", choices=("tpdu", "apdu"), default="tpdu", help="what that reader takes (tpdu)"
    )
    parser.add_argument("--fault", metavar="KIND@N", type=_fault, help="what goes wrong, once")
    parser.add_argument("--show", action="store_true", help="print what is on the card, and end")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Be the card."""
    image = _image(arguments)
    keys = KeyHolder(_seed(arguments), secrets.token_bytes, VERSIONS)
    try:
        card = FaultyCard(image.card(keys, secrets.token_bytes), arguments.fault)
    except PeerFault as fault:
        raise CommandFault(f"{arguments.card} is no virtual card: {fault}; cure: name another file") from None
    if arguments.show:
        profile = profile_named(image.profile)
        out(*picture_lines(profile, carried_out(read_card(profile, card.reset()), card, keys)))
        return 0
    kept = KeptCard(card, lambda: save(image, arguments.card))
    name = f"{image.profile} {image.serial}"
    if arguments.line is not None:
        return _on_line(kept, arguments.line, arguments.exchange == "apdu", name)
    place = _VpcdPlace(kept, arguments.host, arguments.port, name)
    try:
        return _obeyed(place)
    finally:
        place.remove()


def _on_line(card: KeptCard, link: Path, takes_apdus: bool, name: str) -> int:  # noqa: FBT001 - the reader's kind
    """Be a serial reader with the card in it, until nobody is there to say more, and Ctrl-C."""
    if link.exists() and not link.is_symlink():
        raise CommandFault(f"--line {link}: there is a file already; cure: name a new one")
    try:
        reader = SerialReader(link, takes_apdus=takes_apdus, moved=lambda came: _print_move(name, came=came))
    except OSError as fault:
        raise CommandFault(f"--line {link}: {fault.strerror}; cure: name another place") from None
    try:
        return _obeyed(_LinePlace(reader, card))
    finally:
        reader.unplug()


def _print_move(name: str, *, came: bool) -> None:
    out(f"{'in' if came else 'out':<12}{name}")
    sys.stdout.flush()


class _Place(Protocol):
    """A card and the slot that it goes in and out of."""

    def insert(self) -> None:
        """Put it in."""

    def remove(self) -> None:
        """Pull it out."""

    def stay(self) -> None:
        """Leave it there until the reader goes, or Ctrl-C."""


def _obeyed(place: _Place) -> int:
    """Put the card in, and do what standard input says; when that ends, it stays."""
    place.insert()
    for line in sys.stdin:
        match line.strip():
            case "in":
                place.insert()
            case "out":
                place.remove()
            case "quit":
                return 0
            case "":
                continue
            case _:
                complain("powertill card-sim: say in, out or quit")
    place.stay()
    return 0


class _LinePlace:
    """In a serial reader of our own."""

    def __init__(self, reader: SerialReader, card: KeptCard) -> None:
        self._reader = reader
        self._card = card

    def insert(self) -> None:
        self._reader.insert(self._card)

    def remove(self) -> None:
        self._reader.remove()

    def stay(self) -> None:
        threading.Event().wait()


class _VpcdPlace:
    """In a reader of pcscd's."""

    def __init__(self, card: KeptCard, host: str, port: int, name: str) -> None:
        self._card = card
        self._host = host
        self._port = port
        self._name = name
        self._wire: VpcdWire | None = None
        self._thread: threading.Thread | None = None

    def stay(self) -> None:
        if self._thread is not None:
            self._thread.join()

    def insert(self) -> None:
        """Put it in; CommandFault where there is no reader."""
        if self._thread is not None and self._thread.is_alive():
            return
        try:
            wire = VpcdWire(self._card, self._port, self._host)
        except OSError as fault:
            raise CommandFault(
                f"no virtual reader at {self._host}:{self._port}: {fault.strerror or fault}; "
                "cure: start pcscd with the driver vsmartcard-vpcd, or name its --port",
                NO_SUCCESS,
            ) from None
        self._wire = wire
        self._thread = threading.Thread(target=self._serve, args=(wire,), daemon=True)
        _print_move(self._name, came=True)
        self._thread.start()

    def remove(self) -> None:
        """Pull it out, and give the service the time to see that."""
        if self._wire is None or self._thread is None or not self._thread.is_alive():
            return
        self._wire.leave()
        self._thread.join()
        time.sleep(PAUSE_S)

    def _serve(self, wire: VpcdWire) -> None:
        wire.serve()
        _print_move(self._name, came=False)


def _image(arguments: argparse.Namespace) -> CardImage:
    """Give the card of the file, or a new one in it."""
    file: Path = arguments.card
    try:
        return load(file)
    except FileNotFoundError:
        pass
    except NoCard as fault:
        raise CommandFault(f"{file} is no virtual card: {fault}; cure: name another file") from None
    except OSError as fault:
        raise CommandFault(f"{file} cannot be read: {fault.strerror}; cure: name a file") from None
    if arguments.profile is None or arguments.serial is None:
        raise CommandFault(f"{file} is not there; cure: say --profile and --serial of a new card")
    try:
        image = blank_image(arguments.profile, arguments.serial, arguments.system, arguments.key_version)
    except ValueFault as fault:
        raise CommandFault(f"--serial: {fault}; cure: say that many") from None
    try:
        save(image, file)
    except OSError as fault:
        raise CommandFault(f"{file} cannot be written: {fault.strerror}; cure: name another file") from None
    return image


def _seed(arguments: argparse.Namespace) -> bytes:
    if arguments.key_file is None:
        return TRAINING_SEED
    return key_in("--key-file", arguments.key_file, (KEY_SIZE,))


def _serial(text: str) -> str:
    if not _HEX.fullmatch(text.upper()):
        raise argparse.ArgumentTypeError("must be hexadecimal digits, two for each byte")
    return text.upper()


def _fault(text: str) -> Fault:
    found = _FAULT.fullmatch(text)
    kind = _KINDS.get(found[1]) if found else None
    if found is None or kind is None:
        raise argparse.ArgumentTypeError(f"must be one of {', '.join(_KINDS)} with @ and a number")
    at, more = int(found[2]), found[3]
    if kind in {FaultKind.STATUS, FaultKind.STATUS_AFTER}:
        if more is None:
            raise argparse.ArgumentTypeError(f"{found[1]} needs a status word, as in {found[1]}@{at}:6F00")
        return Fault(at, kind, status=int(more, 16))
    if more is not None and not more.isdecimal():
        raise argparse.ArgumentTypeError(f"{more} bytes: must be a decimal number")
    return Fault(at, kind, byte=int(more or 0))
