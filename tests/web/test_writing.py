"""Long answers: as fast as they are read, while somebody reads, and never taken for whole if they are not."""

from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from adapters.db.poster import run_here
from adapters.print.xlsx import XlsxSheets
from admin_web.answers import Download
from admin_web.needs import SheetColumn
from admin_web.route import SIGNED_IN, Route
from admin_web.writing import disposition
from tests.web.desk import Desk, office

ASK = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nCookie: __Host-powertill=chief\r\n\r\n"


class Told:
    """A file of three pieces that says what was asked of it."""

    def __init__(self, *, fails=False):
        self.said = []
        self.fails = fails
        self.second: Deferred[None] = Deferred()

    async def pieces(self):
        try:
            self.said.append("first")
            yield b"first,"
            await self.second
            if self.fails:
                raise RuntimeError("the books went away")
            self.said.append("second")
            yield b"second,"
            self.said.append("third")
            yield b"third"
        finally:
            self.said.append("closed")

    async def page(self, _asked):
        return Download("a.csv", "text/csv", self.pieces())


def asked(told):
    desk = Desk(office(views=object()), [Route("GET", "/", SIGNED_IN, told.page)], ())
    channel, transport = desk.link()
    channel.dataReceived(ASK)
    return channel, transport


def test_the_next_piece_is_made_when_the_last_was_taken():
    told = Told()
    channel, transport = asked(told)
    assert b"first," in transport.value()
    channel.pauseProducing()  # as the socket does when its buffer is full
    told.second.callback(None)
    assert told.said == ["first", "second"]
    assert b"second," not in transport.value()
    channel.resumeProducing()
    assert told.said == ["first", "second", "third", "closed"]
    assert transport.value().endswith(b"third\r\n0\r\n\r\n")
    assert not transport.disconnecting


def test_when_the_reader_has_gone_no_further_piece_is_made():
    told = Told()
    channel, _ = asked(told)
    channel.connectionLost(Failure(ConnectionLost()))
    told.second.callback(None)
    assert told.said == ["first", "second", "closed"]


def test_a_file_that_cannot_be_finished_is_cut_so_that_nobody_takes_it_for_whole(caplog):
    told = Told(fails=True)
    _, transport = asked(told)
    told.second.callback(None)
    assert transport.disconnected
    assert b"0\r\n\r\n" not in transport.value()
    assert told.said[-1] == "closed"


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a.csv", "attachment; filename=\"a.csv\"; filename*=UTF-8''a.csv"),
        ('a"\r\n.csv', "attachment; filename=\"a___.csv\"; filename*=UTF-8''a%22%0D%0A.csv"),
        ("电.csv", "attachment; filename=\"_.csv\"; filename*=UTF-8''%E7%94%B5.csv"),
    ],
)
def test_a_file_s_name_cannot_break_the_header(name, header):
    assert disposition(name) == header


def test_a_sheet_leaves_nothing_behind_finished_or_not(tmp_path):
    sheets = XlsxSheets(run_here, tmp_path)
    for finishes in (True, False):
        sheet = sheets.begin("[a]:*?/\\" + "x" * 40, [SheetColumn("A", "text"), SheetColumn("B", "count")])
        sheet.add([["=1", 2], [None, 3]])
        sheet.note("A", [["b", 1]])
        if finishes:
            done: Any = sheet.finish()
            assert b"".join(done.result).startswith(b"PK")
        sheet.drop()
        assert list(tmp_path.iterdir()) == []
