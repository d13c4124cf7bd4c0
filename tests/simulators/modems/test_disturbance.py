"""What octets go through on their way: counted, cut in any way, and the same each time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.simulators.modems.book import At, Trouble, Way
from gateway.simulators.modems.disturbance import Disturbance

TO, FROM, BOTH = Way.TO_METER, Way.FROM_METER, Way.BOTH


@pytest.mark.parametrize(
    ("at", "to", "back"),
    [
        (At(0), b"", b""),
        (At(3), b"abc", b""),
        (At(7), b"abcde", b"12"),
        (At(3, TO), b"abc", b""),
        (At(3, FROM), b"abcde", b"123"),
        (At(100), b"abcde", b"12345"),
    ],
)
def test_the_carrier_is_lost_behind_so_many_octets(at, to, back):
    line = Disturbance(Trouble(lost=at), 1)
    assert line.is_lost is (at.octets == 0)
    assert line.carried(TO, b"abcde") == to
    assert line.carried(FROM, b"12345") == back
    assert line.is_lost is (at.octets <= 10)
    assert line.carried(TO, b"x") == (b"" if line.is_lost else b"x")


@pytest.mark.parametrize(
    ("way", "to", "back"), [(TO, b"ab", b"12345"), (FROM, b"abcde", b"12"), (BOTH, b"ab", b"")]
)
def test_silence_falls_on_the_way_that_was_named(way, to, back):
    line = Disturbance(Trouble(silent=At(2, way)), 1)
    assert (line.carried(TO, b"abcde"), line.carried(FROM, b"12345")) == (to, back)
    assert not line.is_lost


@pytest.mark.parametrize(
    ("at", "to", "back"),
    [
        (At(0, TO), b"Dbc", b"123"),
        (At(2, FROM), b"abc", b"12\x16"),
        (At(4), b"abc", b"1\x173"),
    ],
)
def test_one_octet_arrives_as_another_with_another_parity(at, to, back):
    line = Disturbance(Trouble(garbled=at), 1)
    assert (line.carried(TO, b"abc"), line.carried(FROM, b"123")) == (to, back)
    assert (ord("a") ^ ord("D")).bit_count() % 2 == 1


def test_noise_is_the_same_for_the_same_seed_and_another_in_the_next_call():
    def heard(seed, ordinal, way=TO):
        return Disturbance(Trouble(noise_per_mille=200, seed=seed), ordinal).carried(way, bytes(1000))

    assert heard(1, 1) == heard(1, 1)
    assert len({heard(1, 1), heard(1, 2), heard(2, 1), heard(1, 1, FROM)}) == 4
    assert 1100 < len(heard(1, 1)) < 1300


def test_noise_is_not_counted():
    noisy = Disturbance(Trouble(noise_per_mille=1000, lost=At(5)), 1)
    assert len(noisy.carried(TO, b"abcdefgh")) == 10
    assert noisy.is_lost


TROUBLES = st.builds(
    Trouble,
    noise_per_mille=st.sampled_from([0, 100, 1000]),
    seed=st.integers(0, 9),
    lost=st.none() | st.builds(At, st.integers(0, 40), st.sampled_from(Way)),
    silent=st.none() | st.builds(At, st.integers(0, 40), st.sampled_from(Way)),
    garbled=st.none() | st.builds(At, st.integers(0, 40), st.sampled_from(Way)),
)


@given(TROUBLES, st.lists(st.tuples(st.sampled_from([TO, FROM]), st.binary(max_size=20)), max_size=6))
def test_any_cutting_of_the_octets_comes_out_the_same(trouble, said):
    whole, cut = Disturbance(trouble, 1), Disturbance(trouble, 1)
    for way, octets in said:
        pieces = b"".join(cut.carried(way, octets[at : at + 1]) for at in range(len(octets)))
        assert pieces == whole.carried(way, octets)
    assert cut.is_lost is whole.is_lost


@pytest.mark.parametrize(
    "make",
    [lambda: At(-1), lambda: Trouble(noise_per_mille=1001), lambda: Trouble(delay_ms=-1)],
)
def test_a_trouble_that_cannot_be_is_none(make):
    with pytest.raises(ValueError, match=r"begins with|noise is"):
        make()
