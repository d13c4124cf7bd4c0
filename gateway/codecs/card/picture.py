"""What a card shows when it is read, and what is to be loaded; what the books say of it: ``core/card``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.codecs.card.contents import Value
    from gateway.codecs.card.profile import Profile


@dataclass(frozen=True, slots=True)
class Wallet:
    """An amount (as ``Profile.credit`` says), and the number of the purchase that it is of."""

    amount: int
    count: int


@dataclass(frozen=True, slots=True)
class Returned:
    """What the meter wrote back when the card was in it last; ``values`` has all of the profile's fields."""

    meter_no: str
    customer_no: str
    remaining: int
    count: int
    values: Mapping[str, Value] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Opened:
    """Which card it is. ``tries_left`` None: the card does not say."""

    serial: str
    key_version: int
    system: str
    tries_left: int | None


@dataclass(frozen=True, slots=True)
class Picture:
    """A card as it was read.

    A part that was never written is None. ``garbled`` names the files that hold something which is no record:
    a card that was pulled out while it was written, or while a meter wrote. ``raw`` has the bytes of each
    file.
    """

    profile: str
    opened: Opened
    identity: Mapping[str, Value] | None
    wallet: Wallet | None
    returned: Returned | None
    garbled: tuple[str, ...] = ()
    raw: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def serial(self) -> str:
        """The card's own number, in hex."""
        return self.opened.serial

    @property
    def is_blank(self) -> bool:
        """Has no customer ever been written on it?"""
        return self.identity is None and not self.garbled and (self.wallet is None or not self.wallet.count)


@dataclass(frozen=True, slots=True)
class Loading:
    """What is to be written: one purchase for one customer's meter, on this card and on no other.

    ``subtype`` is open, purchase or supplement. ``more`` are further fields of the identity, such as an
    alarm.
    """

    serial: str
    subtype: str
    meter_no: str
    customer_no: str
    amount: int
    count: int
    more: Mapping[str, Value] = field(default_factory=dict)

    def records(self, profile: Profile) -> dict[str, bytes]:
        """Say what each file of a customer's will hold, by its name; raises ``ValueFault``."""
        return {name: profile.file(name).write(said) for name, said in self.values(profile).items()}

    def values(self, profile: Profile) -> dict[str, dict[str, Value]]:
        """Say what becomes of each file of a customer's, by its name."""
        known: dict[str, Value] = {
            "subtype": self.subtype, "meter_no": self.meter_no, "customer_no": self.customer_no,
            "amount": self.amount, "count": self.count, **self.more,
        }  # fmt: skip
        files = {file.name: file for file in (profile.identity, profile.wallet)}
        return {
            name: {one.name: known[one.name] for one in file.fields if one.name in known}
            for name, file in files.items()
        }
