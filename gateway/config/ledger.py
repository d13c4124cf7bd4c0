"""The ``[database]`` and ``[ledger]`` tables of the configuration: where the books are, what seals them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit

from gateway.config.reader import ConfigFault
from gateway.config.secret_file import hex_secret, secret_of
from gateway.core.chain import SECRET_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.config.reader import Section
    from gateway.secret import Secret

LEDGER_KEYS: Final = ("chain_key_file", "heads_file", "heads_every_minutes", "close_after_minutes")

#: Where the chain's key is, when the configuration does not say.
CHAIN_KEY: Final = "keys/chain.hex"

_HOLDS_PASSWORD: Final = "holds a password"  # noqa: S105 - a sentence

#: What libpq is told by the URL; everything else is ours to decide.
_URL_OPTIONS: Final = frozenset({"host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey"})

_EXAMPLES: Final = (
    'write "sqlite:///var/powertill.db" or "postgresql://powertill_gateway@localhost/powertill"'
)


@dataclass(frozen=True, slots=True)
class LedgerSettings:
    """The chain's secret; where its head is copied to, and how often (minutes), or None for nowhere.

    ``close_after_minutes``: so long after its last cut-over a day is closed, or None where a person does it.
    """

    chain_key: Secret
    heads_file: Path | None
    heads_every_minutes: int
    close_after_minutes: int | None = None


def read_ledger(section: Section) -> LedgerSettings:
    """Read the ``[ledger]`` table; ConfigFault where the chain's key is missing or is no key."""
    # Once an hour: what is cut off behind the last copied head cannot be told from what never was.
    every = section.whole("heads_every_minutes", 60, least=1, most=1_440)
    if not section.has("chain_key_file") and not section.file("chain_key_file", CHAIN_KEY).exists():
        raise section.fault(
            "chain_key_file",
            f"{CHAIN_KEY} is not there: the journal is sealed with this key",
            f"openssl rand -hex {SECRET_BYTES} > {CHAIN_KEY}; chmod 600 {CHAIN_KEY}; keep a copy elsewhere",
        )
    close_after = None
    if section.has("close_after_minutes"):
        # What comes late is booked in the next day; after a day and a night nobody waits for it any more.
        close_after = section.whole("close_after_minutes", None, least=0, most=1_440)
    key = hex_secret(section, "chain_key_file", SECRET_BYTES, CHAIN_KEY)
    if not section.has("heads_file"):
        return LedgerSettings(key, None, every, close_after)
    file = section.file("heads_file")
    if not file.parent.is_dir():
        raise section.fault("heads_file", f"the folder {file.parent} is not there", f"mkdir -p {file.parent}")
    return LedgerSettings(key, file, every, close_after)


def database_url(section: Section) -> str:
    """Read where the books are: a file, or a database of PostgreSQL's; ConfigFault for anything else."""
    url = section.text("url", "sqlite:///var/powertill.db")
    if url.startswith(("postgresql:", "postgres:")):
        return _postgresql_url(section, url)
    kind, slashes, name = url.partition(":///")
    # The URL itself is not said again: one for a server may carry a password.
    if kind != "sqlite" or not slashes or not name or set(name) & set("?#"):
        raise section.fault("url", "must be sqlite:///FILE or postgresql://USER@HOST/NAME", _EXAMPLES)
    file = section.source.folder / name
    if not file.parent.is_dir():
        raise section.fault("url", f"the folder {file.parent} is not there", f"mkdir -p {file.parent}")
    return f"sqlite:///{file}"


def database_password(section: Section) -> Secret | None:
    """Read the password for PostgreSQL, if there is one: the server may know its peers without."""
    return secret_of(section, "password_file") if section.has("password_file") else None


def owner_url(url: str, option: str) -> str:
    """Judge a URL from the command line; ConfigFault names the option."""
    wrong = _wrong(url)
    if wrong is not None:
        what, cure = wrong
        if what == _HOLDS_PASSWORD:
            cure = "take it out: everybody can read it there; set PGPASSWORD, or write it into ~/.pgpass"
        raise ConfigFault("", option, what, cure)
    return url


def _postgresql_url(section: Section, url: str) -> str:
    wrong = _wrong(url)
    if wrong is not None:
        raise section.fault("url", *wrong)
    return url


def _wrong(url: str) -> tuple[str, str] | None:
    """Say what is wrong with a URL of PostgreSQL's, and the cure; None when nothing is."""
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme == "postgresql" and len(parts.path) > 1 and not parts.fragment
        password, _port = parts.password, parts.port
    except ValueError:
        return "is no URL", _EXAMPLES
    if not is_whole:
        return "must be postgresql://USER@HOST/NAME", _EXAMPLES
    if password is not None:
        return _HOLDS_PASSWORD, "write it into a file of mode 0600 and name that as password_file"
    unknown = sorted({name for name, _ in parse_qsl(parts.query)} - _URL_OPTIONS)
    if unknown:
        return f"{unknown[0][:40]!r} is no option of it", f"known are {', '.join(sorted(_URL_OPTIONS))}"
    return None
