"""Progress on standard error; standard output belongs to the figures."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from tqdm import tqdm  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def bar(what: str, total: int, unit: str) -> Any:
    """A bar to be updated by hand; close it."""
    return tqdm(total=total, desc=what, unit=unit, file=sys.stderr, dynamic_ncols=True, leave=True)


def steps(what: str, wanted: Sequence[Any]) -> Iterator[Any]:
    """Go through a few long steps."""
    with bar(what, len(wanted), "step") as shown:
        for one in wanted:
            shown.set_postfix_str(str(one)[:40])
            yield one
            shown.update()
