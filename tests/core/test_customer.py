"""A meter's file is checked where a price will depend on it."""

import pytest

from gateway.core.customer import CONTRACT_W_MAX, PROPORTIONS_MAX, SCHEMES_MAX
from tests.builders import meter_file


def test_a_plain_meter_has_no_contract_no_scheme_and_one_power_type():
    plain = meter_file(1)
    assert (plain.contract_w, plain.schemes, plain.proportions) == (0, (), ())


def test_what_a_price_depends_on_is_taken():
    entered = meter_file(
        1,
        contract_w=315_000,
        schemes=("POOR", "S/1+2_a-b"),
        proportions=(("domestic", 70), ("commercial", 30)),
    )
    assert entered.proportions[1] == ("commercial", 30)


@pytest.mark.parametrize("contract_w", [-1, CONTRACT_W_MAX + 1])
def test_a_power_that_cannot_be_contracted_is_refused(contract_w):
    with pytest.raises(ValueError, match="contracted power"):
        meter_file(1, contract_w=contract_w)


@pytest.mark.parametrize("code", ["", "A,B", "A=1", "A B", "1A", "贫", "A" * 41, "A\n", "A:B"])
def test_a_code_that_would_not_fit_a_list_or_a_receipt_is_refused(code):
    with pytest.raises(ValueError, match="is no code"):
        meter_file(1, schemes=(code,))
    with pytest.raises(ValueError, match="is no code"):
        meter_file(1, proportions=((code, 50), ("B", 50)))


def test_a_scheme_or_power_type_named_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        meter_file(1, schemes=("POOR", "POOR"))
    with pytest.raises(ValueError, match="twice"):
        meter_file(1, proportions=(("A", 50), ("A", 50)))


def test_more_schemes_or_power_types_than_a_meter_can_have_are_refused():
    many = [f"S{n}" for n in range(10)]
    assert len(meter_file(1, schemes=tuple(many[:SCHEMES_MAX])).schemes) == SCHEMES_MAX
    with pytest.raises(ValueError, match="8 preferential schemes at most"):
        meter_file(1, schemes=tuple(many[: SCHEMES_MAX + 1]))
    with pytest.raises(ValueError, match="4 power types at most"):
        meter_file(1, proportions=tuple((code, 20) for code in many[: PROPORTIONS_MAX + 1]))


@pytest.mark.parametrize("percents", [(70, 29), (70, 31)])
def test_proportions_that_are_not_the_whole_are_refused(percents):
    with pytest.raises(ValueError, match="per cent together, and must be 100"):
        meter_file(1, proportions=tuple(zip("AB", percents, strict=True)))


@pytest.mark.parametrize("proportions", [(("A", 100),), (("A", 0), ("B", 100)), (("A", -50), ("B", 150))])
def test_a_part_is_neither_nothing_nor_all(proportions):
    with pytest.raises(ValueError, match="1 to 99 per cent"):
        meter_file(1, proportions=proportions)
