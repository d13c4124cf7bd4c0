"""Statements that travel together: their rows, what the server refuses, and a connection that goes on."""

from __future__ import annotations

import psycopg
import pytest

from adapters.db.pipeline import Pipeline


@pytest.fixture(scope="module")
def cluster(postgresql):
    server = postgresql()
    server.cluster.create("pipeline")
    return server.cluster


@pytest.fixture
def wire(cluster):
    with psycopg.connect(cluster.dsn("pipeline")) as wire:
        yield wire


def test_rows_are_told_for_each_statement_in_its_place(wire):
    with Pipeline(wire, {}) as line:
        one = line.ask("SELECT 1, 'a'")
        none = line.ask("SELECT 1 WHERE false")
        line.push()
        listed = line.ask("SELECT unnest($1::bigint[])", ("{5, NULL}",))
    assert line.rows(one) == [(1, "a")]
    assert line.rows(none) == []
    assert line.rows(listed) == [(5,), (None,)]


def test_a_transaction_is_begun_once_and_ended_by_its_owner(wire):
    about: dict[str, object] = {}
    with Pipeline(wire, about) as line:
        line.ask("CREATE TEMPORARY TABLE kept (number bigint)")
    with Pipeline(wire, about) as line:
        line.ask("INSERT INTO kept SELECT unnest($1::bigint[])", ("{1, 2}",))
        place = line.ask("SELECT count(*) FROM pg_prepared_statements")
    assert line.rows(place) == [(3,)]
    wire.rollback()
    assert wire.execute("SELECT to_regclass('kept')").fetchone() == (None,)


def test_the_first_refusal_is_raised_and_the_connection_goes_on(wire):
    about: dict[str, object] = {}

    def ask_both(zero):
        with Pipeline(wire, about) as line:
            line.ask("SELECT 1 / $1::bigint", (zero,))
            place = line.ask("SELECT 'behind'")
        return line.rows(place)

    with pytest.raises(psycopg.errors.DivisionByZero):
        ask_both("0")
    wire.rollback()
    assert ask_both("1") == [("behind",)]
    assert ask_both("1") == [("behind",)]


def test_a_fault_of_ours_is_told_before_the_servers(wire):
    def ask():
        with Pipeline(wire, {}) as line:
            line.ask("SELECT 1 / 0")
            raise KeyError("ours")

    with pytest.raises(KeyError):
        ask()
    wire.rollback()
    assert wire.execute("SELECT 1").fetchone() == (1,)


def test_a_connection_that_breaks_is_said_to(cluster, wire):
    victim = wire.info.backend_pid

    def ask():
        with Pipeline(wire, {}) as line:
            cluster.execute(f"SELECT pg_terminate_backend({victim})")
            line.ask("SELECT 1")

    with pytest.raises(psycopg.OperationalError):
        ask()
    assert wire.broken


def test_what_a_socket_does_not_take_at_once_arrives_all_the_same(wire):
    long = "x" * 3_000_000
    with Pipeline(wire, {}) as line:
        places = []
        for _ in range(5):
            places.append(line.ask("SELECT $1::text", (long,)))
            line.push()
    assert [line.rows(place) for place in places] == [[(long,)]] * 5
