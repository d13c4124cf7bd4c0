"""The seal of a batch: what it is made of, said once more without the product's code."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.chain import GENESIS, Link, Rows, UnsealableText, array_text, link_mac, sealed, streamed_mac

SECRET = bytes(range(32))
#: Texts as any column may hold them.
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=12)


def unquoted(text):
    """Read an array of texts back as PostgreSQL does (its manual, 8.15.6)."""
    values, value, is_quoted, is_escaped = [], "", False, False
    for character in text[1:-1]:
        if is_escaped:
            value, is_escaped = value + character, False
        elif character == "\\":
            is_escaped = True
        elif character == '"':
            if is_quoted:
                values.append(value)
            is_quoted, value = not is_quoted, ""
        elif is_quoted:
            value += character
    return values


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ((1, 2, 3), "{1, 2, 3}"),
        ((5,), "{5}"),
        ((1, None, 3), "{1, NULL, 3}"),
        ((None, None), "{NULL, NULL}"),
        (("a", "b"), '{"a","b"}'),
        (("",), '{""}'),
        (('say "hi"', "back\\slash"), '{"say \\"hi\\"","back\\\\slash"}'),
        (("电费", "кВт·ч"), '{"电费","кВт·ч"}'),
    ],
)
def test_a_column_is_written_as_postgresql_writes_an_array(column, text):
    assert array_text(column) == text


@given(st.lists(TEXTS.filter(lambda text: "\x1f" not in text), min_size=1, max_size=8))
def test_texts_come_back_as_they_were(texts):
    assert unquoted(array_text(texts)) == texts


@pytest.mark.parametrize("text", ["a\0b", "a\x1fb"])
def test_a_text_that_no_column_keeps_is_refused(text):
    with pytest.raises(UnsealableText, match="control character"):
        array_text(("fine", text))


def test_columns_that_change_are_not_sealed():
    columns = ["{1}", '{"BANK:east"}', '{"CNY"}', "{100}", "{7}"]
    assert sealed("account", columns, ["id", "code", "unit", "balance", "link"]) == columns[:3]


def test_the_seal_is_what_the_page_says():
    link = Link(number=2, at_us=1_790_000_000_000_000, last_id=77, last_position=9, mac="")
    parts = [("entry", Rows([(77, 9, "sale")]).columns), ("posting", Rows([(77, 0, 5), (77, 1, -5)]).columns)]
    text = (
        f"{GENESIS}\n2\n1790000000000000\n77\n9\n"
        'entry\n{77}\n{9}\n{"sale"}\n'
        "posting\n{77, 77}\n{0, 1}\n{5, -5}"
    )
    assert (
        link_mac(SECRET, GENESIS, link, parts) == hmac.new(SECRET, text.encode(), hashlib.sha256).hexdigest()
    )


ROWS = st.lists(
    st.tuples(st.integers(-(2**63), 2**63 - 1), TEXTS.filter(lambda t: "\x1f" not in t)),
    min_size=1,
    max_size=5,
)


@given(ROWS, ROWS)
def test_other_rows_have_another_seal(one, two):
    link = Link(2, 0, 0, 0, "")
    seals = [link_mac(SECRET, GENESIS, link, [("entry", Rows(rows).columns)]) for rows in (one, two)]
    assert (seals[0] == seals[1]) == (one == two)


@given(st.sampled_from([1, 4_999, 5_000, 5_001, 12_000]), st.sampled_from(['a "b" \\', "", "é"]))
def test_a_streamed_seal_is_the_same_seal(count, text):
    numbers, texts = [None, *range(count - 1)], [f"{text}{n}" for n in range(count)]
    link, secret = Link(1, 2, 3, 4, ""), bytes(32)
    whole = link_mac(secret, GENESIS, link, [("entry", [array_text(numbers), array_text(texts)])])
    assert streamed_mac(secret, GENESIS, link, [("entry", [iter(numbers), iter(texts)])]) == whole
