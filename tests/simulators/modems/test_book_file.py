"""The book as a file: what is read, and what is refused with its place and the cure."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.simulators.modems.address import Address, AddressFault, address_of
from gateway.simulators.modems.book import CALM, At, Entry, Kind, Outcome, OwnLine, Trouble, Way
from gateway.simulators.modems.book_file import BookFault, read_book

METER = {"number": "5551234", "place": "127.0.0.1:7001"}


def as_it_is(address) -> Any:
    """Put the address itself in the place of a place, to compare."""
    return address


def read(table):
    return read_book(json.dumps(table).encode(), as_it_is)


def refused(raw):
    with pytest.raises(BookFault) as caught:
        read_book(raw if isinstance(raw, bytes) else json.dumps(raw).encode(), as_it_is)
    return str(caught.value)


def test_every_field_is_read():
    trouble = {
        "noise_per_mille": 5,
        "seed": 7,
        "delay_ms": 300,
        "lost": {"octets": 40, "way": "from meter"},
        "silent": {"octets": 0, "way": "to meter"},
        "garbled": {"octets": 9},
    }
    book = read(
        {
            "numbers": [
                METER,
                {"number": "*21#", "fails": "no answer", "after_ms": 500},
                {
                    "number": "+86105551236",
                    "place": "[::1]:7002",
                    "fails": "busy",
                    "rate": 2400,
                    "times": 2,
                    "trouble": trouble,
                },
            ],
            "lines": [
                {"number": "100"},
                {
                    "number": "101",
                    "kind": "gsm",
                    "has_dial_tone": False,
                    "is_dead": True,
                    "times": 1,
                    "trouble": {"lost": {"octets": 1}},
                },
            ],
        }
    )
    assert book.entries[0].trouble is CALM
    assert [
        (one.number, one.place, one.fails, one.trouble, one.times, one.after_ms, one.rate)
        for one in book.entries
    ] == [
        ("5551234", Address("127.0.0.1", 7001), None, CALM, None, None, 9600),
        ("*21#", None, Outcome.NO_ANSWER, CALM, None, 500, 9600),
        (
            "+86105551236",
            Address("::1", 7002),
            Outcome.BUSY,
            Trouble(5, 7, 300, At(40, Way.FROM_METER), At(0, Way.TO_METER), At(9)),
            2,
            None,
            2400,
        ),
    ]
    assert book.lines == (
        OwnLine("100"),
        OwnLine("101", Kind.GSM, False, True, Trouble(lost=At(1)), 1),  # noqa: FBT003 - as the table has them
    )
    assert isinstance(book.entries[0], Entry)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"numbers": [\n  {"number": "1"\n', "line 3, column 1: this is no JSON"),
        (b'{"numbers": [],\n "x\xff": 1}', "line 2: this is no text in UTF-8"),
        (b"[" * 100_000, "book: is no book of numbers"),
        (b'{"numbers": ' + b"9" * 5000 + b"}", "book: is no book of numbers"),
        (b'{"numbers": [], "numbers": []}', "book: 'numbers' stands twice in one object"),
        ([], "book: must be an object"),
        ({}, "book.numbers: is missing"),
        ({"numbers": [], "more": 1}, "book.more: is not known here"),
        ({"numbers": [METER | {"number": 5551234}]}, "book.numbers[0].number: must be a text"),
        ({"numbers": [METER | {"number": "555 1234"}]}, "book.numbers[0].number: is no telephone number"),
        ({"numbers": [METER, METER]}, "book.numbers[1].number: stands at book.numbers[0] already"),
        (
            {"numbers": [METER], "lines": [{"number": "5551234"}]},
            "book.numbers[0].number: stands at book.lines[0] already",
        ),
        ({"numbers": [{"number": "1"}]}, "book.numbers[0]: nobody answers there"),
        ({"numbers": [METER | {"place": "127.0.0.1"}]}, "book.numbers[0].place: must be HOST:PORT"),
        ({"numbers": [METER | {"fails": "engaged"}]}, "book.numbers[0].fails: must be one of busy,"),
        (
            {"numbers": [METER | {"after_ms": 0.5}]},
            "book.numbers[0].after_ms: must be a whole number",
        ),
        ({"numbers": [METER | {"after_ms": -1}]}, "book.numbers[0].after_ms: must be from 0 to 600000"),
        ({"numbers": [METER | {"times": 1}]}, "book.numbers[0].times: nothing goes wrong so many times"),
        (
            {"numbers": [{"number": "1", "fails": "busy", "times": 1}]},
            "book.numbers[0].times: nobody answers behind these calls",
        ),
        (
            {"numbers": [METER | {"trouble": {"lost": {"way": "both"}}}]},
            "book.numbers[0].trouble.lost.octets: is missing",
        ),
        (
            {"numbers": [METER | {"trouble": {"lost": {"octets": 1, "way": "up"}}}]},
            "book.numbers[0].trouble.lost.way: must be one of to meter, from meter, both",
        ),
        ({"numbers": [], "lines": [{"number": "1", "is_dead": 1}]}, "book.lines[0].is_dead: must be true or"),
    ],
)
def test_what_is_no_book_is_refused_with_its_place_and_the_cure(raw, said):
    sentence = refused(raw)
    assert sentence.startswith(said)
    assert "; cure: " in sentence
    assert "555" not in sentence, "no number is shown"


def test_a_number_stands_for_the_calls_behind_its_failures():
    book = read({"numbers": [METER | {"fails": "busy", "times": 1}]})
    assert book.entries[0].place == Address("127.0.0.1", 7001)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_whatever_lies_in_the_file_is_read_or_refused(raw):
    with contextlib.suppress(BookFault):
        read_book(raw, as_it_is)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:7001", Address("127.0.0.1", 7001)),
        ("meters.example:65535", Address("meters.example", 65535)),
        ("[::1]:1", Address("::1", 1)),
    ],
)
def test_an_address_is_read_and_written(text, address):
    assert address_of(text) == address
    assert str(address) == text


@pytest.mark.parametrize(
    "text",
    ["", "host", ":7001", "host:", "host:x", "host:0", "host:65536", "host:٣", "::1:7001", "[x]:1", "a b:1"],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(AddressFault):
        address_of(text)


def test_any_port_may_be_asked_for_where_somebody_listens():
    assert address_of("127.0.0.1:0", least_port=0).port == 0
