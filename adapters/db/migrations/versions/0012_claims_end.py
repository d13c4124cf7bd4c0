"""Claims end: the index of sales that were undone has those that were conceded, and claims that were closed
before they could end are put before a person again.

Such an exception stays as it was closed; the next row of its payment says what is still to be done.

Locking: one small index is made anew (sales that were undone are few), and a row is added for each of those
claims.
Way back: the index as it was; refused where a claim has ended, for what is older knows no such entry.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INDEX = "sale_undone"
BEFORE = "state IN ('reversed', 'claimed')"
NOW = "state IN ('claimed', 'conceded', 'reversed')"

#: The moment is that of the last exception about it; a claim without any is a copy of damaged books.
OPEN_AGAIN = """
    INSERT INTO exception_note (kind, bank, key, sale_id, text, at_us, is_open)
    SELECT 'reversed_after_token', sale.bank, sale.key, sale.id,
           'the exception was closed, and the claim still stands; end it with the bank',
           coalesce((SELECT max(x.at_us) FROM exception_note AS x
                     WHERE x.kind = 'reversed_after_token' AND x.key = sale.key), sale.at_us), :is_open
    FROM sale
    WHERE sale.state = 'claimed' AND NOT EXISTS (
        SELECT 1 FROM exception_note AS x
        WHERE x.kind = 'reversed_after_token' AND x.key = sale.key AND x.is_open)
"""


def upgrade() -> None:
    """Make the index anew, and the rows."""
    _index(NOW)
    op.get_bind().execute(sa.text(OPEN_AGAIN), {"is_open": True})


def downgrade() -> None:
    """Make the index as it was; refused where a claim has ended."""
    ended = sa.text("SELECT 1 FROM entry WHERE kind IN ('claim_upheld', 'claim_conceded') LIMIT 1")
    if op.get_bind().execute(ended).first():
        raise NotImplementedError("a claim has ended; restore a copy of the books from before")
    _index(BEFORE)


def _index(which: str) -> None:
    op.drop_index(INDEX, "sale")
    rows = sa.text(which)
    op.create_index(INDEX, "sale", ["id"], sqlite_where=rows, postgresql_where=rows)
