"""Who has the keys, without a security module: for virtual cards, tests and training; no card of value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.codecs.card.answering import CODE, Act, answered, made_for
from gateway.codecs.card.cipher import CIPHERS, KEY_SIZE, CardCipher, aes_cmac
from gateway.codecs.card.profile import Told, profile_named
from gateway.codecs.card.steps import Ask, Granted, Lost, Purpose

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: The seed of training and demonstration, which everybody knows.
TRAINING_SEED: Final = bytes.fromhex("504f57455254494c4c20545241494e21")


class KeyHolder:
    """All master keys, made from one seed, so that whoever has the seed understands the others.

    ``dice`` gives random bytes. ``versions`` are the versions of the masters that it has. ``ciphers`` add to
    those of software, or take their place: a module that has the cipher of a grid.
    """

    def __init__(
        self,
        seed: bytes,
        dice: Callable[[int], bytes],
        versions: frozenset[int] = frozenset({1}),
        ciphers: Mapping[str, CardCipher] = CIPHERS,
    ) -> None:
        if len(seed) != KEY_SIZE:
            raise ValueError(f"a seed has {KEY_SIZE} bytes")
        self._seed = seed
        self._dice = dice
        self._versions = versions
        self._ciphers = ciphers
        self._made: dict[tuple[str, str, int, str], bytes] = {}

    def __repr__(self) -> str:
        """Show no key."""
        return f"KeyHolder(versions {sorted(self._versions)})"

    def card_key(self, profile: str, key: str, version: int, serial: str) -> bytes:
        """Make the key of one card: as who personalises it needs it."""
        made = self._made.get((profile, key, version, serial))
        if made is None:
            master = self.master(profile, key, version)
            made = self.cipher(profile).card_key(master, bytes.fromhex(serial))
            self._made[profile, key, version, serial] = made
        return made

    def master(self, profile: str, key: str, version: int) -> bytes:
        """Make a master key: what a key management centre gives to whoever is to understand these cards."""
        return aes_cmac(self._seed, f"{profile}/{key}/{version}".encode())

    def code(self, profile: str, version: int, serial: str) -> bytes:
        """Make the code of a memory card."""
        ask = Ask(Purpose.CODE, profile, serial, version, CODE, profile_named(profile).security.code_size)
        return self._made_of(ask)

    def cipher(self, profile: str) -> CardCipher:
        """Give the cipher of a profile's cards."""
        return self._ciphers[profile_named(profile).security.cipher]

    def answer(self, ask: Ask) -> Granted | Lost:
        """Answer a question of a dialogue; of a version that it has not, it knows nothing."""
        if ask.key_version not in self._versions:
            return Lost(Told.NO_KEYS, f"version {ask.key_version}")
        if ask.purpose is Purpose.CHALLENGE:
            return Granted(self._dice(ask.size))
        return answered(ask, self._made_of(ask))

    def _made_of(self, ask: Ask) -> bytes:
        wanted, cipher = made_for(ask), self.cipher(ask.profile)
        key = self.card_key(ask.profile, ask.key, ask.key_version, ask.serial)
        if wanted.act is Act.MAC:
            return cipher.mac(key, wanted.message, wanted.size)
        return cipher.cryptogram(key, wanted.message)
