"""The page on cards says what is: reasons, codecs, profiles, and every key of a profile."""

import re
from pathlib import Path

import schemas
from gateway.codecs.card.contents import _MADE
from gateway.codecs.card.profile import PROFILES
from gateway.core.card import SELLABLE, CardReason

PAGE = (Path(__file__).parents[2] / "docs/cards.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([^`\s]+)`", PAGE))
LINES = [line for line in PAGE.splitlines() if line.startswith("|")]
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in LINES]


def keys_of(schema):
    """Every key of the format, from its schema."""
    if isinstance(schema, list):
        return {key for one in schema for key in keys_of(one)}
    if not isinstance(schema, dict):
        return set()
    named = schema["properties"].keys() if isinstance(schema.get("properties"), dict) else set()
    return set(named) | {key for one in schema.values() for key in keys_of(one)}


def test_the_page_names_every_key_of_a_profile():
    assert keys_of(schemas.load("cards/card.schema.json")) - NAMED == set()


def test_the_page_names_every_profile_and_every_codec():
    assert {*PROFILES, *_MADE} - NAMED == set()


def test_the_reasons_are_the_code_s_with_their_sentences():
    told = {row[0].strip("`"): row[1] for row in ROWS if len(row) == 2}
    assert {reason.value: told.get(reason.value) for reason in CardReason} == {
        reason.value: reason.sentence for reason in CardReason
    }


def test_the_page_says_with_which_reasons_is_sold():
    line = re.search(r"A purchase is sold only where the reason is `(\w+)` or `(\w+)`", PAGE)
    assert set(line.groups()) == {reason.value for reason in SELLABLE}
