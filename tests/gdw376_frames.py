"""Published frames of concentrators, and a frame around any octets, for the tests of both ends."""

import json
from pathlib import Path

FRAMES = json.loads((Path(__file__).parent / "vectors/gdw376.json").read_text())["vectors"]["gdw376"]
SEEDS = [bytes.fromhex(one["hex"]) for one in FRAMES]
SEEDS += [bytes.fromhex(one["request"]["hex"]) for one in FRAMES if "request" in one]


def sealed(user, mark=0b10):
    """Give a frame whose lengths and sum are right, whatever is in it."""
    length = (len(user) << 2 | mark).to_bytes(2, "little")
    return b"\x68" + length * 2 + b"\x68" + user + bytes((sum(user) & 0xFF, 0x16))
