"""A profile: all that is known of a kind of card, read from its table in ``schemas/cards``.

A table is first held against the schema, then against itself: fields do not overlap, the plan ends with the
wallet, and every vector that stands in it comes out. So whoever adds a kind of card learns of his slip before
a card does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import schemas
from gateway.codecs.card.contents import content_of
from gateway.codecs.card.fault import ProfileFault
from gateway.codecs.card.frame import Frame
from gateway.codecs.card.layout import CardFile, Field
from gateway.codecs.card.profile_check import check_fields, check_itself
from schemas.shape import Misshapen, check_shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.codecs.card.contents import Value

#: The profiles that come with the product.
PROFILES: Final = ("gdw365", "powertill-cpu", "sle4442")

_FLAG: Final = 1


class Told(Enum):
    """What the operator is told of a card that does not do as it should; sentences are the pages' affair."""

    BUSY = "busy"
    CARD_FAULT = "card_fault"
    CARD_GONE = "card_gone"
    FEW_TRIES = "few_tries"
    GARBLED = "garbled"
    LOCKED = "locked"
    MISMATCH = "mismatch"
    NO_KEYS = "no_keys"
    NO_READER = "no_reader"
    NOT_AUTHORISED = "not_authorised"
    NOT_GENUINE = "not_genuine"
    NOT_ISSUED = "not_issued"
    OTHER_CARD = "other_card"
    READER_STUCK = "reader_stuck"
    STOPPED = "stopped"
    TOO_LATE = "too_late"
    UNFIT = "unfit"
    WORN_OUT = "worn_out"
    WRONG_CODE = "wrong_code"
    WRONG_MAC = "wrong_mac"


class Kind(Enum):
    """What is in the card."""

    CPU = "cpu"
    MEMORY = "memory"


class Credit(Enum):
    """What the amounts of a card are."""

    #: In Wh.
    ENERGY = "energy"
    #: In minor units of the utility's currency.
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Authentication:
    """Which key the card uses for it (P1, P2), and the bytes of challenge and cryptogram."""

    p1: int
    p2: int
    size: int


@dataclass(frozen=True, slots=True)
class Security:
    """How a card is opened and its commands are sealed. A memory card has a code and no authentications."""

    cipher: str
    mac_size: int
    tries_least: int
    tries_shown: bool = False
    challenge_size: int = 0
    internal: Authentication | None = None
    external: Authentication | None = None
    code_size: int = 0
    card_type: int = 0
    page_size: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """Where something stands on a card: a field of a file, or the same on all cards."""

    file: str = ""
    field: str = ""
    fixed: int | None = None


@dataclass(frozen=True, slots=True)
class Serial:
    """Where the card's own number stands: in the file, or ("" for a file) in the answer to reset."""

    file: str
    at: int
    size: int


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds for one command, one question to the keys, and the whole session."""

    command_s: int
    ask_s: int
    session_s: int


@dataclass(frozen=True, slots=True)
class Profile:
    """A kind of card. Make it with ``read_profile``."""

    name: str
    title: str
    kind: Kind
    credit: Credit
    atr: tuple[tuple[bytes, bytes], ...]
    serial: Serial
    key_version: Known
    system: Known | None
    select: tuple[tuple[int, int, bytes], ...]
    security: Security
    files: tuple[CardFile, ...]
    identity: CardFile
    wallet: CardFile
    returned: CardFile
    plan: tuple[tuple[str, CardFile], ...]
    verify: tuple[CardFile, ...]
    status: tuple[tuple[str, str, Told], ...]
    deadlines: Deadlines

    def __repr__(self) -> str:
        """Show which one it is."""
        return f"Profile({self.name})"

    def matches(self, atr: bytes) -> bool:
        """Is a card that answers so of this profile?"""
        return any(
            len(atr) == len(value) and all((a ^ v) & m == 0 for a, v, m in zip(atr, value, mask, strict=True))
            for value, mask in self.atr
        )

    def file(self, name: str) -> CardFile:
        """Give the file of this name, which the profile is known to have."""
        return next(file for file in self.files if file.name == name)

    def told(self, status: int) -> Told:
        """Say what the operator is told of a status word; one that is not in the table is a card's fault."""
        found = self._status(status)
        return Told.CARD_FAULT if found is None else found[2]

    def meaning(self, status: int) -> str:
        """Say what a status word means, for the log of a session."""
        found = self._status(status)
        return f"{status:04X}" if found is None else f"{status:04X}: {found[1]}"

    def _status(self, status: int) -> tuple[str, str, Told] | None:
        word = f"{status:04X}"
        exact = [row for row in self.status if row[0] == word]
        alike = [row for row in self.status if all(a in ("X", b) for a, b in zip(row[0], word, strict=True))]
        return next(iter(exact or alike), None)


@cache
def profile_named(name: str) -> Profile:
    """Give a profile of the product; FileNotFoundError for a name that is none."""
    return read_profile(schemas.load(f"cards/{name}.json"))


def read_profile(table: Mapping[str, Any]) -> Profile:
    """Read a profile from its table; raises ``ProfileFault``, which names the place."""
    check_schema(table)
    check_fields(table)
    kind, security = Kind(table["kind"]), _security(table["security"])
    files = {row["name"]: _file(row, kind, security) for row in table["files"]}
    check_itself(table, files)
    roles, serial, system = table["roles"], table["serial"], table.get("system")
    return Profile(
        name=table["name"],
        title=table["title"],
        kind=kind,
        credit=Credit(table["credit"]),
        atr=tuple((bytes.fromhex(row["value"]), bytes.fromhex(row["mask"])) for row in table["atr"]),
        serial=Serial("" if serial["from"] == "atr" else serial["from"], serial["at"], serial["size"]),
        key_version=Known(**table["key_version"]),
        system=None if system is None else Known(**system),
        select=tuple(
            (int(row["p1"], 16), int(row["p2"], 16), bytes.fromhex(row["id"]))
            for row in table.get("select", ())
        ),
        security=security,
        files=tuple(files.values()),
        identity=files[roles["identity"]],
        wallet=files[roles["wallet"]],
        returned=files[roles["returned"]],
        plan=tuple((row["do"], files[row["file"]]) for row in table["write"]),
        verify=tuple(files[name] for name in table["verify"]),
        status=tuple((word, row["meaning"], Told(row["told"])) for word, row in table["status"].items()),
        deadlines=Deadlines(**table["deadlines"]),
    )


def check_schema(table: object) -> None:
    """Refuse (``ProfileFault``) a table that is not of ``schemas/cards/card.schema.json``."""
    schema = schemas.load("cards/card.schema.json")
    try:
        check_shape(table, schema, schema, "profile")
    except Misshapen as fault:
        raise ProfileFault(fault.where, fault.what) from None


def _security(table: Mapping[str, Any]) -> Security:
    said = dict(table)
    for name in ("internal", "external"):
        if name in said:
            row = said[name]
            said[name] = Authentication(int(row["p1"], 16), int(row["p2"], 16), row["size"])
    if "card_type" in said:
        said["card_type"] = int(said["card_type"], 16)
    return Security(**said)


def _plain(default: Any) -> Value | None:  # noqa: ANN401 - a value of JSON
    return tuple(default) if isinstance(default, list) else default


def _file(row: Mapping[str, Any], kind: Kind, security: Security) -> CardFile:
    """Read a file. On a memory card the MAC stands behind what it seals, and behind it the flag of a slot."""
    is_sealed = row["read"] == "sealed"
    slots = tuple(row.get("slots", ()))
    trailer = security.mac_size + (_FLAG if slots else 0) if kind is Kind.MEMORY and is_sealed else 0
    frame = row.get("frame")
    return CardFile(
        name=row["name"],
        places=slots or tuple(row[key] for key in ("sfi", "address") if key in row),
        size=row["size"] - trailer,
        fields=tuple(
            Field(
                one["name"],
                one["at"],
                one["size"],
                content_of(one["codec"], one["size"], one),
                _plain(one.get("default")),
            )
            for one in row["fields"]
        ),
        frame=None if frame is None else Frame(int(frame["command"], 16), frame["length"]),
        is_sealed=is_sealed,
        update=row["update"],
        bound=bytes.fromhex(row.get("bound", "")),
        trailer=trailer,
    )
