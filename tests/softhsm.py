"""A PKCS#11 token of the tests' own: SoftHSM2, its configuration and its tokens in a folder that goes away.

Keys are put in by a process of their own: SoftHSM reads where its tokens are when it is loaded, and once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

from adapters.keys.worker_link import Pkcs11Place

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "canary-pin-7316"
LABEL = "vending"

_IMPORT = """
    import sys
    import pkcs11
    from pkcs11 import Attribute, KeyType, ObjectClass
    module, token, pin, label, key = sys.argv[1:]
    with pkcs11.lib(module).get_token(token_label=token).open(rw=True, user_pin=pin) as session:
        session.create_object({
            Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.KEY_TYPE: KeyType.GENERIC_SECRET,
            Attribute.VALUE: bytes.fromhex(key), Attribute.LABEL: label, Attribute.TOKEN: True,
            Attribute.SIGN: True, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False,
        })
"""

_IMPORT_CARDS = """
    import json
    import sys
    import pkcs11
    from pkcs11 import Attribute, KeyType, ObjectClass
    module, token, pin, keys = sys.argv[1:]
    with pkcs11.lib(module).get_token(token_label=token).open(rw=True, user_pin=pin) as session:
        for label, key, cipher, may in json.loads(keys):
            session.create_object({
                Attribute.CLASS: ObjectClass.SECRET_KEY,
                Attribute.KEY_TYPE: KeyType.AES if cipher == "aes" else KeyType.DES2,
                Attribute.VALUE: bytes.fromhex(key), Attribute.LABEL: label, Attribute.TOKEN: True,
                Attribute.SENSITIVE: "shown" not in may, Attribute.EXTRACTABLE: "leave" in may,
                Attribute.DERIVE: "derive" in may, Attribute.SIGN: "sign" in may, Attribute.ENCRYPT: False,
            })
"""


def is_installed() -> bool:
    return MODULE.exists()


class SoftHsm:
    """A folder with one token, which has the keys that were put in."""

    def __init__(self, folder: Path) -> None:
        self.tokens = folder / "tokens"
        self.tokens.mkdir()
        conf = folder / "softhsm2.conf"
        conf.write_text(f"directories.tokendir = {self.tokens}\nobjectstore.backend = file\n")
        self.environment = {"SOFTHSM2_CONF": str(conf)}
        self.add_token(LABEL)

    def add_token(self, label: str) -> None:
        words = ["softhsm2-util", "--init-token", "--free", "--label", label]
        self._run([*words, "--so-pin", "87654321", "--pin", PIN])

    def add_key(self, label: str, key: bytes) -> None:
        """Put in a vending key with zeros behind it: SoftHSM wants 32 octets for HMAC-SHA-256."""
        script = textwrap.dedent(_IMPORT)
        self._run([sys.executable, "-c", script, str(MODULE), LABEL, PIN, label, key.ljust(32, b"\0").hex()])

    def add_card_key(self, label: str, key: bytes, cipher: str, may: str = "derive") -> None:
        """Put in a master key of cards, which may do what is said."""
        self.add_card_keys((label, key, cipher, may))

    def add_card_keys(self, *keys: tuple[str, bytes, str, str]) -> None:
        """Put in several: label, key, cipher, and what it may do."""
        said = json.dumps([(label, key.hex(), cipher, may) for label, key, cipher, may in keys])
        script = textwrap.dedent(_IMPORT_CARDS)
        self._run([sys.executable, "-c", script, str(MODULE), LABEL, PIN, said])

    def place(self, token: str = LABEL) -> Pkcs11Place:
        return Pkcs11Place(str(MODULE), token, self.environment)

    def take_away(self) -> None:
        """What it looks like when somebody pulls the token out: gone between one moment and the next."""
        self.tokens.rename(self.tokens.with_name("pulled out"))

    def _run(self, words: list[str]) -> None:
        done = subprocess.run(
            words, env={**os.environ, **self.environment}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
