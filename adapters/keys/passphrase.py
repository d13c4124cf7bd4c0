"""From a passphrase to the key that seals a file: argon2id (RFC 9106), so that each guess is dear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from argon2.low_level import Type, hash_secret_raw

SALT_OCTETS: Final = 16
SEALING_KEY_OCTETS: Final = 32

PASSPHRASE_OCTETS_MIN: Final = 16
"""A shorter one is guessed in spite of everything below, and the configuration takes none. Four words of a
dice list have some twenty."""

PASSPHRASE_OCTETS_MAX: Final = 1_024
"""More is no passphrase but a file."""

MEMORY_KIB_MIN: Final = 8 * 1_024
MEMORY_KIB_MAX: Final = 1_024 * 1_024
"""A file may come from anybody, and what it asks for is spent before its first octet can be judged."""

PASSES_MAX: Final = 16
LANES_MAX: Final = 16


@dataclass(frozen=True, slots=True)
class Argon2Cost:
    """What one guess costs. A cost that is none, or that no honest file asks for, is a ValueError."""

    memory_kib: int
    passes: int
    lanes: int

    def __post_init__(self) -> None:
        """Refuse what lies outside of the limits above."""
        if not (
            MEMORY_KIB_MIN <= self.memory_kib <= MEMORY_KIB_MAX
            and 1 <= self.passes <= PASSES_MAX
            and 1 <= self.lanes <= LANES_MAX
        ):
            msg = (
                f"argon2id is used with {MEMORY_KIB_MIN} to {MEMORY_KIB_MAX} KiB,"
                f" 1 to {PASSES_MAX} passes and 1 to {LANES_MAX} lanes"
            )
            raise ValueError(msg)


RECOMMENDED: Final = Argon2Cost(memory_kib=64 * 1_024, passes=3, lanes=4)
"""RFC 9106, section 4, second recommended option: 64 MiB and a fraction of a second."""


class PassphraseTooShort(ValueError):  # noqa: N818 - a refusal, said to the operator as it is
    """The passphrase is too short, or too long, to seal anything with."""


def refuse_weak(passphrase: bytes) -> None:
    """Raise PassphraseTooShort for a passphrase that must not seal a new file."""
    if not PASSPHRASE_OCTETS_MIN <= len(passphrase) <= PASSPHRASE_OCTETS_MAX:
        raise PassphraseTooShort(
            f"a passphrase has {PASSPHRASE_OCTETS_MIN} to {PASSPHRASE_OCTETS_MAX} characters"
        )


def sealing_key(passphrase: bytes, salt: bytes, cost: Argon2Cost) -> bytes:
    """Return the 32 octets that seal and open; it takes as long as the cost says, and blocks."""
    return hash_secret_raw(
        passphrase[: PASSPHRASE_OCTETS_MAX + 1],
        salt,
        time_cost=cost.passes,
        memory_cost=cost.memory_kib,
        parallelism=cost.lanes,
        hash_len=SEALING_KEY_OCTETS,
        type=Type.ID,
    )
