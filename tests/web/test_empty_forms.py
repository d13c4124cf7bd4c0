"""A form for which there is nothing to choose from says what to do first, and leads there."""

import pytest

from tests.web.books import Paid
from tests.web.desk import Desk, office


@pytest.mark.parametrize(
    ("path", "said", "first"),
    [
        ("/stations/new", "there is none yet. Make the branch first.", "/branches/new"),
        ("/shifts/open", "There is no station at which nobody sits.", "/stations/new"),
    ],
)
def test_where_there_is_nothing_to_choose_from_it_is_said_what_to_do_first(tmp_path, path, said, first):
    told = Desk(office(Paid(tmp_path).engine)).get(path)
    assert told.code == 200
    assert said in told.text
    assert f'href="{first}"' in told.text.partition("<main")[2]
    assert "<select" not in told.text
