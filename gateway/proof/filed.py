"""The files are what their last amendments, which the chain seals, say of them.

    each row with an amendment    has the values that its last amendment has, name by name
    each amendment                has a row

A row that was never amended was entered with the books, or is from before amendments: nothing is said of it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.core.journal import FiledRow


def findings(filed: Iterable[FiledRow]) -> Iterator[str]:
    """Compare rows with their last amendments; each finding is a sentence."""
    for one in filed:
        name = f"{one.subject} {one.number}"
        if one.stands is None:
            yield f"{name}: its amendments are there, and its row is not"
            continue
        stands, told = json.loads(one.stands), json.loads(one.told)
        # A newer program keeps more of a row than the amendment of an older one knew.
        others = sorted(key for key, value in told.items() if stands.get(key) != value)
        if others:
            yield f"{name}: {', '.join(others)} in its row, and something else in its last amendment"
