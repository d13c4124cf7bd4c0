"""``powertill init``: a new gateway in a new folder, ready to start."""

from __future__ import annotations

import argparse
import re
import secrets
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from adapters.db.owner import GATEWAY_ROLE, make_role, require_new, upgrade, url_for
from adapters.db.registry import Registry
from gateway.assembly.commands.open_books import database_faults_as_answers
from gateway.assembly.commands.terminal import CommandFault, out
from gateway.assembly.parts import build_database
from gateway.assembly.town import TOWN_VENDING_KEY, enter_town
from gateway.config import VENDING_KEY_BYTES, ConfigFault, load_config
from gateway.config.admin import ADMIN_SECRET_BYTES
from gateway.config.ledger import owner_url
from gateway.core.chain import SECRET_BYTES
from gateway.core.meter import Carrier, MeterState
from gateway.secret import write_secret
from gateway.simulators.town import Town, demo_town

if TYPE_CHECKING:
    from gateway.assembly.commands.terminal import Commands

#: Random bytes of the password for PostgreSQL: nobody ever types it.
_PASSWORD_BYTES: Final = 24

#: Stands in a new configuration until the operator's own is written there.
_SUPPLY_GROUP: Final = "100001"

_CONFIG = """\
# Powertill. What each key means: docs/configuration.md. Relative paths begin
# where this file is; secrets stand in files of their own, with mode 0600.

[utility]
name = "{name}"
currency = "CNY"                # ISO 4217
timezone = "Asia/Shanghai"      # IANA; token ids and tariff months follow it
cut_over = "00:00"              # when the business day begins

[database]
{database}

# The journal is sealed with this key; whoever has a copy of it elsewhere can prove
# that nothing in the books was changed. heads_file is best on another machine.
[ledger]
chain_key_file = "keys/chain.hex"
heads_file = "var/heads.jsonl"

# The key that tokens are made with. {key_remark}
[[vending_key]]
sgc = "{sgc}"                  # supply group code
krn = 1                         # key revision number
file = "keys/{sgc}-1.hex"      # 40 hexadecimal digits

[[bank]]
code = "east"
name = "East Bank"
profile = "default"             # default, binary87, altopay, or a JSON file
listen = "tcp:8583:interface=127.0.0.1"
# acquirers = ["01020304"]      # DE32 of those who may pay; without it: any
covered = false                 # true: sells only what its float covers
least = "1.00"                  # the smallest and the largest payment
most = "5000.00"

[health]
listen = "tcp:9583:interface=127.0.0.1"    # /health and /metrics

# The office's pages. On loopback only a browser of this machine gets there, or a
# proxy here that ends TLS; origin is what browsers call the pages.
[admin]
listen = "tcp:8443:interface=127.0.0.1"
origin = "http://127.0.0.1:8443"           # behind a proxy: https://its.name
secret_file = "keys/admin.hex"

[log]
level = "info"
# file = "var/powertill.log"    # without it: standard error

[pricing]
flat_rate = "0.5500"            # per kWh, for: powertill serve --run prepayment
"""
_FIRST_PERSON = 'powertill staff add-administrator LOGIN --name "YOUR NAME"'
_TOWN_REMARK = "This one is public: for the town's test meters only."
_OWN_REMARK = "This one was\n# drawn for you; write the code of your supply group and its key here."

_EXAMPLES = """\
DIR must be new or empty.

examples:
  powertill init shop           a gateway with a fresh key and empty books
  powertill init shop --town    with test customers, meters and tariffs
  powertill init shop --database-url postgresql://postgres@localhost/powertill
                                books on a server; the owner's password comes
                                from PGPASSWORD or ~/.pgpass
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("init", help="make a new gateway in a folder", epilog=_EXAMPLES)
    parser.add_argument("folder", metavar="DIR", type=Path, help="a new or empty folder")
    parser.add_argument("--town", action="store_true", help="enter the demo town, with its test key")
    parser.add_argument(
        "--database-url",
        metavar="URL",
        help="PostgreSQL, as its owner reaches it: postgresql://OWNER@HOST/NAME",
    )
    parser.add_argument(
        "--role",
        default=GATEWAY_ROLE,
        type=_role,
        help=f"the role that the gateway logs in with (default: {GATEWAY_ROLE})",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the configuration, the key and the books, and say what to do next."""
    folder: Path = arguments.folder
    town = demo_town() if arguments.town else None
    _require_empty(folder)
    server = None if arguments.database_url is None else _owner_url(arguments.database_url)
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    if server is not None:
        with database_faults_as_answers():
            upgrade(server, datetime.now(UTC).date())
            require_new(server)
            make_role(server, arguments.role, password.encode())
    try:
        file = _write(folder, town, None if server is None else url_for(server, arguments.role), password)
    except OSError as fault:
        raise CommandFault(f"DIR: {fault.filename}: {fault.strerror}; cure: name another folder") from None
    with database_faults_as_answers():
        database = build_database(load_config(str(file)))
    if town is not None:
        enter_town(Registry(database), town)
    database.dispose()
    out(*_said(folder, town, on_server=server is not None))
    return 0


def _require_empty(folder: Path) -> None:
    try:
        if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
            return
    except OSError as fault:
        raise CommandFault(f"DIR: {folder}: {fault.strerror}; cure: name another folder") from None
    what = "is not empty" if folder.is_dir() else "is not a folder"
    raise CommandFault(f"DIR: {folder} {what}; cure: name a new folder, nothing is overwritten")


def _owner_url(url: str) -> str:
    try:
        return owner_url(url, "--database-url")
    except ConfigFault as fault:
        raise CommandFault(str(fault)) from None


def _role(text: str) -> str:
    if re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", text) is None:
        raise argparse.ArgumentTypeError("must be up to 63 of a-z, 0-9 and _, no digit first")
    return text


def _write(folder: Path, town: Town | None, server: str | None, password: str) -> Path:
    """Write the folders, the key files and the configuration; give the configuration's path."""
    for part in (folder / "keys", folder / "var"):
        part.mkdir(mode=0o700, parents=True)
    sgc = _SUPPLY_GROUP if town is None else town.sgc
    key = secrets.token_bytes(VENDING_KEY_BYTES) if town is None else TOWN_VENDING_KEY
    write_secret(folder / "keys" / f"{sgc}-1.hex", key.hex())
    write_secret(folder / "keys" / "chain.hex", secrets.token_hex(SECRET_BYTES))
    write_secret(folder / "keys" / "admin.hex", secrets.token_hex(ADMIN_SECRET_BYTES))
    database = 'url = "sqlite:///var/powertill.db"'
    if server is not None:
        write_secret(folder / "keys" / "database-password", password)
        database = f'url = "{server}"\npassword_file = "keys/database-password"'
    file = folder / "powertill.toml"
    name = "My Utility" if town is None else "Riverside Power"
    key_remark = _OWN_REMARK if town is None else _TOWN_REMARK
    text = _CONFIG.format(name=name, sgc=sgc, key_remark=key_remark, database=database)
    file.write_text(text, encoding="utf-8")
    return file


def _said(folder: Path, town: Town | None, *, on_server: bool) -> list[str]:
    file = shlex.quote(str(folder / "powertill.toml"))
    lines = [
        f"A gateway is in {folder}:",
        "  powertill.toml   the configuration",
        "  keys/            the keys of tokens, journal and pages, for your eyes only",
        "  var/             copies of the journal's head; the books are on the server"
        if on_server
        else "  var/             the books",
    ]
    if town is None:
        return [
            *lines,
            "",
            "Next:",
            f"  1. read {file} and make it yours:",
            "     the name, the currency, the zone, the supply group and its key, the bank",
            "  2. make the office's first person, who lets the others in:",
            f"     {_FIRST_PERSON} --config {file}",
            "  3. start it:",
            f"     powertill serve --config {file}",
        ]
    meter = next(m for m in town.meters if m.state is MeterState.ACTIVE and m.carrier is Carrier.TOKEN)
    return [
        *lines,
        "",
        f"The town has {len(town.customers)} customers and {len(town.meters)} meters, all for trying out.",
        "",
        "Next:",
        "  1. make the office's first person, who lets the others in:",
        f"     {_FIRST_PERSON} --config {file}",
        "  2. start it:",
        f"     powertill serve --config {file}",
        "  3. in another terminal, be a bank:",
        f"     powertill bank-sim --port 8583 pay {meter.drn} 100.00",
        "  4. stop the gateway, and look at the books:",
        f"     powertill check --config {file}",
    ]
