"""The station's real program over PC/SC and HTTPS, killed without warning at messages all along a sale.

twistd runs it as it is installed; pcscd has a virtual reader; the centre stands on the test's reactor. At the
message that is drawn the program is killed (SIGKILL) before or behind its answer, begun anew on its journal,
and the card is read until nothing is left: one purchase in the meter and in the books.
"""

import signal

import pytest
import pytest_twisted
from twisted.internet.threads import deferToThread

from gateway.simulators.card.serial_reader import SerialReader
from tests.station import MINOR, Shop
from tests.station_https import CODE, HttpsCentre
from tests.station_program import SOLD, StationProgram, found_in

pytest.importorskip("smartcard.scard", reason="pyscard is not installed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.faults,
    pytest.mark.xdist_group("pcsc"),
    pytest.mark.filterwarnings("ignore:.*:DeprecationWarning"),
]
#: At which message of a sale (from its order on) the program is killed, and whether before it is carried out.
KILLS = [
    ("sell", 0, True), ("sell", 0, False), ("answer", 9, True), ("begin", 0, True), ("begin", 0, False),
    ("answer", 16, False), ("confirm", 0, True), ("confirm", 0, False),
]  # fmt: skip


@pytest.fixture
def pulled(pcsc):
    """The reader's service; the processes that were begun are ended."""
    begun: list[StationProgram] = []
    yield pcsc, begun
    for one in begun:
        one.kill()


async def opened(pulled, tmp_path):
    service, begun = pulled
    shop = Shop("powertill-cpu", tmp_path / "books", 1)
    centre = HttpsCentre(shop.centre)
    station = StationProgram(tmp_path, centre.url, centre.authority.pem)
    begun.append(station)
    service.insert(shop.card)
    await deferToThread(station.enrol, CODE)
    await deferToThread(station.begin)
    return shop, centre, station


def is_balanced(station, shop):
    """One purchase more in the meter and in the books, and nothing is left in the program's journal."""
    assert station.unfinished() == ()
    shop.check(2)


@pytest_twisted.ensureDeferred
async def test_a_sale_over_reader_and_wire_and_a_check_of_all_parts(pulled, tmp_path):
    shop, centre, station = await opened(pulled, tmp_path)
    try:
        assert await deferToThread(station.sell) == SOLD
        receipt = found_in(await deferToThread(station.page), r'href="(/receipt/[^"]+)"')
        assert "189.0 kWh" in await deferToThread(station.page, receipt)
        checked = await deferToThread(station.run, "check", timeout=60)
        assert checked.returncode == 1
        assert "another program has it" in checked.stdout
        await deferToThread(station.stop)
        checked = await deferToThread(station.run, "check", timeout=60)
        assert checked.returncode == 0, checked.stdout
        assert "0 unfinished" in checked.stdout
        is_balanced(station, shop)
        assert MINOR == 10_000
    finally:
        station.kill()
        await centre.stop()


@pytest_twisted.ensureDeferred
async def test_a_sale_over_a_serial_reader_that_is_unplugged_and_back(tmp_path):
    device = SerialReader(tmp_path / "ttyCARD")
    shop = Shop("powertill-cpu", tmp_path / "books", 1)
    centre = HttpsCentre(shop.centre)
    station = StationProgram(
        tmp_path, centre.url, centre.authority.pem, reader=f'line = "{device.path}"'
    )
    device.insert(shop.card)
    try:
        await deferToThread(station.enrol, CODE)
        await deferToThread(station.begin)
        device.unplug()
        await deferToThread(station.act, "/read")
        assert await deferToThread(station.until, "the reader does not answer") != ""
        device.plug()
        await deferToThread(station.act, "/back")
        assert await deferToThread(station.sell) == SOLD
        checked = await deferToThread(station.run, "check", timeout=60)
        assert "another program has the line" in checked.stdout
        await deferToThread(station.stop)
        is_balanced(station, shop)
    finally:
        station.kill()
        await centre.stop()
        device.unplug()


@pytest.mark.parametrize(("op", "place", "is_before"), KILLS)
@pytest_twisted.ensureDeferred
async def test_killed_at_any_message_of_a_sale_the_program_finishes_it_once(
    pulled, tmp_path, op, place, is_before
):
    shop, centre, station = await opened(pulled, tmp_path)
    seen = []

    def heard(asked, *, is_before):
        if asked == op and is_before == when and station.process is not None:
            seen.append(asked)
            if len(seen) == place + 1 + skipped:
                station.process.send_signal(signal.SIGKILL)
                station.process.wait(20)

    when, skipped = is_before, 0
    try:
        assert await deferToThread(station.priced)
        centre.door.heard = heard
        await deferToThread(station.act, "/commit")
        assert await deferToThread(station.until, SOLD) == "", "it was killed before its end"
        centre.door.heard = lambda _op, *, is_before: None
        station.kill()
        await deferToThread(station.begin)
        await deferToThread(station.finish)
        station.kill()
        is_balanced(station, shop)
    finally:
        station.kill()
        await centre.stop()
