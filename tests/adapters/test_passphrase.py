"""What may seal a new file is what the configuration takes at the next start."""

from __future__ import annotations

from adapters.keys.passphrase import PASSPHRASE_OCTETS_MIN
from gateway.config.keys import PASSPHRASE_BYTES_MIN


def test_no_passphrase_seals_a_file_that_the_next_start_refuses():
    assert PASSPHRASE_OCTETS_MIN == PASSPHRASE_BYTES_MIN
