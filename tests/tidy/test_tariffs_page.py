"""The page on tariffs: its examples give what it says, and it has every key of the format."""

import json
import re
from pathlib import Path

import pytest

import schemas
from gateway.cli import main

PAGE = (Path(__file__).parents[2] / "docs/tariffs.md").read_text(encoding="utf-8")
FENCED = re.compile(r"^```json\n(.*?)^```\n\n((?:^- `--[^\n]*\n)*)", re.MULTILINE | re.DOTALL)
EXAMPLES = [(json.loads(text), line) for text, lines in FENCED.findall(PAGE) for line in lines.splitlines()]
PLAIN = EXAMPLES[0][0]


@pytest.mark.parametrize(("fragment", "line"), EXAMPLES, ids=[line for _, line in EXAMPLES])
def test_every_example_gives_what_the_page_says(fragment, line, tmp_path, capsys):
    words, *results = re.findall(r"`([^`]+)`", line)
    file = tmp_path / "example.json"
    file.write_text(json.dumps(PLAIN | fragment))
    assert main(["tariff", "quote", str(file), *words.split()]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert re.search(rf"^(Energy|Credit) +{results[0]}( |$)", rows[1]), rows
    assert set(results[1:]) <= set(rows)


def test_every_fragment_has_an_example():
    assert len(FENCED.findall(PAGE)) == PAGE.count("```json")
    assert all(lines for _, lines in FENCED.findall(PAGE))


def keys_of(schema):
    """Every key of the format, from its schema."""
    if isinstance(schema, list):
        return {key for one in schema for key in keys_of(one)}
    if not isinstance(schema, dict):
        return set()
    named = schema["properties"].keys() if isinstance(schema.get("properties"), dict) else set()
    return set(named) | {key for one in schema.values() for key in keys_of(one)}


def test_the_page_names_every_key():
    named = set(re.findall(r"`([^`\s]+)`", PAGE))
    assert keys_of(schemas.load("tariff/tariff.schema.json")) - named == set()
