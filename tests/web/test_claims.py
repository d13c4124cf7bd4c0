"""A claim on the pages: what ends it, what that posts, who stood behind it, and what is told of it then."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from adapters.db.poster import run_here
from adapters.db.views import Views
from gateway.core.authority import Function, Grant, Level, Rights
from gateway.core.sale import SaleState
from gateway.core.views_booked import SaleFile
from gateway.core.views_staff import Requests
from gateway.core.views_watch import Exceptions
from gateway.office.orders import ResolveOrder
from tests import builders
from tests.web.desk import Desk, DoubleGate, visitor
from tests.web.filling import sent
from tests.web.staffed import Staffed
from tests.web.test_money_pages import confirmed

PAYMENT = "pay/east/c1"
REASON = {"reason": "agreed with the bank by letter"}


@pytest.fixture
def staffed(tmp_path):
    """One payment of east's, reversed after its token was out."""
    staffed = Staffed(tmp_path)
    east, pan = builders.Till(), staffed.town.meters[0].pan
    staffed.batch.run([east.pay("c1", 12_345, pan=pan), east.reverse("c1")])
    return staffed


@pytest.fixture
def desk(staffed):
    return Desk(staffed.office())


def trouble(staffed):
    (found,) = staffed.reader().rows(Exceptions(branch=None, open_only=False))
    return found


def sale(staffed):
    return staffed.reader().totals(SaleFile(branch=None, key=PAYMENT)).sale


def approved(desk, path, who="deputy"):
    nonces = re.findall(r'name="nonce" value="([^"]*)"', desk.get(path, who).text)
    return desk.post(path, who, {"nonce": nonces[0], "verdict": "approve"})


def ended(desk, resolution):
    """End the claim by two people; the preview, and the request's page as it waited."""
    shown, told = confirmed(desk, "/exceptions/1/resolve", **{"as": resolution}, **REASON)
    path = told.header("location").partition("?")[0]
    waited = desk.get(path, "deputy")
    assert approved(desk, path).code == 303
    return shown, waited


def test_a_claim_that_stands_offers_its_ends_and_nothing_else(desk):
    told = desk.get("/exceptions/1")
    assert told.link_to("End the claim: the bank pays") == "/exceptions/1/resolve?as=upheld"
    assert told.link_to("End the claim: write it off") == "/exceptions/1/resolve?as=conceded"
    for words in ("Close as explained", "Close as settled", "Give the payment back"):
        assert told.link_to(words) is None
    form = desk.get("/exceptions/1/resolve?as=upheld").text
    assert re.findall(r'<option value="([a-z]+)"', form) == ["upheld", "conceded"]


@pytest.mark.parametrize("resolution", ["explained", "settled", "reversed"])
def test_what_is_not_offered_is_not_taken(desk, staffed, resolution):
    assert sent(desk, "/exceptions/1/resolve", **{"as": resolution}, **REASON).code == 422
    assert trouble(staffed).is_open


@pytest.mark.parametrize(
    ("resolution", "lines", "state"),
    [
        ("upheld", [["BANK:east", "CN¥123.45", ""], ["CLAIM:east", "", "CN¥123.45"]], SaleState.ISSUED),
        ("conceded", [["LOSS:CLAIM", "CN¥123.45", ""], ["CLAIM:east", "", "CN¥123.45"]], SaleState.CONCEDED),
    ],
)
def test_what_will_be_posted_is_shown_to_both_and_then_posted(desk, staffed, resolution, lines, state):
    shown, waited = ended(desk, resolution)
    assert shown.cells() == waited.cells() == lines
    for page in (shown, waited):
        assert "<strong>CN¥123.45</strong>" in page.text
        assert "It posts nothing" not in page.text
    assert (sale(staffed).state, trouble(staffed).resolution) == (state, resolution)


def test_a_closed_exception_names_who_asked_and_who_approved(desk):
    ended(desk, "conceded")
    facts = dict(re.findall(r"<dt>([^<]*)</dt><dd>(.*?)</dd>", desk.get("/exceptions/1").text, re.DOTALL))
    assert "chief" in facts["Closed by"]
    assert "deputy" in facts["Approved by"]
    assert "written off" in facts["What became of it"]


def test_an_exception_that_was_closed_at_the_machine_says_so(desk, staffed):
    found = trouble(staffed)
    pan = sale(staffed).pan
    order = ResolveOrder(found.id, found.kind, "upheld", PAYMENT, "east", pan, 12_345)
    staffed.batch.run([order.command("root", "so")])
    assert "closed at the gateway&#39;s machine" in desk.get("/exceptions/1").text


def test_the_sale_tells_the_whole_story_and_leads_to_the_request(desk, staffed):
    ended(desk, "conceded")
    told = desk.get(f"/sales/{sale(staffed).id}")
    for said in (
        "Claim: reversed after the token was out",
        "End of a claim: written off",
        "Ordered: the claim ends",
        "written off",
    ):
        assert said in told.text
    assert 'href="/requests/claim/pay/east/c1"' in told.text


def test_what_was_written_off_stands_apart_in_the_sums_and_can_be_looked_for(desk):
    ended(desk, "conceded")
    told = desk.get("/sales?state=conceded")
    assert len(told.cells()) == 1
    foot = " ".join(
        re.sub(r"<[^>]*>", " ", told.text.partition("<tfoot")[2].partition("</tfoot>")[0]).split()
    )
    assert re.search(r"Written off .*-?CN¥-?123\.45", foot), foot
    assert "What stands" in foot


def test_the_clerk_is_told_that_the_token_stays_good(desk):
    ended(desk, "conceded")
    told = desk.get("/find-token?reference=c1").text
    assert "it was written off" in told
    assert "the token stays good" in told


def test_the_bank_s_page_counts_what_ended(desk):
    ended(desk, "upheld")
    rows = {cells[0]: cells[1:] for cells in desk.get("/banks/east").cells()}
    assert rows["Out of dispute: the bank pays"] == ["1", "CN¥123.45"]
    assert rows["Out of dispute: written off"] == ["0", "CN¥0.00"]


def test_whose_limit_is_below_the_amount_asks_and_does_not_approve(staffed):
    grants = {Function.EXCEPTIONS: Grant(Level.VIEW), Function.REVERSALS: Grant(Level.APPROVE, 10_000)}
    small = visitor("deputy", Rights.of([grants], None))
    gate = DoubleGate(staffed.visitors | {"deputy": small})
    desk = Desk(replace(staffed.office(), gate=gate))
    _, told = confirmed(desk, "/exceptions/1/resolve", **{"as": "conceded"}, **REASON)
    path = told.header("location").partition("?")[0]
    assert "Approve and carry out" not in desk.get(path, "deputy").text


def only_exceptions(staffed):
    """A desk at which the deputy closes exceptions and does nothing else."""
    grants = {Function.EXCEPTIONS: Grant(Level.APPROVE)}
    gate = DoubleGate(staffed.visitors | {"deputy": visitor("deputy", Rights.of([grants], None))})
    return Desk(replace(staffed.office(), gate=gate))


def test_who_only_closes_exceptions_is_told_who_ends_a_claim(staffed):
    desk = only_exceptions(staffed)
    told = desk.get("/exceptions/1", "deputy")
    assert "A claim is ended by whoever has the function Reversals." in told.text
    assert told.link_to("End the claim: write it off") is None
    assert desk.get("/exceptions/1/resolve?as=conceded", "deputy").code == 403
    assert "function Reversals" not in desk.get("/exceptions/1", "chief").text


def test_who_only_closes_exceptions_does_not_approve_the_end_of_a_claim(staffed):
    desk = only_exceptions(staffed)
    _, told = confirmed(desk, "/exceptions/1/resolve", **{"as": "conceded"}, **REASON)
    path = told.header("location").partition("?")[0]
    assert desk.get(path, "deputy").code == 404
    assert sale(staffed).state is SaleState.CLAIMED


def test_an_end_that_waits_from_an_older_program_is_offered_to_be_refused_alone(desk, staffed):
    _, told = confirmed(desk, "/exceptions/1/resolve", **{"as": "conceded"}, **REASON)
    path = told.header("location").partition("?")[0]
    older = Desk(staffed.office(views=OlderRequests(staffed.engine, run_here)))
    text = older.get(path, "deputy").text
    assert "it cannot be approved any more" in text
    assert "Approve and carry out" not in text
    assert "Refuse" in text


class OlderRequests(Views):
    """Views of books in which the ends of claims wait under the closing of exceptions."""

    def rows(self, query):
        found = super().rows(query)
        if isinstance(query, Requests):
            found.addCallback(lambda rows: [replace(one, function="exceptions") for one in rows])
        return found
