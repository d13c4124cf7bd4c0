"""The pages that are looked at: each page of the table, what forms answer, and what goes wrong.

A new page is one line here; ``test_looked_at`` fails until it stands here. The books are those of
``tests.web.house``: what a line sends must leave them as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The button of a page's form.
SEND = "form.order button, form.role-form button"

MANY = "600727371803406325"
ONE = "600727070000090144"
#: Where a purchase was lost and went out once more.
MILL = "600727070000092207"
REGISTERED = "2000007779"
FITTED = "600727070000091134"
POINT = f"/supply-points/{REGISTERED}-1"
WAITS = f"/supply-points/{REGISTERED}-2"
#: Where a change of terms is due.
DUE = f"/supply-points/{REGISTERED}-3"
ORDER_TOKEN = "/meters/<pan>/orders/<reference>/token"
GIVE_BACK = 'a[href$="/give-back"]'
#: The meters of those who bought at a counter: the chief's sale waits, and Li Na's.
OF_CHIEF = "600727371803407232"
SOLD = 'main a[href^="/sold/"]'
UNDO = 'a[href$="/undo"]'
OF_LI_NA = "/sales?bank=@north-1&state=waiting&day_from="
ROW = 'tbody a[href^="/sales/"]'
CORRECT = 'a[href$="/correct"]'
#: Two meters that are nobody's yet.
DELIVERY = """\
meter,model,carrier,sgc,krn,ti,ea,kt,base_date,branch,lot
07000009519,DDS-26,token,201457,1,01,11,2,2014,,L1
07000009527,DDS-26,token,201457,1,01,11,2,2014,north,L1
"""
#: A file of readings: one stands, one is refused, one was not read.
READ_BACK = f"""\
meter,taken,total,status,credit,reader
{ONE[6:17]},2026-11-23 11:00,10,,,
{FITTED[6:17]},2026-11-23 11:00,18,seal_broken,12.5,Chen
{FITTED[6:17]},,,,,
{FITTED[6:17]},noon,70,,,
"""
#: Cards of ``tests.web.carded``: with a purchase in doubt, lost, free; and the meter of the first.
ON_WAY, LOST_CARD, FREE_CARD = "A1B2C3D4E5F60701", "A1B2C3D4E5F60702", "A1B2C3D4E5F60703"
CARD_METER = "600727070000094104"
CARD_LIST = "serial;profile;branch\nA1B2C3D4E5F60799;;north\nA1B2C3D4E5F60798;gdw365;\n"
#: Meters of ``tests.web.lined``: protected, with a relay that was refused; one before a feeder.
PROTECTED, REFUSED_RELAY = "600727371803406655", "600727371803406739"
FEEDER_METER = "600727070000095192"
WAY_LIST = f"""\
meter,kind,place,address,model,bus
{REFUSED_RELAY[6:17]},modem,0871 555 0124,161,dlt645-2007,
{MILL[6:17]},network,10.0.4.9:4059,7,dlt645-2007,mill-2
{MILL[6:17]},network,10.0.4.9:4059,7,dlt645-2007,mill-2
07000009519,pigeon,1,1,dlt645-2007,
"""
ENTERING_A_WAY = {"meter": MILL, "kind": "modem", "place": "call me", "model": "dlt645-2007", "address": "7"}
WHY = {"reason": "as agreed on the telephone"}
REGISTERING = {
    "name": "Wang Fang", "address": "Renmin Lu 20", "branch": "north", "power_type": "domestic",
}  # fmt: skip
REPLACING = {
    "meter": "07000009030", "total": "0", "last_total": "18", "last_rate_1": "11", "remaining": "7.5",
    "said_by": "Chen Bo", "reason": "the display is dark",
}  # fmt: skip
LEAVING = {
    "last_total": "18", "last_rate_1": "11", "remaining": "0", "said_by": "Chen Bo", "reason": "they move",
}  # fmt: skip
RESETTING = {
    "found": "taken", "credits": "1", "evidence": "said", "reference": "Chen Bo, by telephone",
    "reason": "the new token was taken",
}  # fmt: skip
WRONG = {"now": "not the password"}


@dataclass(frozen=True)
class Seen:
    """A page: its name, where it begins, who looks, the status it must have.

    ``first`` are pressed, one after the other, where its form lies behind pages without an address of their
    own; ``fill`` fills it in, and what is ``pressed`` leads on to the page that is looked at. ``of`` is the
    path of the route that made it, where the address is none of its own.
    """

    name: str
    path: str
    who: str | None = "chief"
    status: int = 200
    fill: Mapping[str, str] = field(default_factory=dict)
    pressed: str = ""
    of: str = ""
    first: tuple[str, ...] = ()


def sent(name, path, /, who="chief", status=422, **fill):
    """A form as it is answered; without a value it is sent as it stands."""
    return Seen(name, path, who, status, fill, SEND)


LISTS = (
    Seen("trial-balance", "/ledger"),
    Seen("trial-balance-wrong", "/ledger?day=yesterday", status=422),
    Seen("trial-balance-empty", "/ledger?account=nowhere"),
    Seen("statement", "/ledger/BANK:east/CNY"),
    Seen("statement-wrong", "/ledger/BANK:east/CNY?day_from=2026-11-23&day_to=2026-11-01", "auditor", 422),
    Seen("customers", "/customers"),
    Seen("customers-empty", "/customers?text=nobody"),
    Seen("supply-points", "/supply-points"),
    Seen("supply-points-empty", "/supply-points?text=nobody"),
    Seen("amendments", "/amendments"),
    Seen("network", "/network"),
    Seen("network-empty", "/network?text=nowhere"),
    Seen("amendments-empty", "/amendments?number=nobody"),
    Seen("meters", "/meters?krn=1"),
    Seen("readings", "/readings"),
    Seen("readings-empty", "/readings?state=doubtful&day_to=2020-01-01", "auditor"),
    Seen("meter-readings", f"/meters/{FITTED}/readings"),
    Seen("meter-readings-empty", f"/meters/{MANY}/readings", "auditor"),
    Seen("reading-route", "/readings/route"),
    Seen("reading-route-empty", "/readings/route?feeder=f-7&area=east&since=2020-01-01"),
    Seen("inspections", "/inspections"),
    Seen("inspections-unread", "/inspections?why=unread", "auditor"),
    Seen("inspections-empty", "/inspections?why=credits"),
    Seen("lines", "/lines"),
    Seen("line-calls", "/lines/calls"),
    Seen("line-calls-empty", "/lines/calls?line=nowhere", "auditor"),
    Seen("line-gaps", "/lines/gaps"),
    Seen("line-gaps-lost", "/lines/gaps?state=lost&age=1", "auditor"),
    Seen("line-rounds", "/lines/rounds"),
    Seen("line-rounds-empty", "/lines/rounds?schedule=nowhere", "auditor"),
    Seen("line-losses", "/lines/losses"),
    Seen("line-losses-wrong", "/lines/losses?at_from=7", "auditor", 422),
    Seen("line-losses-empty", "/lines/losses?kind=area", "auditor"),
    Seen("management", "/management-tokens"),
    Seen("refunds", "/refunds"),
    Seen("departures", "/departures"),
    Seen("departures-empty", "/departures?kind=cancelled", "auditor"),
    Seen("stock", "/stock"),
    Seen("cards", "/cards"),
    Seen("cards-empty", "/cards?text=nobody"),
    Seen("ways", "/lines/ways"),
    Seen("ways-all-columns", "/lines/ways?cols=meter,customer,branch,place,measures,multiplier,why,note"),
    Seen("ways-empty", "/lines/ways?text=nowhere", "auditor"),
    Seen("meter-groups", "/lines/groups"),
    Seen("reading-schedules", "/lines/schedules"),
    Seen("timetables", "/timetables"),
    Seen("timetables-all-columns", "/timetables?cols=version,name,state,from,drafted,approved,reason"),
    Seen("timetables-empty", "/timetables?text=nowhere", "auditor"),
    Seen("timetable-meters", "/timetables/homes/1/meters"),
    Seen("timetable-meters-empty", "/timetables/homes/1/meters?state=in_doubt", "auditor"),
    Seen("remote-orders", "/lines/orders"),
    Seen("remote-orders-all", "/lines/orders?state=", "auditor"),
    Seen("remote-orders-empty", "/lines/orders?kind=token"),
    Seen("card-orders", "/card-orders"),
    Seen("card-orders-all", "/card-orders?state=", "auditor"),
    Seen("card-orders-empty", "/card-orders?state=void"),
    Seen("keys", "/keys"),
    Seen("not-migrated", "/keys/201457/not-migrated"),
    Seen("tariffs", "/tariffs"),
    Seen("sales", "/sales"),
    Seen("sales-more", "/sales?day_from=&paid_from=10&sort=-paid", "auditor"),
    Seen("sales-wrong", "/sales?pan=123&at_from=2026-11-23T12:00&at_to=2026-11-23T11:00", status=422),
    Seen("sales-empty", "/sales?state=waiting"),
    Seen("invoices", "/invoices"),
    Seen("invoices-more", "/invoices?day_from=&kind=red&account_no=", "auditor"),
    Seen("invoices-empty", "/invoices?series=nowhere"),
    Seen("operators", "/operators"),
    Seen("roles", "/roles"),
    Seen("roles-read", "/roles", "auditor"),
    Seen("role-view", "/roles?as=role-li-na"),
    Seen("branches", "/branches"),
    Seen("stations", "/stations"),
    Seen("shifts", "/shifts?state="),
    Seen("requests", "/requests"),
    Seen("requests-others", "/requests?which=others"),
    Seen("diary", "/diary"),
    Seen("diary-empty", "/diary?actor=nobody"),
    Seen("exceptions", "/exceptions"),
    Seen("banks", "/banks"),
    Seen("days", "/days"),
)
THINGS = (
    Seen("customer", "/customers/2000000048"),
    Seen("customer-registered", f"/customers/{REGISTERED}"),
    Seen("supply-point", f"/supply-points/{REGISTERED}-1"),
    Seen("supply-point-waits", f"/supply-points/{REGISTERED}-2"),
    Seen("supply-point-due", DUE),
    Seen("meter", f"/meters/{MANY}"),
    Seen("meter-line", f"/meters/{FITTED}/line"),
    Seen("meter-line-none", f"/meters/{MANY}/line?day=soon", "auditor"),
    Seen("line-loss", "/lines/losses/h-1"),
    Seen("line-loss-unknown", "/lines/losses/h-13", "auditor"),
    Seen("meter-fitted", f"/meters/{FITTED}"),
    Seen("management-order", f"/meters/{MANY}/orders/made"),
    Seen("departure", "/departures/1"),
    Seen("departure-cancelled", "/departures/2", "auditor"),
    Seen(
        "debt-receipt",
        f"/ledger/AR:{REGISTERED}:ARREARS/CNY",
        pressed='main a[href*="/receipts/"]',
        of="/customers/<account>/receipts/<id>",
        first=('tbody tr:last-child a[href^="/entries/"]',),
    ),
    Seen("stock-one", f"/stock/{ONE}"),
    Seen("card", f"/cards/{ON_WAY}"),
    Seen("card-lost", f"/cards/{LOST_CARD}"),
    Seen("way", f"/lines/ways/{MANY}"),
    Seen("way-of-feeder", f"/lines/ways/{FEEDER_METER}"),
    Seen("way-none", f"/lines/ways/{MILL}"),
    Seen("way-test", f"/lines/ways/{MANY}/test"),
    Seen("way-test-runs", f"/lines/ways/{PROTECTED}/test"),
    Seen("way-test-none", f"/lines/ways/{MILL}/test"),
    Seen("remote-order", "/lines/orders/2"),
    Seen("timetable", "/timetables/homes/1"),
    Seen("timetable-draft", "/timetables/homes/2"),
    Seen("timetable-withdrawn", "/timetables/shops/1", "auditor"),
    Seen("relay-waits", f"/meters/{MANY}/relay"),
    Seen("relay-no-way", f"/meters/{MILL}/relay", "auditor"),
    Seen("meter-cards", f"/meters/{CARD_METER}"),
    Seen("sale-on-card", f"/cards/{ON_WAY}", pressed='tbody a[href^="/sales/"]', of="/sales/<id>"),
    Seen("key-group", "/keys/201457"),
    Seen("key-of-cards", "/keys/powertill-cpu.00000815.wallet"),
    Seen("tariff", "/tariffs/domestic/2027-01"),
    Seen("tariff-trial", "/tariffs/domestic/2027-01/trial"),
    Seen("sale", "/search?q=r12", of="/sales/<id>"),
    Seen("invoice", "/invoices/north-1/1"),
    Seen("invoice-read", "/invoices/north-1/1", "auditor"),
    Seen("invoice-undone", "/invoices/OFFICE/1"),
    Seen("invoice-taken-back", "/invoices/OFFICE/2"),
    Seen("invoice-red", "/invoices/OFFICE/3"),
    Seen("sale-reset", "/search?q=mill-1", of="/sales/<id>"),
    Seen("meter-reset", f"/meters/{MILL}"),
    Seen("entry", "/entries/at/3"),
    Seen("entry-by-id", "/ledger/BANK:east/CNY", pressed='tbody a[href^="/entries/"]', of="/entries/<id>"),
    Seen("overview", "/"),
    Seen("operator", "/operators/li-na"),
    Seen("operator-left", "/operators/gone"),
    Seen("request", "/requests/deposit/east/slip-77"),
    Seen("request-roles", "/requests/office/deputy/roles"),
    Seen("request-role", "/requests/office/deputy/role"),
    Seen("request-terms", f"/requests/terms/{REGISTERED}-1/3"),
    Seen("request-own", "/requests/deposit/west/slip-78"),
    Seen("request-decided", "/requests/deposit/west/slip-79"),
    Seen("exception", "/exceptions/1"),
    Seen("exception-closed", "/exceptions/3"),
    Seen("claim", "/exceptions/4"),
    Seen("claim-ended", "/exceptions/5"),
    Seen("bank", "/banks/east"),
    Seen("bank-in-advance", "/banks/west"),
    Seen("day", "/days/2026-11-22"),
    Seen("day-closed", "/days/2026-11-17"),
    Seen("account", "/account"),
    Seen("thing", "/sample/thing/200000016"),
    Seen("chart", "/sample/chart"),
)
FINDING = (
    Seen("search-empty", "/search"),
    Seen("search", "/search?q=zh"),
    Seen("search-token", "/search?q=12345678901234567890", status=422),
    Seen("search-nothing", "/search?q=nobody"),
    Seen("find-token", "/find-token?reference=r12"),
    Seen("find-token-reset", "/find-token?reference=mill-1"),
    Seen("find-token-card", f"/find-token?pan={CARD_METER}"),
    Seen("find-token-blank", "/find-token"),
    Seen("find-token-nothing", "/find-token?reference=nix&pan=123", "auditor", 422),
    Seen("find-token-unbooked", "/find-token?reference=nix", "auditor"),
    Seen("find-token-token", "/find-token?reference=12345678901234567890", "auditor", 422),
    Seen("help", "/help"),
    Seen("help-for-nobody", "/help", None),
)
FORMS = (
    Seen("sign-in", "/sign-in", None),
    Seen("account-password", "/account/password"),
    Seen("account-held", "/account/password", "newcomer"),
    Seen("account-authenticator", "/account/authenticator"),
    Seen("customer-new", "/customers/new"),
    Seen("customer-amend", f"/customers/{REGISTERED}/amend"),
    Seen("supply-point-new", f"/customers/{REGISTERED}/supply-points/new"),
    Seen("supply-point-amend", f"{POINT}/amend"),
    Seen("supply-point-terms", f"{POINT}/terms"),
    Seen("supply-point-terms-withdraw", f"{DUE}/terms/withdraw"),
    Seen("supply-point-capacity", f"{POINT}/capacity"),
    Seen("supply-point-step", f"{WAITS}/step"),
    Seen("supply-point-install", f"{WAITS}/install"),
    Seen("supply-point-replace", f"{POINT}/replace"),
    Seen("supply-point-cancel", f"{POINT}/cancel"),
    Seen("refund", "/refunds", pressed='tbody a[href^="/refunds/"]', of="/refunds/<account>"),
    Seen("dues", f"/customers/{REGISTERED}/dues"),
    Seen("debt", f"/customers/{REGISTERED}/debts/card"),
    Seen("network-new", "/network/new"),
    Seen("way-new", "/lines/ways/new"),
    Seen("way-keep", f"/lines/ways/{PROTECTED}/keep"),
    Seen("ways-upload", "/lines/ways/upload"),
    Seen("meter-group-new", "/lines/groups/new"),
    Seen("meter-group", "/lines/groups/two"),
    Seen("timetable-new", "/timetables/new"),
    Seen("timetable-new-like", "/timetables/new?like=homes/2"),
    Seen("timetable-approve", "/timetables/homes/2/approve"),
    Seen("timetable-withdraw", "/timetables/homes/2/withdraw"),
    Seen("reading-schedule-new", "/lines/schedules/new"),
    Seen("reading-schedule", "/lines/schedules/nightly"),
    Seen("relay", f"/meters/{PROTECTED}/relay"),
    Seen("remote-order-mend", "/lines/orders/2/mend?as=by_hand"),
    Seen("network-place", "/network/f-7"),
    Seen("read-meter", f"/meters/{FITTED}/read"),
    Seen("reset-meter", f"/meters/{MILL}/reset"),
    Seen("reset-meter-nothing", f"/meters/{FITTED}/reset"),
    Seen("reading-upload", "/readings/upload"),
    Seen("inspect-meter", f"/meters/{FITTED}/inspect"),
    Seen("management-new", f"/meters/{MANY}/orders/new"),
    Seen("management-approve", f"/meters/{MANY}/orders/wanted/approve"),
    Seen("stock-new", "/stock/new"),
    Seen("stock-delivery", "/stock/delivery"),
    Seen("stock-move", f"/stock/{ONE}/move"),
    Seen("stock-scrap", f"/stock/{ONE}/scrap"),
    Seen("cards-take-in", "/cards/take-in"),
    Seen("card-step", f"/cards/{LOST_CARD}/step?as=give_back"),
    Seen("card-move", f"/cards/{FREE_CARD}/step?as=move"),
    Seen("sell-meter-card", f"/sell/{CARD_METER}"),
    Seen("key-approve", "/keys/201457/2/approve"),
    Seen("key-withdraw", "/keys/201457/2/withdraw"),
    Seen("tariff-approve", "/tariffs/domestic/2027-01/approve"),
    Seen("tariff-withdraw", "/tariffs/domestic/2027-01/withdraw"),
    Seen("tariff-draft", "/tariffs/new?like=domestic/domestic-1"),
    Seen("give-back", "/search?q=w2", pressed=GIVE_BACK, of="/sales/<id>/give-back"),
    Seen("take-back", "/invoices/OFFICE/1/take-back"),
    Seen("operator-new", "/operators/new"),
    Seen("operator-change", "/operators/li-na/change"),
    Seen("operator-roles", "/operators/li-na/roles"),
    Seen("operator-password", "/operators/li-na/password"),
    Seen("operator-authenticator", "/operators/li-na/authenticator"),
    Seen("operator-sessions", "/operators/li-na/sessions"),
    Seen("operator-leave", "/operators/li-na/leave"),
    Seen("operator-back", "/operators/gone/back"),
    Seen("role-new", "/roles/new"),
    Seen("roles-standard", "/roles/standard/add"),
    Seen("role-form", "/roles/role-li-na"),
    Seen("branch-new", "/branches/new"),
    Seen("branch", "/branches/north"),
    Seen("station-new", "/stations/new"),
    Seen("station", "/stations/north-1"),
    Seen("shift-open", "/shifts/open"),
    Seen("shift-close", "/shifts/1/close"),
    Seen("shift", "/shifts/1"),
    Seen("shift-counted", "/shifts/3"),
    Seen("exception-resolve", "/exceptions/1/resolve?as=explained"),
    Seen("claim-end", "/exceptions/4/resolve?as=conceded"),
    Seen("deposit", "/banks/west/deposit"),
    Seen("sell", "/sell"),
    Seen("sell-without-shift", "/sell", "deputy"),
    Seen("sell-several", "/sell", fill={"who": "zh"}, pressed=SEND),
    Seen("sell-meter", f"/sell/{MANY}"),
    Seen("sell-waits", f"/sell/{OF_CHIEF}"),
    Seen("sold", f"/sell/{OF_CHIEF}", pressed=SOLD, of="/sold/<receipt>"),
    Seen("sold-undo", f"/sell/{OF_CHIEF}", first=(SOLD,), pressed=UNDO, of="/sold/<receipt>/undo"),
    Seen("sale-corrected", OF_LI_NA, first=(ROW,), pressed=CORRECT, of="/sales/<id>/correct"),
    Seen("form", "/sample/form"),
)
#: What is answered to a form: what is wrong with it, or what it will do.
ANSWERS = (
    sent("sign-in-wrong", "/sign-in", None, login="nobody", password="not the password"),
    sent("account-password-refused", "/account/password", **WRONG, new="too short", again="not the same"),
    sent("account-authenticator-refused", "/account/authenticator", **WRONG, code="000000"),
    sent("customer-new-refused", "/customers/new", id_no="?", contract="2 lamps", share="60"),
    sent("customer-new-known", "/customers/new", **REGISTERING, id_no="530102-77"),
    sent("customer-new-preview", "/customers/new", status=200, **REGISTERING, arrears="120", fee_card="15"),
    sent("customer-amend-refused", f"/customers/{REGISTERED}/amend", phone="call me"),
    sent("supply-point-new-refused", f"/customers/{REGISTERED}/supply-points/new", point_address=""),
    sent(
        "supply-point-new-preview",
        f"/customers/{REGISTERED}/supply-points/new",
        status=200,
        power_type="commercial",
        fee_connection="300",
    ),
    sent("supply-point-amend-refused", f"{POINT}/amend", alarm="900", hoard="20"),
    sent("supply-point-terms-refused", f"{POINT}/terms", contract="9", day="2026-11-22"),
    sent(
        "supply-point-terms-preview",
        f"{POINT}/terms",
        status=200,
        power_type="domestic",
        contract="5.5",
        day="2026-12-01",
        **WHY,
    ),
    sent("supply-point-terms-withdraw-refused", f"{DUE}/terms/withdraw"),
    sent("supply-point-capacity-refused", f"{POINT}/capacity", contract="8", fee="120"),
    sent(
        "supply-point-capacity-preview",
        f"{POINT}/capacity",
        status=200,
        contract="12",
        fee="120",
        paid="cash",
        **WHY,
    ),
    sent("supply-point-step-refused", f"{WAITS}/step"),
    sent("supply-point-install-refused", f"{WAITS}/install", meter="123", seals="A 1"),
    sent(
        "supply-point-install-preview",
        f"{WAITS}/install",
        status=200,
        meter="07000009030",
        total="0",
        preset="10",
    ),
    sent("supply-point-replace-refused", f"{POINT}/replace", meter="123", remaining="x", seals="A 1"),
    sent("supply-point-replace-preview", f"{POINT}/replace", status=200, **REPLACING),
    sent("supply-point-cancel-refused", f"{POINT}/cancel", fee="?", remaining="x"),
    sent("supply-point-cancel-preview", f"{POINT}/cancel", status=200, **LEAVING),
    Seen(
        "refund-preview",
        "/refunds",
        first=('tbody a[href^="/refunds/"]',),
        pressed='button[value="change"]',
        of="/refunds/<account>",
    ),
    sent("dues-refused", f"/customers/{REGISTERED}/dues", arrears="-1"),
    sent("dues-preview", f"/customers/{REGISTERED}/dues", status=200, arrears="80", fee_meter="200", **WHY),
    sent("debt-refused", f"/customers/{REGISTERED}/debts/card", amount="20"),
    sent("debt-preview", f"/customers/{REGISTERED}/debts/card", status=200),
    sent("network-refused", "/network/new", kind="feeder", code="F 7"),
    sent("way-new-refused", "/lines/ways/new", **ENTERING_A_WAY),
    sent("way-keep-refused", f"/lines/ways/{PROTECTED}/keep", protection=""),
    sent("ways-upload-refused", "/lines/ways/upload", file="meter,place\n1,2\n"),
    sent("ways-upload-preview", "/lines/ways/upload", status=200, file=WAY_LIST),
    sent("meter-group-new-refused", "/lines/groups/new", code="G 1", kind="list", meters="123"),
    sent(
        "reading-schedule-new-refused",
        "/lines/schedules/new",
        code="odd",
        name="Odd",
        group="all",
        wants="frozen",
        comes="minutes",
        every="7",
    ),
    sent("relay-refused", f"/meters/{PROTECTED}/relay", order="close", **{"from": "soon"}),
    sent("relay-preview", f"/meters/{PROTECTED}/relay", status=200, order="close", **WHY),
    sent(
        "timetable-new-refused",
        "/timetables/new",
        code="homes",
        name="Homes",
        group="all",
        days="1: noon 3",
        **{"from": "tomorrow", "seasons": "10-01: 1 2", "special_days": "2027-02-30 1"},
    ),
    # Whoever drafted it does not approve it.
    sent("timetable-approve-refused", "/timetables/homes/2/approve"),
    sent("timetable-withdraw-refused", "/timetables/homes/2/withdraw"),
    sent("remote-order-mend-refused", "/lines/orders/2/mend?as=again"),
    sent("remote-order-mend-preview", "/lines/orders/2/mend?as=again", status=200, **WHY),
    sent("management-refused", f"/meters/{MANY}/orders/new", kind="power_limit", **WHY),
    sent(
        "management-preview",
        f"/meters/{MANY}/orders/new",
        status=200,
        kind="power_limit",
        value="5000",
        **WHY,
    ),
    sent("read-meter-refused", f"/meters/{FITTED}/read", total="1", time="late"),
    sent(
        "read-meter-preview",
        f"/meters/{FITTED}/read",
        status=200,
        total="18",
        rate_1="11",
        credit="7.5",
        day="2026-11-23",
        time="11:30",
    ),
    sent("reset-meter-refused", f"/meters/{MILL}/reset", found="lost", credits="9999999", time="late"),
    sent("reset-meter-preview", f"/meters/{MILL}/reset", status=200, **RESETTING),
    sent("reading-upload-refused", "/readings/upload", file="meter,taken\n1,2\n"),
    sent("reading-upload-preview", "/readings/upload", status=200, file=READ_BACK),
    sent("inspect-meter-refused", f"/meters/{FITTED}/inspect"),
    sent("stock-new-refused", "/stock/new", meter="123"),
    sent("stock-delivery-refused", "/stock/delivery", file="meter,model\n123,\n456,DDS\n"),
    sent("stock-delivery-preview", "/stock/delivery", status=200, file=DELIVERY),
    sent("cards-take-in-refused", "/cards/take-in", kind="powertill-cpu", place="-", file="serial\nA1\n"),
    sent("cards-take-in-preview", "/cards/take-in", status=200, kind="powertill-cpu", file=CARD_LIST),
    sent("card-step-refused", f"/cards/{LOST_CARD}/step?as=give_back", place="north"),
    sent("card-step-preview", f"/cards/{LOST_CARD}/step?as=give_back", status=200, place="north", **WHY),
    sent("stock-move-refused", f"/stock/{ONE}/move"),
    sent("key-withdraw-refused", "/keys/201457/2/withdraw"),
    sent("tariff-withdraw-refused", "/tariffs/domestic/2027-01/withdraw"),
    sent("tariff-draft-refused", "/tariffs/new?like=domestic/domestic-1", power_type=""),
    sent("take-back-refused", "/invoices/OFFICE/1/take-back"),
    sent("take-back-preview", "/invoices/OFFICE/1/take-back", status=200, **WHY),
    sent("deposit-refused", "/banks/west/deposit", amount="much"),
    sent("deposit-preview", "/banks/west/deposit", status=200, amount="1250", reference="slip-90", **WHY),
    sent("exception-resolve-refused", "/exceptions/1/resolve?as=reversed"),
    sent("exception-resolve-preview", "/exceptions/1/resolve?as=reversed", status=200, **WHY),
    sent("operator-new-refused", "/operators/new", login="X"),
    sent("operator-roles-refused", "/operators/li-na/roles"),
    sent("operator-password-refused", "/operators/li-na/password", new="short", again="other"),
    sent("role-refused", "/roles/new", code="X"),
    sent("role-preview", "/roles/role-li-na", status=200, **{"level.ledger": "view"}, **WHY),
    Seen("sell-nobody", "/sell", status=422, fill={"who": "nobody at all"}, pressed=SEND),
    sent("sell-refused", f"/sell/{MANY}", amount="10", energy="10"),
    sent("sell-preview", f"/sell/{MANY}", status=200, amount="87.50", given="100"),
    Seen(
        "sold-undo-preview",
        f"/sell/{OF_CHIEF}",
        fill=WHY,
        pressed=SEND,
        first=(SOLD, UNDO),
        of="/sold/<receipt>/undo",
    ),
    Seen(
        "correct-refused",
        OF_LI_NA,
        status=422,
        pressed=SEND,
        first=(ROW, CORRECT),
        of="/sales/<id>/correct",
    ),
    Seen(
        "correct-preview",
        OF_LI_NA,
        fill={"amount": "50", **WHY},
        pressed=SEND,
        first=(ROW, CORRECT),
        of="/sales/<id>/correct",
    ),
    sent("branch-refused", "/branches/new"),
    sent("station-refused", "/stations/new"),
    sent("shift-refused", "/shifts/open"),
    sent("shift-close-refused", "/shifts/1/close", counted="70"),
    sent("shift-close-preview", "/shifts/4/close", status=200, counted="12", **WHY),
    sent("shift-open-preview", "/shifts/open", "deputy", status=200, station="north-2", cash="20"),
    Seen(
        "give-back-preview",
        "/search?q=w2",
        fill=WHY,
        pressed=SEND,
        of="/sales/<id>/give-back",
        first=(GIVE_BACK,),
    ),
    Seen("request-refused", "/requests/deposit/east/slip-77", status=422, pressed="form.order button.second"),
    Seen("sale-token", "/search?q=r12", pressed='form[action$="/token"] button', of="/sales/<id>/token"),
    Seen(
        "management-token",
        f"/meters/{MANY}/orders/made",
        pressed='form[action$="/token"] button',
        of=ORDER_TOKEN,
    ),
)
TROUBLE = (
    Seen("no-right", "/ledger", "guest", 403),
    Seen("forged", "/sample/form", "chief", 403, {"seal": "forged"}, SEND),
    Seen("not-there", "/nowhere", "chief", 404),
    Seen("not-there-for-nobody", "/nowhere", None, 404),
    Seen("wrong-method", "/language", "chief", 405),
    Seen("unreadable", "/ledger?account=%ff", "chief", 400),
    Seen("too-long", "/sample/too-long", "chief", 503),
    Seen("too-much", "/sample/too-much", "chief", 429),
    Seen("fault", "/sample/fault", "chief", 500),
    Seen("busy", "/sample/busy", "chief", 503),
    Seen("unknown", "/sample/unknown", "chief", 503),
)
PAGES = (*LISTS, *THINGS, *FINDING, *FORMS, *ANSWERS, *TROUBLE)
