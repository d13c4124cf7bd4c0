"""Prometheus' tally: what is counted shows, what is not in the table does not pass."""

import re
import subprocess
import sys

import pytest

from adapters.metrics.prometheus import CONTENT_TYPE, OTHER, SERIES_MAX, PrometheusTally
from gateway.endpoints.health import METRICS_KIND
from gateway.tally import MEASURES, Kind, NoTally, UnknownMeasure


def lines(tally):
    return tally.text().decode().splitlines()


def test_a_count_grows():
    tally = PrometheusTally()
    tally.count("messages", bank="demo", asked="payment")
    tally.count("messages", 2, bank="demo", asked="payment")
    assert 'powertill_messages_total{asked="payment",bank="demo"} 3.0' in lines(tally)


def test_a_level_is_what_was_said_last():
    tally = PrometheusTally()
    tally.level("links", 5, bank="demo")
    tally.level("links", 2, bank="demo")
    assert 'powertill_links{bank="demo"} 2.0' in lines(tally)


def test_a_time_falls_into_its_bucket():
    tally = PrometheusTally()
    tally.took("answer", 0.03, bank="demo")
    assert 'powertill_answer_seconds_bucket{bank="demo",le="0.02"} 0.0' in lines(tally)
    assert 'powertill_answer_seconds_bucket{bank="demo",le="0.05"} 1.0' in lines(tally)


def test_a_measure_without_labels_shows_from_the_start():
    assert "powertill_errors_unhandled_total 0.0" in lines(PrometheusTally())


def test_two_tallies_in_one_process_do_not_meet():
    first, second = PrometheusTally(), PrometheusTally()
    first.count("errors_unhandled")
    assert "powertill_errors_unhandled_total 0.0" in lines(second)


@pytest.mark.parametrize("tally", [PrometheusTally(), NoTally()], ids=["prometheus", "none"])
@pytest.mark.parametrize(
    "said",
    [
        lambda tally: tally.count("mesages", bank="demo", asked="payment"),
        lambda tally: tally.count("messages", bank="demo"),
        lambda tally: tally.count("messages", bank="demo", asked="payment", meter="1"),
        lambda tally: tally.count("answer", bank="demo"),
        lambda tally: tally.level("messages", 1, bank="demo", asked="payment"),
        lambda tally: tally.took("links", 1, bank="demo"),
    ],
    ids=["name", "label missing", "label unknown", "count of a time", "level of a count", "time of a level"],
)
def test_what_is_not_in_the_table_is_an_error_of_ours(tally, said):
    with pytest.raises(UnknownMeasure):
        said(tally)


def test_labels_that_never_end_are_counted_together():
    tally = PrometheusTally()
    for number in range(SERIES_MAX + 50):
        tally.count("links_refused", bank=f"bank{number}")
    shown = [line for line in lines(tally) if line.startswith("powertill_links_refused_total{")]
    assert len(shown) == SERIES_MAX + 1
    assert f'powertill_links_refused_total{{bank="{OTHER}"}} 50.0' in shown


def test_a_label_cannot_forge_a_line():
    tally = PrometheusTally()
    tally.count("links_refused", bank='x"} 1\npowertill_forged 1')
    assert not any(line.startswith("powertill_forged") for line in lines(tally))


def test_every_measure_has_its_help():
    text = PrometheusTally().text().decode()
    for name, measure in MEASURES.items():
        suffix = {Kind.COUNT: "_total", Kind.TIME: "_seconds", Kind.LEVEL: ""}[measure.kind]
        assert f"# HELP powertill_{name}{suffix} {measure.means}" in text
        assert re.fullmatch(r"[a-z_]+", name)


def test_the_health_door_says_what_the_tally_writes():
    assert METRICS_KIND == CONTENT_TYPE


def test_prometheus_own_registry_is_left_alone():
    # A library's import must not start counting the process behind our back.
    code = (
        "import prometheus_client, adapters.metrics.prometheus as ours; ours.PrometheusTally();"
        "assert b'powertill' not in prometheus_client.generate_latest()"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
