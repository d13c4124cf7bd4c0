"""Holds a profile against itself: what a schema cannot say of it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from gateway.codecs.card.fault import PeerFault, ProfileFault, ValueFault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.codecs.card.layout import CardFile

#: Bytes of the memory cards that are known here: one byte of address reaches so far.
MEMORY_MAX: Final = 256

_NEEDS: Final = {
    "cpu": ("challenge_size", "internal", "external"),
    "memory": ("code_size", "card_type", "page_size"),
}
_ROLE_FIELDS: Final = {
    "identity": ("meter_no", "customer_no", "subtype"),
    "wallet": ("amount", "count"),
    "returned": ("meter_no", "customer_no", "remaining", "count"),
}
_CODEC_NEEDS: Final = {"choice": "words", "flags": "bits"}
_CODEC_SIZES: Final = {"flags": 1, "moment": 5}
SUBTYPES: Final = frozenset({"open", "purchase", "supplement"})
"""The three kinds of a customer's card, which every profile must be able to say."""


def check_fields(table: Mapping[str, Any]) -> None:
    """Refuse (``ProfileFault``) fields whose codec lacks what it needs, before any is made of them."""
    for place, row in enumerate(table["files"]):
        for field in row["fields"]:
            _check_field(field, f"profile.files[{place}].{field['name']}")


def check_itself(table: Mapping[str, Any], files: Mapping[str, CardFile]) -> None:
    """Refuse (``ProfileFault``) a table that describes no card with which can be sold."""
    if len(files) != len(table["files"]):
        raise ProfileFault("profile.files", "two files have one name")
    _check_atr(table)
    for need in _NEEDS[table["kind"]]:
        if need not in table["security"]:
            raise ProfileFault(f"profile.security.{need}", f"is missing; a {table['kind']} card needs it")
    for place, row in enumerate(table["files"]):
        _check_file(files[row["name"]], f"profile.files[{place}]")
    _check_places(table["kind"], files)
    _check_names(table, files)
    _check_plan(table, files)
    for place, row in enumerate(table["files"]):
        _check_vectors(row, files[row["name"]], f"profile.files[{place}]")


def _check_atr(table: Mapping[str, Any]) -> None:
    for place, row in enumerate(table["atr"]):
        if len(row["value"]) != len(row["mask"]) or not row["value"]:
            raise ProfileFault(f"profile.atr[{place}]", "value and mask must be equally long, and not empty")
        serial = table["serial"]
        if serial["from"] == "atr" and 2 * (serial["at"] + serial["size"]) > len(row["value"]):
            raise ProfileFault("profile.serial", "reaches beyond the answer to reset")


def _check_file(file: CardFile, where: str) -> None:
    ordered = sorted(file.fields, key=lambda field: field.at)
    for field in ordered:
        if field.at < file.body.start or field.end > file.body.stop:
            raise ProfileFault(
                f"{where}.{field.name}", f"does not fit in bytes {file.body.start} to {file.body.stop - 1}"
            )
    for before, after in pairwise(ordered):
        if before.end > after.at:
            raise ProfileFault(f"{where}.{after.name}", f"overlaps {before.name}")
    if len({field.name for field in file.fields}) != len(file.fields):
        raise ProfileFault(f"{where}.fields", "two fields have one name")
    if file.frame is not None and file.frame.length == "bcd1" and len(file.body) > 99:  # noqa: PLR2004 - two digits
        raise ProfileFault(f"{where}.frame", "a length of two digits says 99 at the most")


def _check_field(field: Mapping[str, Any], where: str) -> None:
    codec = field["codec"]
    need, size = _CODEC_NEEDS.get(codec), _CODEC_SIZES.get(codec)
    if need is not None and need not in field:
        raise ProfileFault(f"{where}.{need}", f"is missing; {codec} needs it")
    if size is not None and field["size"] != size:
        raise ProfileFault(f"{where}.size", f"must be {size} for {codec}")
    if any(len(key) != 2 * field["size"] for key in field.get("words", ())):
        raise ProfileFault(f"{where}.words", f"must be of {field['size']} bytes each")


def _check_places(kind: str, files: Mapping[str, CardFile]) -> None:
    if kind == "cpu":
        taken = [place for file in files.values() for place in file.places]
        if any(len(file.places) != 1 for file in files.values()) or len(set(taken)) != len(taken):
            raise ProfileFault("profile.files", "each file of a CPU card has one sfi of its own")
        return
    spans = sorted(
        (place, place + file.size + file.trailer, file.name)
        for file in files.values()
        for place in file.places
    )
    if any(not file.places for file in files.values()):
        raise ProfileFault("profile.files", "each file of a memory card has an address, or two slots")
    for (_, end, first), (begin, _, second) in pairwise(spans):
        if end > begin:
            raise ProfileFault("profile.files", f"{first} and {second} overlap")
    if spans[-1][1] > MEMORY_MAX:
        raise ProfileFault("profile.files", f"{spans[-1][2]} ends beyond byte {MEMORY_MAX - 1}")


def _check_names(table: Mapping[str, Any], files: Mapping[str, CardFile]) -> None:
    """Each place that names a file, or a field of one, names one that is there."""
    for role, needed in _ROLE_FIELDS.items():
        name = table["roles"][role]
        if name not in files or not files[name].has(*needed):
            raise ProfileFault(f"profile.roles.{role}", f"must be a file with {', '.join(needed)}")
    rows = {row["name"]: row for row in table["files"]}
    subtype = next(one for one in rows[table["roles"]["identity"]]["fields"] if one["name"] == "subtype")
    if set(subtype.get("words", {}).values()) != SUBTYPES:
        raise ProfileFault("profile.files.subtype", f"must be a choice of {', '.join(sorted(SUBTYPES))}")
    serial = table["serial"]
    if serial["from"] != "atr" and (
        serial["from"] not in files or serial["at"] + serial["size"] > files[serial["from"]].size
    ):
        raise ProfileFault("profile.serial", "must be atr, or stand in a file")
    for key in ("key_version", "system"):
        known = table.get(key, {"fixed": 0})
        is_field = known.get("file") in files and files[known["file"]].has(known.get("field", ""))
        if is_field == ("fixed" in known):
            raise ProfileFault(f"profile.{key}", "must be either a field of a file or a fixed number")


def _check_plan(table: Mapping[str, Any], files: Mapping[str, CardFile]) -> None:
    roles, plan = table["roles"], table["write"]
    for place, step in enumerate(plan):
        where = f"profile.write[{place}]"
        if step["file"] not in files or files[step["file"]].update == "never":
            raise ProfileFault(where, "must name a file that can be updated")
        if step["do"] == "void" and table["kind"] == "memory":
            raise ProfileFault(where, "is for CPU cards: a sealed record is written as a whole")
        if step["do"] == "void" and (
            not files[step["file"]].has("count") or len(files[step["file"]].places) > 1
        ):
            raise ProfileFault(where, "can void a file that has a count and one place")
    wallet = files[roles["wallet"]]
    # A plan in which anything follows the wallet leaves, when torn, a new count beside an old identity.
    if plan[-1] != {"do": "write", "file": roles["wallet"]}:
        raise ProfileFault("profile.write", "must end with writing the wallet")
    if {"do": "write", "file": roles["identity"]} not in plan or {
        "do": "clear",
        "file": roles["returned"],
    } not in plan:
        raise ProfileFault("profile.write", "must clear what was returned, and write the identity")
    if table["kind"] == "memory" and len(wallet.places) == 1:
        raise ProfileFault(
            "profile.roles.wallet", "must be kept twice on a memory card: one copy is always whole"
        )
    # What is written byte by byte must have its amount before the count that makes it good.
    if wallet.field("amount").at > wallet.field("count").at:
        raise ProfileFault("profile.files.count", "must stand behind the amount")
    if not {roles["identity"], roles["wallet"]} <= set(table["verify"]) <= set(files):
        raise ProfileFault(
            "profile.verify", "must name the identity and the wallet, and only files that are there"
        )


def _check_vectors(row: Mapping[str, Any], file: CardFile, where: str) -> None:
    for field in row["fields"]:
        content = file.field(field["name"]).content
        for place, vector in enumerate(field.get("vectors", ())):
            raw, value = bytes.fromhex(vector["hex"]), _plain(vector["value"])
            _hold(f"{where}.{field['name']}.vectors[{place}]", content.read, raw, value)
            _hold(f"{where}.{field['name']}.vectors[{place}]", content.write, vector["value"], raw)
    for place, vector in enumerate(row["vectors"]):
        raw, values = (
            bytes.fromhex(vector["hex"]),
            {key: _plain(one) for key, one in vector["values"].items()},
        )
        _hold(f"{where}.vectors[{place}]", file.read, raw, values)
        _hold(f"{where}.vectors[{place}]", file.write, vector["values"], raw)


def _hold(where: str, act: Any, given: object, wanted: object) -> None:  # noqa: ANN401 - read or write, of either
    try:
        got = act(given)
    except (PeerFault, ValueFault, ValueError) as fault:
        raise ProfileFault(where, f"does not come out: {fault}") from None
    if got != wanted:
        raise ProfileFault(where, "does not come out as it stands there")


def _plain(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value
