"""Twenty thousand operations of an office and its banks, drawn at random: the books are sound after each."""

import random
import shutil

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from adapters.db.journal_reader import JournalReader
from gateway.proof.check import check_books
from gateway.proof.check_days import check_days
from gateway.proof.verify import verify
from tests import builders
from tests.builders import CHAIN_SECRET
from tests.day_at_random import OPERATIONS, Day, begin

pytestmark = [
    pytest.mark.slow,
    pytest.mark.sim,
    pytest.mark.once,
    pytest.mark.xdist_group("operations_at_random"),
]

#: Days, and what is drawn in each: for some there is nothing there yet. Twenty thousand are carried out.
DAYS, OPERATIONS_A_DAY, OPERATIONS_LEAST = 280, 100, 20_000

NUMBER = st.integers(0, 999)
#: Days in which, all together, each kind of operation comes to something: they are the same on every machine.
#: Whoever adds a kind looks for such days anew.
SEEDS = (1, 2, 3, 4, 5, 6, 7, 9, 13, 21)
OPERATION = st.tuples(st.sampled_from(sorted(OPERATIONS)), NUMBER, NUMBER, NUMBER)


def day_of(seed):
    """The operations of a day by its seed, each kind as likely as any other."""
    dice, kinds = random.Random(seed), sorted(OPERATIONS)
    # By ``random()`` alone, which gives the same in every version of Python.
    return [
        (kinds[int(dice.random() * len(kinds))], *(int(dice.random() * 1000) for _ in range(3)))
        for _ in range(OPERATIONS_A_DAY)
    ]


def with_days_of(*seeds):
    """Have a test try these days besides what is drawn for it."""

    def tried(test):
        for seed in seeds:
            test = example(operations=day_of(seed))(test)
        return test

    return tried


@pytest.fixture(scope="module")
def morning(tmp_path_factory):
    file = tmp_path_factory.mktemp("operations") / "morning.db"
    begin(file)
    return file


@pytest.fixture(scope="module")
def told():
    """What came of all operations, over all days."""
    return {}


@with_days_of(*SEEDS)
@settings(
    max_examples=DAYS,
    suppress_health_check=list(HealthCheck),
)
@given(operations=st.lists(OPERATION, min_size=OPERATIONS_A_DAY, max_size=OPERATIONS_A_DAY))
def test_the_books_are_sound_after_every_operation(morning, told, tmp_path, operations):
    file = tmp_path / "day.db"
    shutil.copyfile(morning, file)
    day = Day(file)
    try:
        for kind, one, two, wait in operations:
            day.do(kind, one, two, wait)
        with JournalReader(day.engine).snapshot() as journal:
            assert check_books(journal) == []
            assert check_days(journal, journal.standing().days, journal.closed_days()) == []
            assert verify(journal.sealed(), CHAIN_SECRET, journal.standing(), {}).findings == []
    finally:
        builders.close_all()
        day.engine.dispose()
        file.unlink()
    for said, count in day.told.items():
        told[said] = told.get(said, 0) + count


def test_every_kind_of_operation_came_to_something(told):
    """A draw in which something is always refused would prove nothing of it."""
    assert sum(told.values()) >= OPERATIONS_LEAST
    commands = {said.partition(":")[0] for said in told}
    done = {"Approved", "Undone", "Changed", "Deposited", "Noted", "Invoiced", "Managed", "ManagementOrdered"}
    done |= {"ReadingsTaken", "LeavingFound", "Transferred", "Managed", "ResetDone"}
    print("".join(f"\n{count:6,}  {said}" for said, count in sorted(told.items())))  # noqa: T201 - for -s
    came_to_something = {said.partition(":")[0] for said in told if said.partition(": ")[2] in done}
    assert commands - came_to_something == set()
