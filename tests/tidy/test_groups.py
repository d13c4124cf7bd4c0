"""Tests that share what is dear to make are kept together, on one test process."""

import pytest


@pytest.mark.xdist_group("held")
def test_the_group_of_a_test_stands_in_the_id_by_which_it_is_shared_out(request):
    is_shared_out = getattr(request.config.option, "loadgroup", False)
    assert request.node.nodeid.endswith("@held") is is_shared_out
