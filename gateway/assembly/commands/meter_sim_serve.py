"""``powertill meter-sim serve``: be a meter that is spoken to: on a TCP port, a serial line, dialling in."""

from __future__ import annotations

import argparse
import re
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.error import CannotListenError
from twisted.internet.task import LoopingCall

from gateway.assembly.commands.meter_sim_kept import KEEP_EVERY_S, KeptHouse, kept
from gateway.assembly.commands.meter_sim_made import add_meter, meter_of, sts_maker
from gateway.assembly.commands.meter_sim_run import credit_text, listen_to_words, place, run_until_told
from gateway.assembly.commands.terminal import NO_SUCCESS, CommandFault, complain, out
from gateway.simulators.meters.face import NUMBERED, Mishap, MishapKind
from gateway.simulators.meters.serve import Served

if TYPE_CHECKING:
    from gateway.assembly.commands.terminal import Commands
    from gateway.simulators.meters.wired import WiredMeter

_KINDS: Final = {kind.value: kind for kind in MishapKind}
_FAULT: Final = re.compile(r"([a-z-]+)(?:@([0-9]{1,9}))?(?::([0-9]{1,6}))?")

#: Said by us: before Python 3.13 argparse makes lines of it that are too long.
_USAGE: Final = """\
powertill meter-sim serve --model NAME|FILE.json --address ADDRESS
                (--listen HOST:PORT | --pty LINK | --dial HOST:PORT)
                [options]"""
_EXAMPLES = """\
Prints one line when the meter can be spoken to, and ends on Ctrl-C with 0. The
meter computes nothing while nobody asks. Its password is that of its kind
(000000, or 00000000) where no file says another; its keys, too, are for
training only where none are given.

While it is served these words on standard input are obeyed: cover (open its
cover), button (press its button), show (say how it stands), quit.

A fault happens at an answer counted from 0 (@N), or at each one:
  silent          it does what it is told, and answers nothing
  late:MS         it answers so many milliseconds late
  address         it answers in another meter's name
  cut:K           only K octets of its answer arrive
  check           the check of its answer is wrong
  noise:K         K octets that mean nothing come before its answer
  half-write      it refuses a write, and has done a part of it (DL/T 645)
as in silent@0 or cut@3:7.

examples:
  powertill meter-sim serve --model dlt645-2007 --address 161 \\
      --listen 127.0.0.1:4059
  powertill meter-sim serve --model dlt645-prepaid --address 161 \\
      --prepaid money --balance 50.00 --pty meter --state meter.json
  powertill meter-sim serve --model iec62056-21 --mode E --address 161 \\
      --dial 127.0.0.1:7000 --hello {number} --fault check@3
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("serve", help="be a meter that is spoken to", epilog=_EXAMPLES, usage=_USAGE)
    where = parser.add_argument_group("where").add_mutually_exclusive_group(required=True)
    where.add_argument("--listen", metavar="HOST:PORT", type=place, help="on a TCP port (0: a free one)")
    where.add_argument("--pty", metavar="LINK", type=Path, help="on a serial line that this name leads to")
    where.add_argument("--dial", metavar="HOST:PORT", type=place, help="by dialling in, and staying")
    parser.add_argument(
        "--hello", metavar="TEXT", help="said when it has dialled in; {number} is the meter's"
    )
    parser.add_argument("--one-caller", action="store_true", help="a second caller is sent off")
    add_meter(parser)
    parser.add_argument("--state", metavar="FILE", type=Path, help="keep the meter here; made with mode 0600")
    parser.add_argument(
        "--fault", metavar="KIND[@N]", type=_fault, action="append", default=[], help="what goes wrong"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Be the meter."""
    if arguments.hello is not None and arguments.dial is None:
        raise CommandFault("--hello: only a meter that dials in says who it is; cure: --dial HOST:PORT")
    meter = meter_of(arguments, time.monotonic)
    meter.mishaps.ordered = tuple(arguments.fault)
    with ExitStack() as held:
        keeper = None
        if arguments.state is not None:
            keeper = held.enter_context(kept(meter.house, arguments.state, sts_maker(arguments)))
        return _Serving(meter, arguments, keeper).run()


class _Serving:
    """The meter, its line and its file."""

    def __init__(self, meter: WiredMeter, arguments: argparse.Namespace, keeper: KeptHouse | None) -> None:
        self._meter = meter
        self._arguments = arguments
        self._keeper = keeper
        self._served: Served | None = None

    def run(self) -> int:
        """Serve until Ctrl-C."""
        return run_until_told(self._begin, self._end)

    def _obey(self, line: str) -> None:
        """Do what somebody at the meter does."""
        house = self._meter.house
        match line.strip():
            case "cover":
                house.open_cover()
            case "button":
                house.press_button()
            case "show":
                house.update()
                credit = "" if house.purse is None else f", credit {credit_text(house.purse)}"
                out(f"{'meter':<12}{house.registers.total} Wh, relay {house.relay.state.value}{credit}")
                sys.stdout.flush()
            case "":
                pass
            case _:
                complain("powertill meter-sim serve: say cover, button, show or quit")
        if self._keeper is not None:
            self._keeper.keep()

    def _begin(self, reactor: Any) -> str:  # noqa: ANN401 - Twisted's reactor is several interfaces at once
        keeper = self._keeper
        self._served = Served(reactor, None if keeper is None else keeper.keep)
        where = self._opened(self._served)
        if keeper is not None:
            if not keeper.write():
                raise CommandFault("--state: nothing can be kept there; cure: name another file", NO_SUCCESS)
            LoopingCall(keeper.write).start(KEEP_EVERY_S, now=False)
        listen_to_words(reactor, self._obey)
        house = self._meter.house
        return f"{'ready':<12}{self._meter.model.name} {house.number} {where}"

    def _opened(self, served: Served) -> str:
        """Open the line, and say where it is."""
        arguments, meters = self._arguments, [self._meter]
        if arguments.pty is not None:
            try:
                served.on_pty(arguments.pty, meters)
            except OSError as fault:
                raise CommandFault(
                    f"--pty {arguments.pty}: {fault.strerror}; cure: name a file that is not there"
                ) from None
            return f"on {arguments.pty}"
        if arguments.dial is not None:
            host, port = arguments.dial
            hello = (arguments.hello or "").replace("{number}", self._meter.house.number).encode("ascii")
            served.dial(host, port, meters, hello=hello)
            return f"dials {host}:{port}"
        host, port = arguments.listen
        try:
            found = served.listen(host, port, meters, is_for_one=arguments.one_caller)
        except CannotListenError as fault:
            why = getattr(fault.socketError, "strerror", None) or fault.socketError
            raise CommandFault(f"--listen {host}:{port}: {why}; cure: another port", NO_SUCCESS) from None
        return f"at {host}:{found}"

    def _end(self) -> None:
        if self._served is not None:
            self._served.stop()
        if self._keeper is not None:
            self._keeper.write()


def _fault(text: str) -> Mishap:
    found = _FAULT.fullmatch(text)
    kind = _KINDS.get(found[1]) if found else None
    if found is None or kind is None:
        raise argparse.ArgumentTypeError(f"must be one of {', '.join(_KINDS)}, and @N for the answer")
    at, number = (None if part is None else int(part) for part in (found[2], found[3]))
    most = NUMBERED.get(kind)
    if (number is None) != (most is None):
        raise argparse.ArgumentTypeError(
            f"{found[1]} {'needs a number, as' if most else 'has no number, only'} "
            f"{found[1]}@3{':20' if most else ''}"
        )
    if most is not None and number is not None and number > most:
        raise argparse.ArgumentTypeError(f"{found[1]}: at most {most}")
    return Mishap(kind, at, number or 0)
