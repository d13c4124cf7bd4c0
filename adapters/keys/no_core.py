"""Keeps what a process holds in its memory out of cores: keys would lie in a file for whoever finds it."""

from __future__ import annotations

import ctypes
import resource
from typing import Final

_PR_SET_DUMPABLE: Final = 4
"""Of prctl(2); 0: no core, and no other process of this user may look into the memory."""


def forbid_cores() -> None:
    """Write no core from now on, whatever the limits say; OSError where the system does not allow that.

    Not even where the system pipes cores to a program, for which the limit of a file does not count.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
