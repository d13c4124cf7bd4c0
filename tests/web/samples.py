"""Pages that stand on nothing: one of each component, to be looked at and walked through."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from admin_web.answers import Page, Redirect
from admin_web.cells import Amount, Code, State, Tone
from admin_web.charts import Chart, Series
from admin_web.cookies import LANGUAGE_COOKIE, SESSION_COOKIE, Cookie
from admin_web.fields import REASON, Field
from admin_web.forms import Form, PostingLine
from admin_web.notice import redirect_with
from admin_web.object_page import Deed, Fact, Happening, Related, Thing, object_page
from admin_web.route import PUBLIC, Right, Route
from admin_web.turns import TooManyQuestions
from gateway.core.authority import Function, Level
from gateway.core.money import Money
from gateway.ports import LedgerBusy, OutcomeUnknown, TakesTooLong

CHOICES = (("refund", "Refund"), ("levy", "Levy"))

FORM = Form(
    title="Pay into the float",
    submit="Go on",
    lead="A bank has paid in advance; its float grows by so much.",
    fields=(
        Field("amount", "Amount", "money", hint="As on the bank's own slip."),
        Field("kind", "Kind", "choice", choices=CHOICES),
        Field("energy", "Energy", "energy", is_required=False),
        Field("day", "Value date", "day", is_required=False),
        Field("copies", "Copies", "count", is_required=False),
        Field("sure", "I have the slip before me", "check"),
        Field("password", "Your password", "password", is_required=False, autocomplete="current-password"),
        REASON,
    ),
)

#: What was ordered, by the nonce of its form.
ordered: dict[str, Money] = {}


async def ask(asked):
    return FORM.blank(asked, kind="refund").page(back="/ledger")


async def send(asked):
    filled = FORM.read(asked)
    if not filled.is_sound or filled.wants_change:
        return filled.page(back="/ledger")
    money = filled.value("amount", Money)
    amount = Amount(money.minor, money.currency)
    if not filled.is_confirmed:
        lines = (PostingLine("BANK:east", amount), PostingLine("FLOAT:east", Amount(-money.minor, "CNY")))
        return filled.preview(lines, amount, "Bank East")
    ordered.setdefault(filled.nonce, money)
    return redirect_with(asked, "/ledger", "The deposit was booked.", "/ledger/BANK:east/CNY")


AT = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


async def thing(asked):
    account = asked.places["account"]
    return object_page(
        asked,
        Thing(
            kind="Customer",
            title=account,
            state=State("in use", Tone.GOOD),
            facts=(
                Fact("Account", Code(account)),
                Fact("Name", "Zhang Wei <b>&</b> sons"),
                Fact("Since", AT),
                Fact("Business day", date(2026, 11, 23)),
                Fact("Balance", Amount(-123_450, "CNY", 7)),
                Fact("Telephone", None),
            ),
            deeds=(Deed("Pay into the float", "/sample/form"),),
            timeline=(
                Happening(
                    AT, "money", "Paid", Code("pay/east/r1"), Amount(10_000, "CNY", 1), "Bank East", "/ledger"
                ),
                Happening(AT + timedelta(seconds=1), "energy", "Token made", None, Amount(20_350, "Wh"), ""),
                Happening(AT + timedelta(hours=1), "message", "Notice sent", "sms"),
                Happening(AT + timedelta(hours=2), "audit", "Looked at", None, None, "Chen Yu"),
            ),
            related=(Related("Meter", Code("37123456789"), "/ledger"),),
            raw={"account": account, "at": AT, "tiers": [1, 2]},
        ),
        crumbs=(("Ledger", "/ledger"),),
    )


async def chart(asked):
    days = tuple(date(2026, 11, 1) + timedelta(days=one) for one in range(14))
    sold = tuple(Amount(1_000_000 + 130_000 * (one * 7 % 5), "CNY") for one in range(14))
    back = tuple(None if one == 3 else Amount(90_000 * (one % 4), "CNY") for one in range(14))
    shown = Chart("Sold and taken back", days, (Series("Sold", sold), Series("Taken back", back)), "CNY")
    bars = Chart(
        "Energy sold",
        days,
        (Series("Sold", tuple(Amount(one.amount * 20, "Wh") for one in sold)),),
        "Wh",
        is_bars=True,
    )
    return Page("chart_page.html", {"title": "Charts", "crumbs": (), "charts": (shown, bars)})


async def enter(asked):
    """Sign in as one of the doubles, in a language."""
    cookies = (Cookie(LANGUAGE_COOKIE, asked.first("language")), Cookie(SESSION_COOKIE, asked.places["who"]))
    return Redirect("/help", cookies)


async def fail(asked):
    raise RuntimeError("a sample of a fault")


async def fail_for_now(asked):
    raise LedgerBusy("a sample of full books")


async def fail_unknown(asked):
    raise OutcomeUnknown("a sample of a lost line")


async def take_too_long(asked):
    raise TakesTooLong


async def ask_too_much(asked):
    raise TooManyQuestions("a sample of impatience")


_DOES = Right(Function.FLOATS, Level.DO)
ROUTES = (
    Route("GET", "/sample/enter/<who>", PUBLIC, enter),
    Route("GET", "/sample/form", _DOES, ask),
    Route("POST", "/sample/form", _DOES, send),
    Route("GET", "/sample/thing/<account>", Right(Function.CUSTOMERS), thing),
    Route("GET", "/sample/chart", Right(Function.DASHBOARD), chart),
    Route("GET", "/sample/fault", Right(Function.DASHBOARD), fail),
    Route("GET", "/sample/busy", Right(Function.DASHBOARD), fail_for_now),
    Route("GET", "/sample/unknown", Right(Function.DASHBOARD), fail_unknown),
    Route("GET", "/sample/too-long", Right(Function.DASHBOARD), take_too_long),
    Route("GET", "/sample/too-much", Right(Function.DASHBOARD), ask_too_much),
)
