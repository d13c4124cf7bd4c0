"""What the diary tells of a tariff version and of a vending key: so their content is bound into the chain.

The chain seals the diary and not the rows. So each line of a step tells the row's content so exactly that no
other row has the same words; ``gateway/proof/lives.py`` makes the words of the rows anew and compares them.

    tariff domestic 2027-01, from 2026-12-31T16:00:00+00:00, sha256 5f…
    key 3 of 201457, revision 2, check value A1B2C3, from 2027-01-01T00:00:00+00:00, no end, no limit, …

The digest is over the tariff's JSON text as it is kept; of a key over every word that was said of it.
"""

from __future__ import annotations

import json
from datetime import UTC
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from gateway.core.timeline import moment_of

if TYPE_CHECKING:
    from gateway.core.key_life import VendingKey
    from gateway.core.tariff_life import TariffDraft

#: How the words begin; a reason may stand before them, and none of them holds the separator.
TARIFF: Final = "tariff "
KEY: Final = "key "
SEPARATOR: Final = "; "


def tariff_told(version: TariffDraft) -> str:
    """Tell a version: whom it prices, its name, from when, and which body."""
    begins = version.from_moment.astimezone(UTC).isoformat()
    return f"{TARIFF}{version.power_type} {version.version}, from {begins}, sha256 {_digest(version.body)}"


def key_told(key: VendingKey) -> str:
    """Tell a key, which stays where it is: the check value is all that is known of it."""
    said = key.revision
    until = "no end" if said.issue_until_us is None else f"until {moment_of(said.issue_until_us).isoformat()}"
    limit = "no limit" if said.credit_limit_wh is None else f"limit {said.credit_limit_wh} Wh"
    words = (
        said.sgc, said.krn, said.kt, said.base_date, said.dkga, said.ken, said.active_from_us,
        said.issue_until_us, said.credit_limit_wh, said.kcv, said.keeper.value, said.label,
    )  # fmt: skip
    return (
        f"{KEY}{key.id} of {said.sgc}, revision {said.krn}, check value {said.kcv}, "
        f"from {key.active_from.isoformat()}, {until}, {limit}, sha256 {_digest(json.dumps(words))}"
    )


def _digest(text: str) -> str:
    return sha256(text.encode(errors="surrogatepass")).hexdigest()
