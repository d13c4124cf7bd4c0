"""What a price depends on beside the month: counters of the meter, contracted power, schemes, proportions.

Meters that are there begin with nothing bought in this year: what the books have of it was counted by the
month only, and sales of before are not counted again. Their month goes on as it stands.

Locking: columns with a constant default are added without touching a row, in milliseconds; PostgreSQL locks
``meter`` against everybody for as long, so payments wait behind it. The gateway's role may change the new
columns without a further grant: its right is on the whole table.
Way back: take the columns away; what they have counted, and the contracts that were entered, are lost then.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

#: The new columns of ``meter``, in their order.
NUMBERS = ("year", "ytd_wh", "bought_on", "times", "fees_month", "free_month")
#: Watt-hours of a year may be more than 32 bits hold.
WIDE = ("ytd_wh",)


def upgrade() -> None:
    """Add the columns."""
    for name in NUMBERS:
        _add(name, sa.BigInteger() if name in WIDE else sa.Integer(), "0")
    _add("past_wh", sa.Text(), "")
    _add("contract_w", sa.Integer(), "0")
    _add("schemes", sa.Text(), "")
    _add("proportions", sa.Text(), "")


def downgrade() -> None:
    """Take the columns away."""
    for name in ("proportions", "schemes", "contract_w", "past_wh", *reversed(NUMBERS)):
        op.drop_column("meter", name)


def _add(name: str, kind: sa.Integer | sa.Text, default: str) -> None:
    op.add_column("meter", sa.Column(name, kind, nullable=False, server_default=default))
