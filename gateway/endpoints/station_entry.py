"""A station and its cashier come in: a certificate for a code, the next one, the heartbeat, signing in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.core.station_status import ReaderStatus, StationStatus
from gateway.core.timeline import microseconds
from gateway.endpoints.station_needs import Proven, Turned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.endpoints.station_needs import Caller, StationDoor

    Said = dict[str, Any]  # JSON


async def enrol(door: StationDoor, address: str, asked: Mapping[str, Any]) -> Said | Turned:
    """Let a station in by its code; nobody has a certificate here yet."""
    made = await door.desk.enrol(asked["code"], asked["csr"], address)
    if isinstance(made, Turned):
        return made
    return {
        "station": made.station,
        "certificate": made.pem,
        "authority": door.authority_pem,
        "ends_us": made.ends_us,
    }


async def renew(door: StationDoor, caller: Caller, asked: Mapping[str, Any]) -> Said | Turned:
    """Give the next certificate."""
    made = await door.desk.renew(caller.known, asked["csr"], caller.address)
    if isinstance(made, Turned):
        return made
    return {"certificate": made.pem, "ends_us": made.ends_us}


async def hello(door: StationDoor, caller: Caller, asked: Mapping[str, Any]) -> Said:
    """Hear how the station stands, and tell it where it is and what it sells by."""
    known, at_us = caller.known, microseconds(door.now())
    certificate = known.certificate
    readers = tuple(ReaderStatus(one["name"], one["state"]) for one in asked["readers"])
    door.heard.hear(
        StationStatus(
            station=caller.station,
            heard_us=at_us,
            address=caller.address,
            version=asked["version"],
            readers=readers,
            unfinished=asked["unfinished"],
            clock_us=asked["clock_us"],
            certificate=certificate.number,
            ends_us=certificate.ends_us,
        )
    )
    return {
        "station": caller.station,
        "name": known.station.name,
        "branch": known.branch_name,
        "time_us": at_us,
        "currency": door.rules.currency,
        "zone": str(door.rules.zone),
        "system": door.system.number,
        "key_versions": sorted(door.system.key_versions),
        "certificate_ends_us": certificate.ends_us,
        "is_open": known.station.is_open,
    }


async def sign_in(door: StationDoor, caller: Caller, asked: Mapping[str, Any]) -> Said | Turned:
    """Let a cashier in, with what she signs in with in the office."""
    proven = Proven(asked["login"], asked["password"], asked.get("code", ""))
    begun = await door.desk.sign_in(caller.station, proven, caller.address)
    if isinstance(begun, Turned):
        return begun
    clerk = begun.clerk
    return {
        "session": begun.secret,
        "login": clerk.login,
        "name": clerk.name,
        "language": clerk.language,
        "has_shift": clerk.sits_at == caller.station,
    }


async def sign_out(door: StationDoor, caller: Caller, asked: Mapping[str, Any]) -> Said:  # noqa: ARG001 - as every question
    """End her session."""
    await door.desk.sign_out(caller.station, caller.cashier, caller.address)
    return {}
