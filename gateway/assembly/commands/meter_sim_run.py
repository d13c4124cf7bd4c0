"""What ``meter-sim serve`` and ``meter-sim town`` have in common: places, models, running until Ctrl-C."""

from __future__ import annotations

import argparse
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.assembly.commands.terminal import CommandFault, harmless, out
from gateway.codecs.meter_model.fault import ModelFault
from gateway.codecs.meter_model.model import MODELS, TABLE_OCTETS_MAX, model_named, model_of
from gateway.simulators.meters.purse import Counts, TokenPurse, Wallet
from gateway.simulators.meters.town import TownFault, place_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.codecs.meter_model.model import MeterModel

_PORT_ANY = ":0"


def model_at(name: str, folder: Path = Path()) -> MeterModel:
    """Give a model by its name, or by its table's file below a folder; ``ModelFault`` says what is wrong."""
    if name in MODELS or not name.endswith(".json"):
        return model_named(name)
    file = folder / name
    try:
        with file.open(encoding="utf-8") as opened:
            text = opened.read(TABLE_OCTETS_MAX + 1)
    except OSError as fault:
        raise ModelFault(f"{file} cannot be read: {fault.strerror}; cure: name a model or its file") from None
    except UnicodeDecodeError:
        raise ModelFault(f"{file} is no text; cure: name a model or its file") from None
    try:
        return model_of(text)
    except ModelFault as fault:
        raise ModelFault(f"{file}: {fault}; cure: correct it") from None


def place(text: str) -> tuple[str, int]:
    """Read HOST:PORT as the type of an argument; port 0 asks for any that is free."""
    if text.endswith(_PORT_ANY):
        return place_of(f"{text.removesuffix(_PORT_ANY)}:1", "place")[0], 0
    try:
        return place_of(text, "place")
    except TownFault:
        raise argparse.ArgumentTypeError(
            f"must be HOST:PORT, as 127.0.0.1:4059, not {harmless(text[:60])!r}"
        ) from None


def zone(text: str) -> timezone:
    """Read +08:00 as the type of an argument."""
    try:
        moment = datetime.strptime(text, "%z")
    except ValueError:
        moment = None
    offset = None if moment is None else moment.utcoffset()
    if offset is None or abs(offset) > timedelta(hours=14):
        raise argparse.ArgumentTypeError("must be hours and minutes ahead of UTC, as +08:00")
    return timezone(offset)


def now() -> datetime:
    """The true moment, in the zone of this machine as it is today."""
    return datetime.now(UTC).astimezone()


def credit_text(purse: Wallet | TokenPurse) -> str:
    """Write what a prepaid house may still use."""
    if isinstance(purse, TokenPurse):
        return f"{purse.sts.credit_wh} Wh"
    sign, (whole, rest) = "-" if purse.balance < 0 else "", divmod(abs(purse.balance), 100)
    return f"{sign}{whole}.{rest:02d}{' kWh' if purse.terms.counts is Counts.ENERGY else ''}"


def listen_to_words(reactor: Any, obey: Callable[[str], None]) -> None:  # noqa: ANN401 - Twisted's own
    """Read standard input line by line, beside the reactor; ``quit`` ends it, its end does not."""

    def read() -> None:
        for line in sys.stdin:
            if line.strip() == "quit":
                reactor.callFromThread(reactor.stop)
                return
            reactor.callFromThread(obey, line)

    # Nobody can interrupt a reading thread: it goes with the process.
    threading.Thread(target=read, daemon=True).start()


def run_until_told(begin: Callable[[Any], str], end: Callable[[], None]) -> int:
    """Run the reactor until Ctrl-C or SIGTERM. ``begin`` serves, and gives the line that says so.

    What ``begin`` raises ends it at once. ``end`` is called before it ends, however it does.
    """
    from twisted.internet import reactor as installed  # noqa: PLC0415 - importing it installs it

    # Twisted's reactor is several interfaces at once.
    reactor: Any = installed
    faults: list[BaseException] = []

    def start() -> None:
        try:
            out(begin(reactor))
            sys.stdout.flush()
        except (CommandFault, BrokenPipeError) as fault:
            faults.append(fault)
            reactor.stop()

    reactor.callWhenRunning(start)
    reactor.addSystemEventTrigger("before", "shutdown", end)
    reactor.run()
    if faults:
        raise faults[0]
    return 0
