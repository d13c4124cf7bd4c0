"""What the diary tells of the rows of people and places: so their content is bound into the chain.

The chain seals the diary and not the rows. So the line of whatever changes an operator, a role, a branch,
a station or a station's certificate ends with the digest of each such row as it is then;
``gateway/proof/people.py`` takes the digests of the rows anew and compares them with those told last.

    name: 'Anna' → 'Anna P.'; rows: operator anna sha256 5f…

Of a password and an authenticator the digest is over what is kept of them, a hash and a sealed secret: who
exchanges one for another is found. What moves with each signing in is not told.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from gateway.core.life_told import SEPARATOR
from gateway.core.staff import grants_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.core.office_books import OfficeChange
    from gateway.core.staff import Branch, Operator, Role, Station
    from gateway.core.station_certificate import StationCertificate

#: How the last part of such a line begins; a person's own words stand before it.
ROWS: Final = "rows: "

_BETWEEN: Final = ", "
_ROW: Final = re.compile(r"((?:operator|role|branch|station|certificate) [a-z0-9._-]+) sha256 ([0-9a-f]{64})")


def rows_told(change: OfficeChange) -> str:
    """Tell the rows that a change leaves; empty where it leaves none of these."""
    words = (
        *map(operator_told, change.operators),
        *map(role_told, change.roles),
        *map(branch_told, change.branches),
        *map(station_told, change.stations),
        *map(certificate_told, change.certificates),
    )
    return ROWS + _BETWEEN.join(words) if words else ""


def rows_read(detail: str) -> Iterator[tuple[str, str]]:
    """Read which rows a line tells, each with its digest; nothing where it tells of none."""
    for word in _words(detail):
        row = _ROW.fullmatch(word)
        if row is not None:
            yield row[1], row[2]


def without_rows(detail: str) -> str:
    """Give what a line says for people: digests are for the verifier. What only begins like them is shown."""
    words = _words(detail)
    are_rows = bool(words) and all(_ROW.fullmatch(word) for word in words)
    return detail.rpartition(SEPARATOR)[0] if are_rows else detail


def _words(detail: str) -> list[str]:
    last = detail.rpartition(SEPARATOR)[2]
    return last.removeprefix(ROWS).split(_BETWEEN) if last.startswith(ROWS) else []


def operator_told(one: Operator) -> str:
    """Tell somebody: all that is kept of her but her steps, her failures and until when she waits."""
    kept = (
        one.login, one.name, one.roles, one.branch, one.state.value, one.language, one.password.reveal(),
        one.must_change, one.totp.reveal(), one.valid_until_us, one.version,
        # Lines from before say nothing of it.
        *((one.helped_by, one.helped_us) if one.helped_by else ()),
    )  # fmt: skip
    return _told("operator", one.login, kept)


def role_told(one: Role) -> str:
    """Tell a role."""
    return _told("role", one.code, (one.code, one.name, grants_text(one.grants), one.version))


def branch_told(one: Branch) -> str:
    """Tell a branch."""
    return _told("branch", one.code, (one.code, one.name))


def station_told(one: Station) -> str:
    """Tell a station."""
    return _told("station", one.code, (one.code, one.name, one.branch, one.is_open))


def certificate_told(one: StationCertificate) -> str:
    """Tell a station's certificate: whose it is, until when it lets in, and whether it was taken back."""
    kept = (
        one.number,
        one.station,
        one.fingerprint,
        one.issued_us,
        one.ends_us,
        one.revoked_us,
        one.revoked_by,
    )
    return _told("certificate", one.number, kept)


def _told(kind: str, code: str, kept: tuple[object, ...]) -> str:
    text = json.dumps(kept, separators=(",", ":"))
    return f"{kind} {code} sha256 {sha256(text.encode()).hexdigest()}"
