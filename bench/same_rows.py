"""The SQL with which pgbench writes the rows of one of our payments, made from the rows of a real one.

One payment that was posted by us is read back, row by row; each row becomes an INSERT of the same texts and
numbers, in which only what must differ does (ids, key, receipt number, trace, meter, token id). Balances, the
day's sums and the meter are updated as ours are. pgbench is spared everything that it could be: our triggers
(balance check, immutability, notification), our partitions, the chain's link, and every read that decides (is
the key known, what does the energy cost, may this meter buy, what is its token).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.server import BenchServer

Row = dict[str, Any]

#: The one number from which a payment of pgbench's has its ids, its receipt number and its key.
SEQUENCE = "CREATE SEQUENCE payment_no START 1000000000"

#: Without what is ours alone; partitions become plain tables, of the same columns and indexes.
UNBURDENED = """
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT tgname, tgrelid::regclass AS of FROM pg_trigger
               WHERE NOT tgisinternal AND tgparentid = 0 LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', one.tgname, one.of);
    END LOOP;
    FOR one IN SELECT unnest(ARRAY['entry', 'posting']) AS name LOOP
        EXECUTE format('CREATE TABLE plain (LIKE %I INCLUDING ALL)', one.name);
        EXECUTE format('DROP TABLE %I', one.name);
        EXECUTE format('ALTER TABLE plain RENAME TO %I', one.name);
    END LOOP;
END $$
"""


class PaymentRows:
    """The rows that one of our payments wrote."""

    def __init__(self, server: BenchServer, books: str) -> None:
        with psycopg.connect(server.cluster.dsn(books), row_factory=dict_row) as connection:
            self._connection = connection
            self.sale = self._one("SELECT * FROM sale ORDER BY id DESC LIMIT 1")
            of_sale, key = (self.sale["id"],), (self.sale["key"],)
            self.entry = self._one("SELECT * FROM entry WHERE sale_id = %s", of_sale)
            self.postings = self._all(
                "SELECT * FROM posting WHERE entry_id = %s ORDER BY line", (self.entry["id"],)
            )
            self.token = self._one("SELECT * FROM token WHERE sale_id = %s", of_sale)
            self.key = self._one("SELECT * FROM command_key WHERE key = %s", key)
            self.notices = self._all(
                "SELECT kind, subject, text, at_us FROM outbox WHERE subject = %s", of_sale
            )
            self.accounts = self._all("SELECT * FROM account ORDER BY id")

    def _all(self, sql: str, values: tuple = ()) -> list[Row]:
        return self._connection.execute(sql.encode(), values).fetchall()

    def _one(self, sql: str, values: tuple = ()) -> Row:
        (row,) = self._all(sql, values)
        return row

    def counted(self) -> str:
        written = {"entry": 1, "posting": len(self.postings), "command_key": 1, "sale": 1, "token": 1}
        written |= {"outbox": len(self.notices), "account_day": len(self.postings)}
        written |= {"account": len(self.postings), "meter": 1}
        return ", ".join(f"{count} {name}" for name, count in written.items())

    def prepare(self, server: BenchServer, books: str) -> None:
        """Ready books of pgbench's own: the accounts are there, the one number begins."""
        server.cluster.execute(UNBURDENED, books)
        server.cluster.execute(SEQUENCE, books)
        for account in self.accounts:
            server.cluster.execute(_insert("account", account | {"balance": 0}, {}), books)
        server.cluster.execute(self._function(), books)
        server.cluster.execute("VACUUM ANALYZE", books)

    def transaction(self) -> str:
        """Give pgbench's script with one statement for each table."""
        number = "currval('payment_no')"
        lines = ["\\set meter random(1, :meters)", "BEGIN;"]
        lines += [f"{self._meter('CAST(:meter AS integer)')} RETURNING last_tid AS tid \\gset"]
        lines += [f"{sql};" for sql in self._inserts(number, ":meter", ":tid", first="nextval('payment_no')")]
        return "\n".join([*lines, "COMMIT;", ""])

    def call(self) -> str:
        """Give pgbench's script that calls one function for the whole payment."""
        return "\\set meter random(1, :meters)\nSELECT pay(CAST(:meter AS integer));\n"

    def _function(self) -> str:
        body = [f"{self._meter('the_meter')} RETURNING last_tid INTO tid", "no := nextval('payment_no')"]
        body += self._inserts("no", "the_meter", "tid")
        lines = "".join(f"    {sql};\n" for sql in body)
        return (
            "CREATE FUNCTION pay(the_meter integer) RETURNS bigint LANGUAGE plpgsql AS $pay$\n"
            f"DECLARE\n    no bigint;\n    tid integer;\nBEGIN\n{lines}    RETURN no;\nEND $pay$"
        )

    def _meter(self, meter: str) -> str:
        month, sold_wh = self.sale["month"], self.sale["encoded_wh"]
        year, day = f"{month // 100}0101", f"{month}01"
        changed = f"last_tid = coalesce(meter.last_tid, 0) + 1, month = {month}, year = {year}, "
        changed += f"mtd_wh = mtd_wh + {sold_wh}, ytd_wh = ytd_wh + {sold_wh}, bought_on = {day}, "
        changed += "times = times + 1, fees_month = 0, free_month = 0, days_paid = 0, past_wh = ''"
        return f"UPDATE meter SET {changed} WHERE id = {meter}"  # noqa: S608 - rows of our own

    def _inserts(self, number: str, meter: str, tid: str, first: str | None = None) -> list[str]:
        """Write what comes after the meter; what everybody waits for comes last, to be held the shortest."""
        key = re.sub(
            r"\d{12}", f"' || lpad(({number})::text, 12, '0') || '", _literal(self.sale["key"]), count=1
        )
        trace = f"lpad(mod({number}, 1000000)::text, 6, '0') || {_literal(self.sale['trace'][6:])}"
        entry = {"id": first or number, "position": number, "key": key, "sale_id": number, "meter_id": meter}
        sale = {"id": number, "key": key, "meter_id": meter, "receipt_no": number, "trace": trace}
        return [
            _insert("entry", self.entry, entry),
            _values("posting", self.postings, {"entry_id": number}),
            _insert("command_key", self.key, {"key": key}),
            _insert("sale", self.sale, sale),
            _insert("token", self.token, {"meter_id": meter, "tid": tid, "sale_id": number}),
            _values("outbox", self.notices, {"subject": number}),
            self._day(),
            self._balances(),
        ]

    def _day(self) -> str:
        """Add to the day's sums; in one order always, so that nobody waits for each other in a ring."""
        day = self.entry["business_date"]
        rows = [
            {"business_date": day, "account_id": p["account_id"], "debit": max(p["amount"], 0),
             "credit": max(-p["amount"], 0), "postings": 1}
            for p in self.postings
        ]  # fmt: skip
        added = ", ".join(
            f"{name} = account_day.{name} + excluded.{name}" for name in ("debit", "credit", "postings")
        )
        conflict = f"ON CONFLICT (business_date, account_id) DO UPDATE SET {added}"
        return f"{_values('account_day', rows, {})} {conflict}"

    def _balances(self) -> str:
        given = ", ".join(f"({p['account_id']}, {p['amount']})" for p in self.postings)
        added = f"balance = balance + given.amount FROM (VALUES {given}) AS given (id, amount)"
        return f"UPDATE account SET {added} WHERE account.id = given.id"  # noqa: S608 - rows of our own


def _insert(table: str, row: Row, changed: Mapping[str, str]) -> str:
    return _values(table, [row], changed)


def _values(table: str, rows: list[Row], changed: Mapping[str, str]) -> str:
    given = ", ".join(
        "(" + ", ".join(changed.get(name, _literal(value)) for name, value in row.items()) + ")"
        for row in rows
    )
    return f"INSERT INTO {table} ({', '.join(rows[0])}) VALUES {given}"  # noqa: S608 - rows of our own


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    assert isinstance(value, str)
    assert "\\" not in value
    # pgbench takes ":name" for a variable of its own, even within a text.
    text = value.replace("'", "''").replace(":", r"\072")
    return f"E'{text}'" if ":" in value else f"'{text}'"
