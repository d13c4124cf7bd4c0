"""What the gateway has written down in English is found again and said in the reader's language."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from admin_web.catalogs import written
from admin_web.spoken import sentences_of_others
from admin_web.told import PLACE, TEXT_MAX, told, told_or_raw
from admin_web.told_sentences import ALL, FORMER
from admin_web.words import LANGUAGES, words_of
from gateway.assembly.gateway_service import _ledger
from gateway.core.refusal import Refusal

ROOT = Path(__file__).parents[2]
OTHERS = [code for code in LANGUAGES if code != "en"]


@cache
def spoken_in_code() -> str:
    """All texts of the gateway's code, each on a line, with ``{}`` where a value is put in."""
    lines = []
    for file in sorted([*(ROOT / "gateway").rglob("*.py"), *(ROOT / "adapters").rglob("*.py")]):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
                lines.append("".join(map(str, parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                lines.append(node.value)
    return "\n".join(lines)


@pytest.mark.parametrize("sentence", [one for one in ALL if one not in FORMER])
def test_a_sentence_is_still_written_so_in_the_code(sentence):
    """Where one is put together of two, both parts are looked for."""
    whole, last = PLACE.sub("{}", sentence), re.sub(r": \{\w+\}$", "", sentence)
    assert whole in spoken_in_code() or last in spoken_in_code()


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_places_of_its_sentence(language):
    catalog = written(language)
    differing = [
        sentence
        for sentence in (*ALL, *sentences_of_others())
        if set(PLACE.findall(sentence)) != set(PLACE.findall(str(catalog.get(sentence).string)))
    ]
    assert differing == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (_ledger(3, None, []).says, "Команд в очереди: 3"),
        (
            f"the bank says that the customer has paid, and it was refused: {Refusal.METER_BLOCKED.sentence}",
            "банк сообщает, что абонент заплатил, а платёж отклонён: "  # noqa: RUF001 - Russian
            + words_of("ru").say(Refusal.METER_BLOCKED.sentence),
        ),
        (
            "a paid credit waits, since no token could be made for the meter: no key",
            "оплаченное пополнение ждёт, так как токен для счётчика создать не удалось: no key",
        ),
    ],
)
def test_a_sentence_is_said_with_its_figures_and_the_sentences_in_it(text, said):
    assert told(words_of("ru"), text) == said


def test_in_english_a_sentence_stands_as_it_was_written():
    assert told(words_of("en"), "3 commands wait") == "3 commands wait"


@pytest.mark.parametrize("text", ["the disk is on fire", "commands wait", "3 links" + "s" * TEXT_MAX])
def test_what_is_not_known_stands_as_it_is(text):
    assert told(words_of("ru"), text) is None
    assert told_or_raw(words_of("ru"), text) == text


def test_what_somebody_else_wrote_into_a_sentence_is_no_place_of_ours():
    text = "approved versions cannot be looked for: {why.__class__} {0}"
    assert told(words_of("ru"), text).endswith(": {why.__class__} {0}")
