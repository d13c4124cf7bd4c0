"""Every sentence of the desk is said in every language, with the same places for values; none is stale."""

import ast
import re
from pathlib import Path

import pytest

from card_station import catalogs
from card_station.catalogs import extracted, file_of, written
from card_station.price_words import LINES, line_named
from card_station.refused_words import DENIED, OF_THE_DOOR, refusal_said
from card_station.told_words import SENTENCES, sentence_of
from card_station.words import LANGUAGES, words_of
from gateway.codecs.card.profile import Told
from gateway.core.card import CardReason
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.refusal import Refusal
from gateway.endpoints.station_said import closed, no_certificate
from gateway.multi_tariff.plain_words import CODES, named

OTHERS = [code for code in LANGUAGES if code != "en"]
_HOLDER = re.compile(r"%\((\w+)\)s")


def ids(catalog):
    return {message.id for message in catalog if message.id}


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_said_and_none_is_stale(language):
    catalog = written(language)
    assert ids(extracted()) - ids(catalog) == set(), "make language brings them in"
    assert ids(catalog) - ids(extracted()) == set(), "make language takes them out"
    assert [message.id for message in catalog if message.id and not message.string] == []
    assert [message.id for message in catalog if message.id and message.fuzzy] == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_places_of_its_sentence(language):
    differing = [
        message.id
        for message in written(language)
        if message.id and sorted(_HOLDER.findall(message.id)) != sorted(_HOLDER.findall(message.string))
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


def test_whatever_a_card_or_reader_can_do_wrong_has_its_sentence():
    assert set(SENTENCES) == set(Told)
    for told in Told:
        assert sentence_of(f"{told.value}: somewhere") == SENTENCES[told]


@pytest.mark.parametrize("language", OTHERS)
def test_a_refusal_is_said_in_the_reader_s_language_with_what_the_card_says(language):
    words = words_of(language)
    refused = NotDone(OfficeRefusal.CARD_REFUSED, CardReason.NOT_INSERTED.sentence)
    said = refusal_said(words, "card_refused", refused.sentence)
    assert said == f"{words.say(refused.reason.value)} ({words.say(CardReason.NOT_INSERTED.sentence)})"
    assert words.say(CardReason.NOT_INSERTED.sentence) in said
    assert not re.search("[a-z]{3}", said)


ROOT = Path(__file__).parents[2]
#: Words of the configuration and the name of a role, which no language has other words for.
_AS_WRITTEN = {
    "days",
    "month",
    "minutes",
    "covered",
    "true",
    "refunds",
    "price",
    "paid",
    "administrator",
    "powertill",
}
_DOOR = [
    *sorted((ROOT / "gateway/endpoints").glob("station_*.py")), ROOT / "gateway/assembly/station_desk.py",
]  # fmt: skip


def refusals_of_the_door():
    """What the door refuses with sentences of its own: each call of ``Turned`` with a code."""
    for file in _DOOR:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Turned"):
                continue
            if isinstance(node.args[0], ast.Constant):
                yield node.args[0].value, node.args[1]


def test_each_refusal_of_the_door_s_own_has_its_sentence_here():
    codes = {code for code, _ in refusals_of_the_door()}
    assert codes == set(OF_THE_DOOR)
    for code, sentence in refusals_of_the_door():
        if isinstance(sentence, ast.Constant):
            assert OF_THE_DOOR[code] == sentence.value
    assert {no_certificate().sentence, closed().sentence} == set(DENIED)


@pytest.mark.parametrize("language", OTHERS)
def test_every_code_that_the_door_can_answer_is_said_in_the_reader_s_language(language):
    words = words_of(language)
    said = {code: refusal_said(words, code, "an English sentence") for code in OF_THE_DOOR}
    said |= {one.name: refusal_said(words, one.name.lower(), one.value) for one in OfficeRefusal}
    said |= {one.value: refusal_said(words, one.value, one.sentence) for one in Refusal}
    said |= {one.name: words.say(one.sentence) for one in CardReason}
    said |= {one: words.say(one) for one in DENIED}
    assert len(said) > 150
    foreign = {code: set(re.findall("[a-z]{3,}", one)) - _AS_WRITTEN for code, one in said.items()}
    assert {code: words for code, words in foreign.items() if words} == {}


def test_a_refusal_has_its_detail_behind_it_whoever_gives_it():
    words = words_of("en")
    declined = f"{Refusal.OVER_LIMIT.sentence} (5000.00 CNY)"
    assert refusal_said(words, "over_limit", declined) == declined
    zh = words_of("zh")
    assert refusal_said(zh, "over_limit", declined) == f"{zh.say(Refusal.OVER_LIMIT.sentence)} (5000.00 CNY)"


def test_the_lines_of_a_price_are_called_as_in_the_office():
    words = words_of("en")
    for code in (*CODES, *LINES, "RURAL_GRID_LOAN", "EPRA", "SERVICE_FEE"):
        assert line_named(words, code) == named(code), code
    assert line_named(words_of("zh"), "ENERGY.shop") == f"{words_of('zh').say('Energy')} (shop)"


def test_money_energy_and_moments_are_written_as_each_is_used_to():
    assert words_of("en").money(12_950, "CNY") == "CN¥129.50"
    assert words_of("zh").money(12_950, "CNY") == "¥129.50"
    assert words_of("ru").kwh(228_400) == "228,4 кВт⋅ч"
