"""Check the books: every invariant that must hold after anything whatsoever has happened.

Independent of the poster: it reads rows and adds up. Each finding is a sentence; no findings means that the
books are sound.

    journal   positions without a gap, ids rising, every entry balanced, reversals naming what exists
    balances  every account's balance is the sum of its postings; the whole book sums to zero per unit
    sales     one entry each, their tokens where issued, none where not or on a card; receipts unique
    tokens    ids unique and rising in the order of the sales
    keys      an approved payment has its sale, a sale has its approved payment
    energy    what is issued is what the tokens carry, with what meters had come with and was sold as they
              left, less what was taken back of them; what of that has not gone to another meter stands on
              E.VOID; what is held is what waits
    readings  what meters hold and have used is what their last readings say
    cards     see ``check_cards.py``
    lines     see ``check_lines.py``
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from gateway.core import chart
from gateway.core.departure import MOVE
from gateway.core.ledger import WATT_HOURS
from gateway.core.management import Managed
from gateway.core.outcome import Approved, recalled
from gateway.core.sale import SaleState
from gateway.proof.check_cards import begun, check_cards
from gateway.proof.check_lines import check_lines, recharged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.core.journal import SaleRow
    from gateway.ports import Journal

_OPENING = frozenset({"sale", "hold", "management", "transfer"})
_WITH_TOKEN = frozenset({SaleState.ISSUED.value, SaleState.CLAIMED.value, SaleState.CONCEDED.value})


def check_books(journal: Journal) -> list[str]:
    """Return what is wrong with the books, in sentences; an empty list when nothing is."""
    sales, cards = list(journal.sales()), list(journal.card_orders())
    lines = list(journal.remote_orders())
    tokenless = begun(cards) | recharged(lines)
    findings = [*_journal(journal), *_sales(journal, sales, tokenless), *_tokens(journal, sales)]
    findings += [*_keys(journal, sales), *check_cards(cards, sales), *check_lines(lines, sales)]
    return [*findings, *_held_and_issued(journal, sales), *_readings(journal)]


def _journal(journal: Journal) -> Iterator[str]:
    sums: dict[tuple[int, str], int] = defaultdict(int)
    ids: set[int] = set()
    last_id, position = 0, 0
    for entry, postings in journal.entries():
        position += 1
        if entry.position != position:
            yield f"journal position {position} is missing: entry {entry.id} stands at {entry.position}"
            position = entry.position
        if entry.id <= last_id:
            yield f"entry {entry.id} does not rise above {last_id}"
        last_id = entry.id
        if entry.reverses_id is not None and entry.reverses_id not in ids:
            yield f"entry {entry.id} reverses {entry.reverses_id}, which is not before it"
        ids.add(entry.id)
        per_unit: Counter[str] = Counter()
        for posting in postings:
            per_unit[posting.unit] += posting.amount
            sums[posting.account_id, posting.unit] += posting.amount
        yield from (f"entry {entry.id} is out by {n} {unit}" for unit, n in per_unit.items() if n)
    yield from _balances(journal, sums)


def _balances(journal: Journal, sums: dict[tuple[int, str], int]) -> Iterator[str]:
    book: Counter[str] = Counter()
    for account in journal.accounts():
        posted = sums.pop((account.id, account.unit), 0)
        book[account.unit] += account.balance
        if account.code.partition(":")[0] not in chart.CHART:
            yield f"account {account.code} is not in the chart of accounts"
        if account.code.startswith("FLOAT:") and account.balance > 0:
            yield f"account {account.code} is overdrawn by {account.balance} {account.unit}"
        if account.balance != posted:
            yield f"account {account.code} says {account.balance} {account.unit}, its postings {posted}"
    yield from (f"postings on an account that does not exist: {place}" for place in sums)
    yield from (f"the whole book is out by {n} {unit}" for unit, n in book.items() if n)


def _sales(journal: Journal, sales: list[SaleRow], tokenless: set[str]) -> Iterator[str]:
    entries = Counter(entry.sale_id for entry, _ in journal.entries() if entry.kind in _OPENING)
    tokens = Counter(token.sale_id for token in journal.tokens())
    receipts = Counter(sale.receipt_no for sale in sales)
    yield from (f"receipt {no} was given {n} times" for no, n in receipts.items() if n > 1)
    for sale in sales:
        if entries[sale.id] != 1:
            yield f"sale {sale.id} is booked {entries[sale.id]} times"
        wanted = sale.token_count if sale.state in _WITH_TOKEN and sale.key not in tokenless else 0
        if tokens[sale.id] != wanted:
            yield f"sale {sale.id} is {sale.state} and has {tokens[sale.id]} tokens"
    known = {sale.id for sale in sales}
    yield from (f"a token names sale {id_}, which does not exist" for id_ in tokens if id_ not in known)


def _tokens(journal: Journal, sales: list[SaleRow]) -> Iterator[str]:
    last: dict[tuple[int, int], int] = {}
    of_meter = {sale.id: sale.meter_id for sale in sales}
    for token in journal.tokens():
        place = (token.meter_id, token.base_date)
        if token.tid <= last.get(place, -1):
            yield f"meter {token.meter_id} was given token id {token.tid} twice"
        last[place] = token.tid
        if of_meter.get(token.sale_id) != token.meter_id:
            yield f"the token of sale {token.sale_id} is for another meter"


def _keys(journal: Journal, sales: list[SaleRow]) -> Iterator[str]:
    by_key = {sale.key: sale for sale in sales}
    if len(by_key) != len(sales):
        yield "two sales have one key"
    for row in journal.stored_keys():
        if not row.key.startswith(("pay/", "manage/", MOVE)):
            continue
        content, sale = recalled(row.content), by_key.pop(row.key, None)
        receipt_no = content.receipt_no if isinstance(content, Approved | Managed) else None
        if (receipt_no is None) != (sale is None):
            yield f"key {row.key} says {type(content).__name__}, and its sale is {sale and sale.id}"
        elif sale is not None and receipt_no != sale.receipt_no:
            yield f"key {row.key} answers with receipt {receipt_no}, its sale has {sale.receipt_no}"
    yield from (f"sale {sale.id} has no key" for sale in by_key.values())


def _readings(journal: Journal) -> Iterator[str]:
    loaded, used = 0, 0
    for meter in journal.read_meters():
        loaded, used = loaded + meter.loaded_wh, used + meter.used_wh
    balances = {account.code: account.balance for account in journal.accounts() if account.unit == WATT_HOURS}
    for account, read in ((chart.ENERGY_LOADED, loaded), (chart.ENERGY_USED, used)):
        if balances.get(account, 0) != read:
            yield f"account {account} says {balances.get(account, 0)} Wh, the last readings say {read} Wh"


def _held_and_issued(journal: Journal, sales: list[SaleRow]) -> Iterator[str]:
    balances = {(account.code, account.unit): account.balance for account in journal.accounts()}
    carried = sum(sale.encoded_wh for sale in sales if sale.state in _WITH_TOKEN)
    issued = sum([n for (code, unit), n in balances.items() if chart.went_out(code) and unit == WATT_HOURS])
    # What waits for its card has not gone out yet.
    gone = list(journal.departures())
    moved = {sale.key for sale in sales if sale.state != SaleState.WAITING.value}
    left = sum(one.remaining_wh for one in gone)
    carried += sum(one.preset_wh for one in gone)
    if issued != carried - left:
        less = f", and {left} Wh were taken back" if left else ""
        yield f"{issued} Wh are issued, the tokens carry {carried} Wh{less}"
    void = sum(max(0, one.remaining_wh) for one in gone if f"{MOVE}{one.id}" not in moved)
    if balances.get((chart.ENERGY_VOID, WATT_HOURS), 0) != void:
        yield f"{balances.get((chart.ENERGY_VOID, WATT_HOURS), 0)} Wh are void, the departures say {void} Wh"
    waiting: Counter[str] = Counter()
    for sale in sales:
        if sale.state == SaleState.WAITING.value:
            waiting[sale.currency] += sale.tender_minor - sale.own_minor
    held = {unit: -n for (code, unit), n in balances.items() if code == chart.HELD_CREDIT}
    for unit in held.keys() | waiting.keys():
        if held.get(unit, 0) != waiting[unit]:
            yield f"{held.get(unit, 0)} {unit} are held, {waiting[unit]} wait to be handed over"
