"""The tables of cards: the stock, and each purchase on its way to a card.

Users have them by ``tables.py``, as all others; ``migrations/versions/0026_cards.py`` makes them. What
becomes of a row stands in the amendments, which the chain seals.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from adapters.db.table_set import ID, metadata, some_rows

#: Purchases that hold their meter's number; ``core.card_order`` says the same of the states.
OPEN: Final = "state IN ('reserved', 'writing', 'written', 'in_doubt', 'reissued', 'clearing')"
NOT_VOID: Final = "state <> 'void'"

#: A customer has one card for a meter.
HIS: Final = "state = 'issued'"

card = Table(
    "card",
    metadata,
    Column("serial", Text, primary_key=True),
    *(
        Column(name, Text, nullable=False)
        for name in ("profile", "state", "branch", "lot", "pan", "account_no", "note")
    ),
    Column("version", Integer, nullable=False),
    some_rows("card_of", "pan", rows=HIS, unique=True),
    Index("card_pan", "pan"),
    sqlite_with_rowid=False,
)

card_order = Table(
    "card_order",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    *(
        Column(name, Text, nullable=False)
        for name in ("payment", "pan", "account_no", "serial", "profile", "kind")
    ),
    Column("number", Integer, nullable=False),
    Column("amount", BigInteger, nullable=False),
    *(Column(name, Text, nullable=False) for name in ("state", "station", "actor")),
    Column("at_us", BigInteger, nullable=False),
    Column("told", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("begun_us", BigInteger),
    # A meter takes each number once, so no two purchases have it; and no two are on their way at once.
    some_rows("card_order_number", "pan", "number", rows=NOT_VOID, unique=True),
    some_rows("card_order_open", "pan", rows=OPEN, unique=True),
    Index("card_order_payment", "payment"),
    # What nobody begins is given up after some minutes: few rows, looked for every minute.
    some_rows("card_order_reserved", "at_us", rows="state = 'reserved'"),
)
