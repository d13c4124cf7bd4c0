"""The page for integrators says what the SOAP door is: its example, its elements, its reasons, its faults."""

import re
from pathlib import Path

import pytest
from lxml import etree
from twisted.internet.task import Clock

from gateway.core.refusal import RETRYABLE, Refusal
from gateway.endpoints.http_wire import Answer, HttpRequest
from tests.builders import collection_contract, database, soap_site

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/bank-integration-soap.md").read_text(encoding="utf-8")
XML = re.findall(r"^```xml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
XS = "{http://www.w3.org/2001/XMLSchema}"


def section(title: str) -> str:
    return re.split(r"^#{2,3} ", PAGE.split(f" {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def cells(title: str) -> list[list[str]]:
    lines = [line for line in section(title).splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def asked(site, body: str) -> Answer:
    headers = {b"content-type": [b"text/xml"], b"soapaction": [b'"Pay"']}
    request = HttpRequest(b"POST", b"/collection", b"", headers, body.encode(), is_secure=False)
    answer = site.hear(request)
    return answer if isinstance(answer, Answer) else answer.result


def plain(text: str | bytes) -> bytes:
    octets = text.encode() if isinstance(text, str) else text
    parser = etree.XMLParser(remove_blank_text=True)
    return etree.tostring(etree.fromstring(octets, parser), method="c14n")


def test_the_example_is_answered_as_the_page_says(tmp_path):
    site = soap_site(database(tmp_path / "till.db", 1), clock=Clock())
    request, answer, fault = XML
    said = asked(site, request.replace("100.00", "100.005"))
    assert (said.code, plain(said.body)) == (500, plain(fault))
    said = asked(site, request)
    assert (said.code, plain(said.body)) == (200, plain(answer))
    assert f"Content-Length: {len(request.rstrip())}\n" in PAGE


def elements() -> dict[str, dict[str, str]]:
    """The elements of each operation and answer in the WSDL, with how often they occur."""
    found = {}
    for kind in etree.fromstring(collection_contract().wsdl("http://here/")).iter(f"{XS}complexType"):
        found[kind.get("name")] = {
            one.get("name"): "one of the two" if one.getparent().tag == f"{XS}choice" else _occurs(one)
            for one in kind.iter(f"{XS}element")
        }
    return found


def _occurs(one) -> str:
    return "perhaps" if one.get("minOccurs") == "0" else "always"


@pytest.mark.parametrize(
    "name",
    ["Inquire", "InquireResponse", "Pay", "PayResponse", "QueryResult", "Reverse", "ReverseResponse", "Echo",
     "EchoResponse", "Offer"],
)  # fmt: skip
def test_every_element_is_on_the_page_in_its_order(name):
    table = [(row[0].strip("`"), row[1]) for row in cells(f"`{name}`")]
    wanted = elements()[name]
    assert [element for element, _ in table] == list(wanted)
    for element, occurs in table:
        if wanted[element] != "perhaps":
            assert occurs == wanted[element], element
        else:
            assert occurs == "perhaps" or occurs.startswith(("when ", "with ")), element


def test_the_answer_to_a_query_is_that_to_a_payment():
    assert elements()["QueryResultResponse"] == elements()["PayResponse"]


def test_every_reason_is_on_the_page_and_what_may_succeed_later_does_not_stay():
    rows = cells("Outcomes, and what to do")
    reasons = {reason: row for row in rows for reason in re.findall(r"`(\w+)`", row[0])}
    assert set(reasons) == {refusal.value for refusal in Refusal}
    assert {reasons[refusal.value][2] for refusal in RETRYABLE} == {"no"}


def test_every_fault_is_on_the_page_with_its_status():
    files = [*(ROOT / "gateway/endpoints").glob("*soap*.py")]
    code = re.compile(r'"((?:Client|Server)\.[A-Z]\w+|VersionMismatch|MustUnderstand)"')
    used = {name for file in files for name in code.findall(file.read_text())}
    table = {row[0].strip("`"): row[1] for row in cells("Faults, and what to do")}
    assert set(table) == used
    assert set(table.values()) == {"400", "401", "404", "405", "408", "413", "415", "500"}
