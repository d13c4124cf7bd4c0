"""The SOAP load: every payment is sent once and counted by what was said to it."""

import pytest_twisted
from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.threads import deferToThread

from adapters.db.journal_reader import JournalReader
from gateway.simulators.load import LoadPlan
from gateway.simulators.soap_load import SoapCaller, run_soap_load
from tests.builders import NOON, database, drn, soap_site

SECRET = b"open sesame"


async def loaded(engine, meters, *, secret=SECRET, payments=12):
    site = soap_site(engine, clock=reactor, password=SECRET)
    port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(site)
    try:
        caller = SoapCaller("127.0.0.1", port.getHost().port, NOON.date(), "east", secret)
        return await deferToThread(run_soap_load, caller, LoadPlan(meters, payments, links=4))
    finally:
        await port.stopListening()
        await site.drain()


@pytest_twisted.ensureDeferred
async def test_each_payment_is_booked_once_and_counted(tmp_path):
    engine = database(tmp_path / "till.db", 3)
    report = await loaded(engine, [drn(1), drn(2), drn(3)])
    assert (report.payments, report.answered, report.approved, report.strangers) == (12, 12, 12, 0)
    assert (report.codes, report.links) == ({"approved": 12}, 4)
    assert 0 < report.p50_ms <= report.p99_ms <= report.most_ms
    assert len(list(JournalReader(engine).sales())) == 12


@pytest_twisted.ensureDeferred
async def test_what_is_not_approved_is_counted_by_its_outcome_or_fault(tmp_path):
    engine = database(tmp_path / "till.db", 1)
    report = await loaded(engine, [drn(1), drn(9)])
    assert report.codes == {"approved": 6, "declined": 6}
    report = await loaded(engine, [drn(1)], secret=b"guess")
    assert (report.approved, report.codes) == (0, {"soap:Client.Authentication": 12})
    assert "guess" not in repr(SoapCaller("h", 1, NOON.date(), "east", b"guess"))
