"""Decided contents as they are stored: read back as they were, and plain JSON whatever a name holds."""

import json

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.meter import Carrier
from gateway.core.outcome import Approved, FreeToken, recalled
from gateway.core.token import TokenDigits

TOKENS = st.one_of(st.none(), st.from_regex("[0-9]{20}", fullmatch=True).map(TokenDigits))
# No half characters: a name with one cannot be stored by any database.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
APPROVALS = st.builds(
    Approved,
    receipt_no=st.integers(1, 2**40),
    pan=TEXTS,
    account_no=TEXTS,
    customer=TEXTS,
    power_type=TEXTS,
    tender_minor=st.integers(1, 2**62),
    currency=TEXTS,
    energy_wh=st.integers(0, 2**40),
    lines=st.lists(st.tuples(TEXTS, st.integers(-(2**62), 2**62)), max_size=4).map(tuple),
    tariff_version=TEXTS,
    carrier=st.sampled_from(Carrier),
    token=TOKENS,
    at_us=st.integers(0, 2**60),
    free=st.one_of(st.none(), st.builds(FreeToken, energy_wh=st.integers(1, 10**6), token=TOKENS)),
)


@given(APPROVALS)
def test_an_approval_is_read_back_as_it_was_stored(approved):
    stored = approved.stored()
    assert recalled(stored) == approved
    # Byte for byte what the encoder writes: the chain has sealed contents of before in that form.
    assert stored == json.dumps(json.loads(stored), ensure_ascii=False, separators=(",", ":"))
