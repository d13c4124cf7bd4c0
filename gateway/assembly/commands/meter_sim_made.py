"""The options that describe a virtual meter of a line, and the meter that they make."""

from __future__ import annotations

import argparse
import re
import secrets
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gateway.assembly.commands.key_file import key_in
from gateway.assembly.commands.meter_sim_run import model_at, now, zone
from gateway.assembly.commands.sts_key import add_identity, decoder_key_of, identity_of
from gateway.assembly.commands.terminal import CommandFault, whole
from gateway.codecs.meter_model.fault import ModelFault
from gateway.codecs.meter_model.model import MeterProtocol
from gateway.secret import SecretFileFault, read_secret
from gateway.simulators.meter import VirtualMeter
from gateway.simulators.meters.build import BUILD, PERIODS_MIN
from gateway.simulators.meters.face62056 import MODES
from gateway.simulators.meters.face_dlms import DlmsKeys
from gateway.simulators.meters.house import House
from gateway.simulators.meters.load import CURVES, LOAD_W_MAX, Load
from gateway.simulators.meters.meter_clock import DRIFT_PPM_MAX, MeterClock
from gateway.simulators.meters.purse import Counts, Terms, TokenPurse, Wallet
from gateway.simulators.meters.registers import ROWS_MAX
from gateway.simulators.meters.secure645 import SecureEnd
from gateway.simulators.meters.security_module import TRAINING_KEY, TrainingModule
from gateway.simulators.meters.wired import WiredMeter

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.codecs.meter_model.model import MeterModel

_DLMS: Final = {MeterProtocol.DLMS_HDLC, MeterProtocol.DLMS_TCP}
_KEY_OCTETS: Final = 16
_TURN_MS_MAX: Final = 10_000
_TOKEN_MS_MAX: Final = 60_000
_CLOCK_OFF_S_MAX: Final = 86_400
_ADDRESS: Final = re.compile(r"[0-9]{1,12}")
_AMOUNT: Final = re.compile(r"[0-9]{1,5}\.[0-9]{2}")
_PRICE: Final = re.compile(r"[0-9]{1,2}\.[0-9]{4}")


def add_meter(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which meter it is, and what is behind it."""
    meter = parser.add_argument_group("the meter")
    meter.add_argument("--model", metavar="NAME|FILE.json", required=True, help="what it speaks")
    meter.add_argument("--address", type=_address, required=True, help="its number, up to 12 digits")
    meter.add_argument("--password-file", metavar="FILE", type=Path, help="its password; of mode 0600")
    meter.add_argument(
        "--key-file",
        metavar="FILE",
        type=Path,
        help="its key in a file of mode 0600: 64 hex digits (DLMS: encryption, then authentication), or 32 "
        "(the security module of DL/T 645)",
    )
    meter.add_argument("--mode", choices=tuple(MODES), default="C", help="of IEC 62056-21 (C)")
    meter.add_argument("--turn-ms", type=whole(0, _TURN_MS_MAX), help="so long it takes to answer")
    meter.add_argument("--relay-words", action="store_true", help="DL/T 645: it answers 1C as from 2014 on")
    _add_house(parser)
    _add_purse(parser)


def _add_house(parser: argparse.ArgumentParser) -> None:
    house = parser.add_argument_group("the house")
    house.add_argument("--load-w", type=_signed(LOAD_W_MAX), default=500, help="what it takes, in W (500)")
    house.add_argument("--curve", choices=tuple(CURVES), default="constant", help="by the hour (constant)")
    house.add_argument("--drift-ppm", type=_signed(DRIFT_PPM_MAX), default=0, help="how its clock drifts (0)")
    house.add_argument("--clock-off-s", type=_signed(_CLOCK_OFF_S_MAX), default=0, help="how wrong it is (0)")
    house.add_argument("--zone", type=zone, help="as +08:00; that of this machine where not said")
    house.add_argument(
        "--period-min",
        type=int,
        choices=sorted(PERIODS_MIN),
        default=BUILD.period_min,
        help="of its profile (15)",
    )
    house.add_argument(
        "--profile-rows",
        type=whole(0, ROWS_MAX),
        default=BUILD.rows_max,
        help=f"rows kept ({BUILD.rows_max})",
    )


def _add_purse(parser: argparse.ArgumentParser) -> None:
    purse = parser.add_argument_group("prepaid by numbered purchases")
    purse.add_argument("--prepaid", choices=[each.value for each in Counts], help="what its wallet counts")
    purse.add_argument("--balance", type=_amount, default=0, help="what is in it, as 50.00")
    purse.add_argument("--overdraft", type=_amount, default=0, help="what may be owed, as 5.00")
    purse.add_argument("--price", type=_price, default=5000, help="of a kWh, as 0.5000")
    add_identity(parser, is_required=False, title="prepaid by STS tokens, which --pan says")
    keys = parser.add_mutually_exclusive_group()
    keys.add_argument("--sts-key-file", metavar="FILE", type=Path, help="the vending key: 40 hex digits")
    keys.add_argument(
        "--sts-decoder-key-file", metavar="FILE", type=Path, help="or the meter's: 32 hex digits"
    )
    parser.add_argument(
        "--token-ms", type=whole(0, _TOKEN_MS_MAX), default=0, help="so long a token is not yet processed"
    )


def meter_of(arguments: argparse.Namespace, seconds: Callable[[], float]) -> WiredMeter:
    """Make the meter; CommandFault names the option that is wrong."""
    try:
        model = model_at(arguments.model)
    except ModelFault as fault:
        raise CommandFault(f"--model: {fault}") from None
    _refuse_idle(arguments, model)
    begins = now() if arguments.zone is None else now().astimezone(arguments.zone)
    clock = MeterClock(seconds, begins, ppm=arguments.drift_ppm, ahead_s=arguments.clock_off_s)
    build = replace(
        BUILD, period_min=arguments.period_min, rows_max=arguments.profile_rows, token_ms=arguments.token_ms
    )
    load = Load(arguments.load_w, CURVES[arguments.curve])
    house = House(arguments.address, clock, load, _purse(arguments), build)
    house.password = _password(arguments, model)
    return WiredMeter(
        model,
        house,
        secure=_secure(arguments, model),
        keys=_keys(arguments, model),
        mode=arguments.mode,
        says_relay_words=arguments.relay_words,
        turn_ms=arguments.turn_ms,
    )


def sts_maker(
    arguments: argparse.Namespace,
) -> Callable[[dict[str, Any], dict[str, Any] | None], VirtualMeter]:
    """Give what makes the STS meter of its state; only a meter that takes tokens has one."""

    def made(state: dict[str, Any], keys: dict[str, Any] | None) -> VirtualMeter:
        identity, key = _sts(arguments)
        return VirtualMeter.from_state(identity, key, state, key_state=keys)

    return made


def _refuse_idle(arguments: argparse.Namespace, model: MeterModel) -> None:
    """Refuse an option that this model has no use for: whoever wrote it expects something."""
    protocol = model.protocol
    is_645 = protocol is MeterProtocol.DLT645_2007
    refused = (
        (arguments.prepaid is not None and protocol is MeterProtocol.DLT645_1997, "--prepaid"),
        (arguments.prepaid is not None and arguments.pan is not None, "--prepaid"),
        (arguments.pan is not None and protocol not in _DLMS, "--pan"),
        (arguments.mode != "C" and protocol is not MeterProtocol.IEC62056_21, "--mode"),
        (arguments.relay_words and not is_645, "--relay-words"),
        (arguments.key_file is not None and not (is_645 or model.proof == "gmac"), "--key-file"),
    )
    for is_idle, option in refused:
        if is_idle:
            raise CommandFault(f"{option}: {model.name} has no use for it here; cure: leave it out")


def _purse(arguments: argparse.Namespace) -> Wallet | TokenPurse | None:
    if arguments.pan is not None:
        identity, key = _sts(arguments)
        return TokenPurse(VirtualMeter(identity, key))
    if arguments.prepaid is None:
        return None
    terms = Terms(Counts(arguments.prepaid), (arguments.price,) * 4, arguments.overdraft)
    wallet = Wallet(terms)
    wallet.set_up(arguments.balance, 0)
    return wallet


def _sts(arguments: argparse.Namespace) -> tuple[Any, bytes]:
    """The identity and the key, by the options of ``powertill sts``."""
    files = {"key_file": arguments.sts_key_file, "decoder_key_file": arguments.sts_decoder_key_file}
    if not any(files.values()):
        raise CommandFault("--pan: a meter that takes tokens has a key; cure: --sts-key-file FILE")
    named = argparse.Namespace(**{**vars(arguments), **files})
    return identity_of(named), decoder_key_of(named).octets


def _password(arguments: argparse.Namespace, model: MeterModel) -> str:
    """The password of the file; "" where none is named."""
    if arguments.password_file is None:
        return ""
    try:
        text = read_secret(arguments.password_file).reveal().decode("ascii")
    except SecretFileFault as fault:
        raise CommandFault(f"--password-file: {fault}") from None
    except UnicodeDecodeError:
        text = ""
    is_645 = model.protocol in {MeterProtocol.DLT645_2007, MeterProtocol.DLT645_1997}
    wanted = r"[0-9]{6}" if is_645 else r"[!-\'*-~]{1,32}"
    if not re.fullmatch(wanted, text):
        what = "six digits" if is_645 else "1 to 32 letters, digits and signs, no parentheses"
        raise CommandFault(
            f"--password-file: {arguments.password_file} does not hold {what}; cure: write those"
        )
    return text


def _secure(arguments: argparse.Namespace, model: MeterModel) -> SecureEnd | None:
    if arguments.prepaid is None or model.protocol is not MeterProtocol.DLT645_2007:
        return None
    key = TRAINING_KEY
    if arguments.key_file is not None:
        key = key_in("--key-file", arguments.key_file, (_KEY_OCTETS,))
    return SecureEnd(TrainingModule(key, secrets.token_bytes))


def _keys(arguments: argparse.Namespace, model: MeterModel) -> DlmsKeys | None:
    if model.protocol not in _DLMS:
        return None
    if arguments.key_file is None:
        return DlmsKeys(secrets.token_bytes)
    both = key_in("--key-file", arguments.key_file, (2 * _KEY_OCTETS,))
    return DlmsKeys(secrets.token_bytes, both[:_KEY_OCTETS], both[_KEY_OCTETS:])


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise argparse.ArgumentTypeError("must be 1 to 12 digits")
    return text.rjust(12, "0")


def _signed(most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(rf"[+-]?[0-9]{{1,{len(str(most))}}}", text) or abs(int(text)) > most:
            raise argparse.ArgumentTypeError(f"must be a whole number from -{most} to {most}")
        return int(text)

    return read


def _amount(text: str) -> int:
    if not _AMOUNT.fullmatch(text):
        raise argparse.ArgumentTypeError("must be an amount with two decimals, as 50.00")
    return int(text.replace(".", ""))


def _price(text: str) -> int:
    if not _PRICE.fullmatch(text) or not int(text.replace(".", "")):
        raise argparse.ArgumentTypeError("must be a price with four decimals, as 0.5000")
    return int(text.replace(".", ""))
