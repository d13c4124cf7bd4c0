"""The process in which a PKCS#11 module lives: ``python -m adapters.keys.pkcs11_worker MODULE TOKEN``.

A module is somebody else's machine code. In a process of its own its crash costs a restart instead of the
gateway, a call that hangs is ended with the process, and one thread alone ever enters it: python-pkcs11
opens modules without locks, and SoftHSM called from two threads was seen to take the process with it.

Before it is told the PIN it sees to it that no core of it is written and nobody may look into it. It ends
when its input ends, and with it whatever the module held.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Any, Final

import pkcs11
from pkcs11 import Attribute, Mechanism, ObjectClass
from pkcs11 import exceptions as fault

from adapters.keys.no_core import forbid_cores
from adapters.keys.pkcs11_card import KEY_FAULTS, TroubleMet, card_made
from adapters.keys.worker_words import OF_A_KEY, FrameFault, Frames, Trouble, framed

if TYPE_CHECKING:
    from collections.abc import Callable

KEYS_HELD_MAX: Final = 256
"""Key handles that are kept by label: a utility has a few dozen keys."""

MISSING_S: Final = 10.0
"""Seconds for which a missing key is believed missing: a new login for each question stops all others."""

_READ_OCTETS: Final = 65_536

#: What a token says about the PIN; nothing of it is ever tried again.
_PIN_FAULTS: Final = (
    fault.PinIncorrect, fault.PinInvalid, fault.PinLenRange, fault.PinExpired, fault.UserPinNotInitialized,
)  # fmt: skip


class Token:
    """A token that was found by its label and opened with its PIN, and its keys, found by theirs."""

    def __init__(self, module: str, label: str, pin: bytes) -> None:
        self._module = module
        self._label = label
        try:
            self._pin = pin.decode()
        except UnicodeDecodeError:  # a PIN of PKCS#11 is UTF-8, and this error would show it
            raise TroubleMet(Trouble.PIN) from None
        self._keys: dict[str, Any] = {}  # python-pkcs11 mixes the uses of a key into its class
        self._missing: dict[str, float] = {}
        self._session: pkcs11.Session | None = None
        self.open()

    def __repr__(self) -> str:
        """Show which token it is."""
        return f"Token({self._label})"

    def open(self) -> None:
        """Log in, anew if need be. TroubleMet: MODULE, TOKEN, TOKENS, PIN, LOCKED, LOST."""
        self._keys.clear()
        if self._session is not None:
            with contextlib.suppress(fault.PKCS11Error):
                self._session.close()
            self._session = None
        token = self._found()
        try:
            self._session = token.open(user_pin=self._pin)
        except fault.PinLocked:
            raise TroubleMet(Trouble.LOCKED) from None
        except _PIN_FAULTS:
            raise TroubleMet(Trouble.PIN) from None
        except fault.PKCS11Error:
            raise TroubleMet(Trouble.LOST) from None

    def mac(self, label: str, message: bytes) -> bytes:
        """Return the HMAC-SHA-256 of a message under the key of a label. TroubleMet as of ``made``."""
        return self.made(label, lambda key: _hmac(key, message))

    def made(self, label: str, make: Callable[[Any], bytes]) -> bytes:
        """Make something with the key of a label.

        A session that was lost is opened once more; so is one that knows no such key, since a token that was
        pulled out may look like one without keys. TroubleMet: NO_KEY, KEYS, KEY_USE, KEY_OPEN, or that of
        ``open``.
        """
        try:
            return make(self._key(label))
        except fault.PKCS11Error:
            self.open()
        except TroubleMet as met:
            if met.what is not Trouble.NO_KEY or self._is_known_missing(label):
                raise
            self.open()
        try:
            return make(self._key(label))
        except fault.PKCS11Error:
            raise TroubleMet(Trouble.LOST) from None

    def _is_known_missing(self, label: str) -> bool:
        """Was this missing a moment ago, in a session that was new? If not, it is from now on."""
        now = time.monotonic()
        is_known = now - self._missing.get(label, -MISSING_S) < MISSING_S
        if not is_known:
            if len(self._missing) >= KEYS_HELD_MAX:
                self._missing.clear()
            self._missing[label] = now
        return is_known

    def _key(self, label: str) -> Any:  # noqa: ANN401 - see above
        if label not in self._keys:
            assert self._session is not None, "open() went before"  # noqa: S101 - our own doing
            wanted = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: label}
            # All of them: two of one label must be seen, and a search that is not finished blocks the next.
            found = list(self._session.get_objects(wanted))
            if len(found) != 1:
                raise TroubleMet(Trouble.KEYS if found else Trouble.NO_KEY)
            if len(self._keys) >= KEYS_HELD_MAX:
                self._keys.clear()
            self._keys[label] = found[0]
        return self._keys[label]

    def _found(self) -> pkcs11.Token:
        try:
            return pkcs11.lib(self._module).get_token(token_label=self._label)
        except fault.NoSuchToken:
            raise TroubleMet(Trouble.TOKEN) from None
        except fault.MultipleTokensReturned:
            raise TroubleMet(Trouble.TOKENS) from None
        except fault.PKCS11Error:
            raise TroubleMet(Trouble.MODULE) from None


def _hmac(key: Any, message: bytes) -> bytes:  # noqa: ANN401 - see above
    try:
        return bytes(key.sign(message, mechanism=Mechanism.SHA256_HMAC))
    except KEY_FAULTS:
        raise TroubleMet(Trouble.KEY_USE) from None


def harden() -> None:
    """Let no core be written and nobody look in, from now on; OSError where the system will not."""
    forbid_cores()
    # The gateway ends it, by ending its input: a signal to the whole group must not cut a sale in two.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def serve(module: str, label: str, read: Callable[[], bytes], write: Callable[[bytes], object]) -> None:
    """Answer questions in their order until the input ends, or the token is gone."""
    frames = Frames()
    token: Token | None = None
    write(framed({"ready": True}))
    while octets := read():
        for words in frames.receive(octets):
            try:
                if token is None:
                    token = Token(module, label, bytes.fromhex(words["pin"]))
                    write(framed({"open": True}))
                else:
                    write(framed(_answer(token, words)))
            except TroubleMet as met:
                write(framed({"id": words.get("id"), "trouble": met.what.name}))
                if met.what not in OF_A_KEY:
                    return


def _answer(token: Token, words: dict[str, Any]) -> dict[str, Any]:  # what JSON holds is of any type
    if "card" in words:
        mac = token.made(words["label"], lambda master: card_made(master, words))
    else:
        mac = token.mac(words["label"], bytes.fromhex(words["message"]))[: words["octets"]]
    return {"id": words["id"], "mac": mac.hex()}


def main() -> int:
    """Run as the gateway's child: questions on standard input, answers on what was standard output."""
    harden()
    # A module that prints would speak in between; its words go where standard error goes.
    answers = os.dup(1)
    os.dup2(2, 1)
    with os.fdopen(answers, "wb", buffering=0) as out, contextlib.suppress(BrokenPipeError, FrameFault):
        serve(sys.argv[1], sys.argv[2], lambda: os.read(0, _READ_OCTETS), out.write)
    return 0


if __name__ == "__main__":
    sys.exit(main())
