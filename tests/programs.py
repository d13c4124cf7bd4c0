"""Programs of the product that run beside a test."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import Any


def hears_ctrl_c():
    """Let a program be ended by SIGINT, also where whoever runs the tests does not hear it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Program:
    """A program that runs until it is stopped; ``ready`` is the line that says that it is."""

    def __init__(self, *words):
        self.process: Any = subprocess.Popen(
            [sys.executable, "-m", "gateway.cli", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=hears_ctrl_c,  # noqa: PLW1509 - no threads here
        )
        self.ready = self.process.stdout.readline()
        assert self.ready, self.process.stderr.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=30)

    @property
    def place(self):
        return self.ready.split()[-1]
