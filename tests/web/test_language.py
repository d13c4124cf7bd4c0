"""Every sentence of the pages is said in every language, with the same places for values; none is stale."""

import ast
import re
from pathlib import Path

import pytest

from admin_web import catalogs
from admin_web.catalogs import extracted, file_of, written
from admin_web.words import LANGUAGES, language_of, words_of

OTHERS = [code for code in LANGUAGES if code != "en"]
_HOLDER = re.compile(r"%\((\w+)\)[sd]")


def sentences(message_id) -> list[str]:
    return list(message_id) if isinstance(message_id, tuple) else [message_id]


def ids(catalog) -> set:
    return {message.id for message in catalog if message.id}


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_said(language):
    catalog = written(language)
    missing = ids(extracted()) - ids(catalog)
    assert missing == set(), "make language brings them in"
    unsaid = [message.id for message in catalog if message.id and not all(sentences(message.string))]
    assert unsaid == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_sentence_is_stale_or_guessed(language):
    catalog = written(language)
    assert ids(catalog) - ids(extracted()) == set(), "make language takes them out"
    assert [message.id for message in catalog if message.id and message.fuzzy] == []
    assert list(catalog.obsolete) == []


def test_no_sentence_is_marked_inside_of_a_formatted_string():
    """Before Python 3.12 such a string is one word, and the sentence in it is not found."""
    hidden = [
        f"{file.name}:{call.lineno}"
        for file in sorted(Path(catalogs.__file__).parent.rglob("*.py"))
        for formatted in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(formatted, ast.JoinedStr)
        for call in ast.walk(formatted)
        if isinstance(call, ast.Call) and ast.unparse(call.func) in {"msg", "msg_many"}
    ]
    assert hidden == []


def is_alike(wanted: list[str], said: str) -> bool:
    """Has it the same places for values? A form for one may leave the figure out."""
    names = {name for sentence in wanted for name in _HOLDER.findall(sentence)}
    found = _HOLDER.findall(said)
    return set(found) | ({"count"} & names) == names and said.replace("%%", "").count("%") == len(found)


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_placeholders_of_its_sentence(language):
    differing = [
        (message.id, said)
        for message in written(language)
        if message.id
        for said in sentences(message.string)
        if not is_alike(sentences(message.id), said)
    ]
    assert differing == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalog_is_as_make_language_writes_it(language, monkeypatch, tmp_path):
    before = file_of(language).read_text(encoding="utf-8")
    copy = tmp_path / language / "messages.po"
    copy.parent.mkdir()
    copy.write_text(before, encoding="utf-8")
    monkeypatch.setattr(catalogs, "CATALOGS", tmp_path)
    monkeypatch.setattr(catalogs, "LANGUAGES", {language: ""})
    catalogs.update()
    assert copy.read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Trial balance"), ("zh", "试算平衡表"), ("ru", "Оборотно-сальдовая ведомость")],
)
def test_a_sentence_is_said_in_the_language_that_was_chosen(language, said):
    assert words_of(language).say("Trial balance") == said


def test_russian_has_three_forms_for_a_count():
    plural = written("ru").plural_forms
    assert plural.startswith("nplurals=3")


@pytest.mark.parametrize(
    ("cookie", "own", "accepted", "chosen"),
    [
        ("ru", "zh", "en", "ru"),
        ("", "zh", "en", "zh"),
        ("", None, "de-DE,ru;q=0.8,en;q=0.5", "ru"),
        ("", None, "zh-CN,zh;q=0.9", "zh"),
        ("xx", None, "de", "en"),
        ("", None, "", "en"),
    ],
)
def test_the_language_is_the_browser_s_choice_then_the_person_s_then_what_the_browser_asks_for(
    cookie, own, accepted, chosen
):
    assert language_of(cookie, own, accepted) == chosen
