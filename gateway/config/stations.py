"""The ``[stations]`` table of the configuration: the card stations' door, its authority, whose cards."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.config.listen import listen_of
from gateway.config.secret_file import secret_of

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.config.reader import Section
    from gateway.secret import Secret

STATIONS_KEYS: Final = (
    "listen", "hosts", "authority_file", "authority_key_file", "server_file", "server_key_file",
    "certificate_days", "system", "key_versions", "links_max",
    "idle_deadline_s",
)  # fmt: skip

CERTIFICATE_DAYS_MAX: Final = 825
"""The longest that the CA/Browser Forum once allowed any certificate to last: stations renew theirs."""

LINKS_MAX: Final = 4_096
"""Connections of stations at one time: a station has some eight."""

IDLE_S_MAX: Final = 3_600
"""Seconds of silence on a line: routers that keep count of lines have forgotten it by then."""

HOSTS_MAX: Final = 8
KEY_VERSIONS_MAX: Final = 8

_HOST: Final = re.compile(r"[A-Za-z0-9.:-]{1,253}")
_SYSTEM: Final = re.compile(r"[0-9]{0,8}")
_VERSION: Final = re.compile(r"[0-9]{1,3}")
_TCP: Final = ("tcp:", "tcp6:", "systemd:", "unix:")


@dataclass(frozen=True, slots=True)
class StationSettings:
    """Where stations connect to, and who they are known by.

    ``listen`` is without TLS in its name: the door speaks nothing else. ``hosts`` are the names and addresses
    that stations reach the centre by; they stand in the door's own certificate. That is made by the authority
    at each start, unless ``server_file`` and ``server_key`` are named. The files of the authority may not be
    there yet: ``powertill stations authority`` makes them. ``system`` is the utility's number on its cards,
    ``key_versions`` those of the master keys that are served. ``idle_deadline_s``: a line that was silent so
    long is closed; a station says that it is there each half minute.
    """

    listen: str
    hosts: tuple[str, ...]
    authority_file: Path
    authority_key_file: Path
    server_file: Path | None
    server_key: Secret | None
    certificate_days: int
    system: str
    key_versions: frozenset[int]
    links_max: int
    idle_deadline_s: int


def read_stations(section: Section, *, has_admin: bool) -> StationSettings:
    """Read the ``[stations]`` table; ConfigFault where half of the door's certificate is missing."""
    listen = listen_of(section)
    if not listen.startswith(_TCP):
        what = "is TLS in any case, with certificates of its own"
        raise section.fault("listen", what, 'write for example "tcp:8590"')
    if not has_admin:
        what = "people sign in at a station with what they have in the office's pages, and there are none"
        raise section.fault("", what, "add the table [admin]")
    if section.has("server_file") != section.has("server_key_file"):
        missing = "server_key_file" if section.has("server_file") else "server_file"
        raise section.fault(missing, "is missing beside the other one", "name both, or none")
    has_server = section.has("server_file")
    hosts = section.words("hosts", like=_HOST, must="a host name or an address", most=HOSTS_MAX)
    if not hosts and not has_server:
        what = "is missing: the door's certificate must name what stations connect to"
        raise section.fault("hosts", what, 'write for example hosts = ["till.example", "10.0.0.5"]')
    return StationSettings(
        listen=listen,
        hosts=hosts,
        authority_file=section.file("authority_file", "stations/authority.pem"),
        authority_key_file=section.file("authority_key_file", "stations/authority-key.pem"),
        server_file=section.file("server_file") if has_server else None,
        server_key=secret_of(section, "server_key_file") if has_server else None,
        certificate_days=section.whole("certificate_days", 365, least=1, most=CERTIFICATE_DAYS_MAX),
        system=section.text("system", like=_SYSTEM, must="up to 8 digits in quotes"),
        key_versions=_key_versions(section),
        links_max=section.whole("links_max", 256, least=1, most=LINKS_MAX),
        idle_deadline_s=section.whole("idle_deadline_s", 90, least=1, most=IDLE_S_MAX),
    )


def _key_versions(section: Section) -> frozenset[int]:
    said = section.words(
        "key_versions", like=_VERSION, must="a version of the master keys, in quotes", most=KEY_VERSIONS_MAX
    )
    if not said:
        raise section.fault("key_versions", "is missing", 'write for example key_versions = ["1"]')
    return frozenset(int(one) for one in said)
