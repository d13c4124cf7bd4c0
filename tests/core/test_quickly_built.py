"""A value that is built quickly is the same value: as frozen, as strict, as equal as any frozen dataclass."""

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace

import pytest

from gateway.core.ledger import Entry, EntryKind, Posting, UnbalancedEntry
from gateway.core.quickly_built import quickly_built


@dataclass(frozen=True, slots=True)
class Plain:
    first: int
    second: str = "two"
    third: list[int] = field(default_factory=list)


@quickly_built
@dataclass(frozen=True, slots=True)
class Quick:
    first: int
    second: str = "two"
    third: list[int] = field(default_factory=list)


@quickly_built
@dataclass(frozen=True, slots=True)
class Checked:
    value: int

    def __post_init__(self) -> None:
        if self.value < 0:
            raise ValueError("below zero")


def pickled(value):
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - our own


def values_of(one):
    return [getattr(one, each.name) for each in fields(one)]


@pytest.mark.parametrize(
    ("given", "named"),
    [((1,), {}), ((1, "b"), {}), ((1,), {"third": [3]}), ((), {"second": "b", "first": 1})],
)
def test_it_takes_what_the_dataclass_takes(given, named):
    assert values_of(Quick(*given, **named)) == values_of(Plain(*given, **named))


@pytest.mark.parametrize(
    ("given", "named"), [((), {}), ((1, "b", [], 4), {}), ((1,), {"fourth": 4}), ((1,), {"first": 1})]
)
def test_it_refuses_what_the_dataclass_refuses(given, named):
    for kind in (Plain, Quick):
        with pytest.raises(TypeError):
            kind(*given, **named)


def test_nothing_can_be_changed_added_or_taken_away():
    value = Quick(1)
    with pytest.raises(FrozenInstanceError):
        value.first = 2  # type: ignore[misc]
    with pytest.raises((FrozenInstanceError, TypeError)):
        value.fourth = 4  # type: ignore[attr-defined]
    with pytest.raises(FrozenInstanceError):
        del value.first
    assert value.first == 1


def test_it_is_of_its_own_class_and_has_no_dictionary():
    value = Quick(1)
    assert type(value) is Quick
    assert isinstance(value, Quick)
    assert not hasattr(value, "__dict__")


def test_each_value_has_a_default_of_its_own():
    assert Quick(1).third is not Quick(1).third


def test_it_is_checked_as_one_of_its_own_class():
    assert Checked(0).value == 0
    with pytest.raises(ValueError, match="below zero"):
        Checked(-1)


def test_equal_values_are_equal_and_have_one_hash():
    assert Checked(1) == Checked(1) != Checked(2)
    assert hash(Checked(1)) == hash(Checked(1))


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, pickled, replace])
def test_it_can_be_copied(again):
    value = Quick(1, third=[3])
    assert again(value) == value
    assert type(again(value)) is Quick


def test_an_entry_that_does_not_balance_cannot_be_built_this_way_either():
    with pytest.raises(UnbalancedEntry):
        Entry(EntryKind.SALE, (Posting("A", 1, "CNY"), Posting("B", -2, "CNY")))
