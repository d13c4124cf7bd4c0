"""A sale's row is compared with where its entries lead it, through a claim and out of it."""

from __future__ import annotations

import pytest

from gateway.proof.sale_states import SaleStates


def findings(row, *kinds, wh=1_000):
    """What is found of sale 1, whose row stands so, and whose entries are of these kinds, a link for each."""
    states = SaleStates([(1, *row)])
    for number, kind in enumerate(kinds, 1):
        sale = None if number == 1 else 1
        issued = {number: wh} if kind in {"sale", "post"} else {}
        states.add([(number, kind, sale)], issued)
    return list(states.findings())


@pytest.mark.parametrize(
    ("row", "kinds"),
    [
        (("issued", 1_000), ["sale"]),
        (("claimed", 1_000), ["sale", "claim"]),
        (("issued", 1_000), ["sale", "claim", "claim_upheld"]),
        (("conceded", 1_000), ["sale", "claim", "claim_conceded"]),
        (("waiting", 0), ["hold"]),
        (("issued", 1_000), ["hold", "post", "claim", "claim_upheld"]),
        (("conceded", 1_000), ["hold", "post", "claim", "claim_conceded"]),
        (("reversed", 0), ["hold", "void"]),
    ],
)
def test_a_sale_that_stands_where_its_entries_lead_is_sound(row, kinds):
    assert findings(row, *kinds) == []


@pytest.mark.parametrize("state", ["issued", "claimed", "conceded", "reversed", "waiting"])
@pytest.mark.parametrize(
    ("kinds", "leads_to"),
    [
        (["sale"], "issued"),
        (["sale", "claim"], "claimed"),
        (["sale", "claim", "claim_upheld"], "issued"),
        (["sale", "claim", "claim_conceded"], "conceded"),
        (["hold"], "waiting"),
    ],
)
def test_a_sale_that_stands_elsewhere_is_found(kinds, leads_to, state):
    row = (state, 0 if leads_to == "waiting" else 1_000)
    assert bool(findings(row, *kinds)) is (state != leads_to)


@pytest.mark.parametrize("kinds", [["sale", "claim"], ["sale", "claim", "claim_conceded"]])
def test_energy_that_a_disputed_sale_lost_is_found(kinds):
    state = {2: "claimed", 3: "conceded"}[len(kinds)]
    (found,) = findings((state, 999), *kinds)
    assert found == f"sale 1 is {state} with 999 Wh, by the journal {state} with 1000 Wh"
