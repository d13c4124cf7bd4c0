"""What a part of the bench found: figures, tables that explain them, and how much work was done for them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Effort:
    """How long everything is measured; ``QUICK`` only shows that it works, its figures mean little."""

    rounds: int = 3
    #: Payments of a round: in batches on SQLite, one by one on SQLite, in batches on PostgreSQL.
    batched: int = 24_000
    single: int = 1_500
    posted: int = 60_000
    #: Seconds of a round of pgbench, and of the warm-up before the first.
    pgbench_s: int = 8
    warm_up_s: int = 3
    #: Full vends of a round and database, by ISO 8583 and by SOAP.
    vends: int = 20_000
    soap_vends: int = 6_000
    #: Vends that are looked at stage by stage.
    staged: int = 10_000
    #: Payments in the books that are verified.
    books: int = 1_000_000


FULL = Effort()
QUICK = Effort(
    rounds=1, batched=6_000, single=400, posted=12_000, pgbench_s=2, warm_up_s=1, vends=4_000,
    soap_vends=1_000, staged=3_000, books=20_000,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text that stand below the figures in the report."""

    title: str
    head: list[str]
    rows: list[list[str]]
    note: str = ""


@dataclass(slots=True)
class Findings:
    """``figures`` by name; ``notes`` are sentences on how they were made."""

    figures: dict[str, float] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Findings:
        tables = [Table(**table) for table in found["tables"]]
        return cls(found["figures"], tables, found["notes"])

    def add(self, other: Findings) -> None:
        self.figures |= other.figures
        self.tables += other.tables
        self.notes += other.notes
