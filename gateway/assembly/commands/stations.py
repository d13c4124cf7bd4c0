"""``powertill stations …``: the authority of card stations, letting one in, shutting one out."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from adapters.keys.no_core import forbid_cores
from adapters.keys.station_authority import new_authority
from gateway.assembly.commands.open_books import add_config, config_of, open_views
from gateway.assembly.commands.staff_words import add_command, code_argument, given
from gateway.assembly.commands.terminal import CommandFault, CommandParser, harmless, out
from gateway.core.authority import Function
from gateway.core.station_certificate import code_digest, drawn_code
from gateway.core.timeline import microseconds, moment_of
from gateway.core.views_stations import StationCertificates
from gateway.office.keep_certificates import MakeStationCode, RevokeCertificate
from gateway.secret import write_secret

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from gateway.assembly.commands.terminal import Commands
    from gateway.config import Config
    from gateway.config.stations import StationSettings
    from gateway.core.station_certificate import StationCertificate

_EXAMPLES: Final = """\
A card station is let in once by a code, and known by its certificate from then on.

first steps:
  powertill stations authority
  powertill staff station n1 "Counter 1" --branch north
  powertill stations code n1
"""
_AUTHORITY: Final = """\
Makes the two files that [stations] names: the authority's certificate, which
stations are given, and its key, which only the gateway's user may read. Keep a
copy of both elsewhere. What is there is never overwritten.
"""
_CODE: Final = """\
The code is shown once. It lets one station in, once, within half an hour.
"""
_REVOKE: Final = """\
The certificate is dead at the station's next request. What the station has
begun to write on a card is finished at another one.
"""

#: Random bytes for each letter of a code: by so many no letter is likelier than another.
_OCTETS_EACH: Final = 8
_LETTERS: Final = 16

_COLUMNS: Final = "{:<40}  {:<12}  {:<17}  {:<17}  {}"


def add_to(commands: Commands) -> None:
    """Add the group to the parser."""
    group = commands.add_parser(
        "stations", help="card stations: let them in, shut them out", epilog=_EXAMPLES
    )
    kinds = group.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=CommandParser
    )
    authority = kinds.add_parser(
        "authority", help="make the authority that signs certificates", epilog=_AUTHORITY
    )
    add_config(authority)
    authority.set_defaults(run=run_authority)
    listing = kinds.add_parser("list", help="certificates, the newest first")
    add_config(listing)
    listing.add_argument("--station", metavar="CODE", type=code_argument, help="of this one only")
    listing.set_defaults(run=run_list)
    code = add_command(kinds, "code", "make the code that lets a station in", _CODE, run_code)
    code.add_argument("station", metavar="STATION", type=code_argument, help="the station's code")
    revoke = add_command(kinds, "revoke", "take a certificate back", _REVOKE, run_revoke)
    revoke.add_argument("number", metavar="NUMBER", help="its number, as the list shows it")


def run_authority(arguments: argparse.Namespace) -> int:
    """Make the authority's files."""
    config = config_of(arguments)
    settings = _settings(config)
    forbid_cores()
    for file in (settings.authority_key_file, settings.authority_file):
        if file.exists():
            raise CommandFault(
                f"{file} is there already, and is not overwritten; cure: take it away yourself"
            )
    made = new_authority(config.utility.name, datetime.now(UTC))
    try:
        settings.authority_key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_secret(settings.authority_key_file, made.key.decode().strip())
        _write_plain(settings.authority_file, made.certificate)
    except OSError as fault:
        raise CommandFault(f"{fault.filename}: {fault.strerror}; cure: run as the gateway's user") from None
    out(
        f"Certificate   {settings.authority_file}",
        f"Key           {settings.authority_key_file} (for the gateway alone; keep a copy elsewhere)",
    )
    return 0


def run_list(arguments: argparse.Namespace) -> int:
    """Show the certificates."""
    config = config_of(arguments)
    with open_views(config) as views:
        found = views.rows(StationCertificates(station=arguments.station or ""))
    if not found:
        out("no station has a certificate yet")
        return 0
    out(_COLUMNS.format("Number", "Station", "Issued", "Ends", "State"))
    at_us = microseconds(datetime.now(UTC))
    for one in found:
        moments = (_said(config, us) for us in (one.issued_us, one.ends_us))
        out(_COLUMNS.format(one.number, one.station, *moments, _state(one, at_us)))
    return 0


def run_code(arguments: argparse.Namespace) -> int:
    """Make a code, and show it once."""
    config, station = config_of(arguments), arguments.station
    _settings(config)
    code = drawn_code(secrets.token_bytes(_OCTETS_EACH * _LETTERS))
    order = partial(MakeStationCode, station=station, code=code_digest(code))
    given(arguments, config, Function.STATIONS, station, order)
    out(f"Station       {station}", f"Code          {code} (shown once; half an hour, one use)")
    return 0


def run_revoke(arguments: argparse.Namespace) -> int:
    """Take a certificate back."""
    config, number = config_of(arguments), arguments.number.lower()
    given(arguments, config, Function.STATIONS, number[:40], partial(RevokeCertificate, number=number))
    out(f"Certificate   {harmless(number)} taken back")
    return 0


def _settings(config: Config) -> StationSettings:
    if config.stations is None:
        raise CommandFault(f"{config.file}: there is no table [stations]; cure: see docs/stations.md")
    return config.stations


def _write_plain(file: Path, octets: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(octets)


def _said(config: Config, at_us: int) -> str:
    return moment_of(at_us).astimezone(config.utility.zone).strftime("%Y-%m-%d %H:%M")


def _state(one: StationCertificate, at_us: int) -> str:
    if one.revoked_us is not None:
        return f"taken back by {harmless(one.revoked_by)}"
    return "stands" if one.stands(at_us) else "is over"
