"""What the gateway and its PKCS#11 worker say to each other: JSON in frames, over the worker's pipes.

    gateway  →  {"pin": "3132…"}                                              once, after {"ready": true}
    gateway  →  {"id": 7, "label": "vk-201457-1", "message": "0402…", "octets": 16}
    gateway  →  {"id": 8, "label": "cards-wallet-1", "card": "aes", "blocks": "01a1…", "act": "mac",
                 "message": "…", "octets": 8}
    gateway  →  {"id": 9, "label": "cards-wallet-1", "card": "aes"}             its check value is asked for
    worker   →  {"ready": true}   {"open": true}   {"id": 7, "mac": "929b…"}   {"id": 7, "trouble": "NO_KEY"}

A frame is four octets of length, most significant first, and so many octets. The worker imports this, so it
imports nothing.
"""

from __future__ import annotations

import json
from enum import Enum
from typing import Any, Final

FRAME_OCTETS_MAX: Final = 4_096
"""Octets of a frame: a question has some 250, and a label as many as a module keeps."""

_HEAD: Final = 4


class Trouble(Enum):
    """What can be wrong at the module; the text is for the operator."""

    MODULE = "the PKCS#11 module cannot be loaded, or does not start"
    TOKEN = "the PKCS#11 module has no token of the label in the configuration"  # noqa: S105 - says so
    TOKENS = "the PKCS#11 module has more than one token of the label in the configuration"
    PIN = "the PKCS#11 token refuses the PIN; it is not tried again, since a token locks itself after a few"
    LOCKED = "the PKCS#11 token has locked itself after wrong PINs"
    NO_KEY = "the PKCS#11 token has no secret key of this label"
    KEYS = "the PKCS#11 token has more than one secret key of this label, and which is meant nobody can say"
    KEY_USE = "the PKCS#11 token does not let this key be used for HMAC-SHA-256, or to derive cards' keys"
    KEY_OPEN = (
        "this master key of cards may leave the PKCS#11 token; make it anew there: sensitive, not "
        "extractable, and to derive keys with"
    )
    LOST = "the PKCS#11 module lost its token or its session"
    SILENT = "the PKCS#11 module does not answer in time"
    STARTING = "the PKCS#11 worker is being started"
    ENDED = "the PKCS#11 worker has ended and is started anew"
    BUSY = "too many questions wait for the PKCS#11 module"
    STOPPED = "the PKCS#11 worker is stopped"


#: What is wrong with one key; of a token these say nothing.
OF_A_KEY: Final = frozenset({Trouble.NO_KEY, Trouble.KEYS, Trouble.KEY_USE, Trouble.KEY_OPEN})


class FrameFault(ValueError):  # noqa: N818 - the fault of what came in
    """What came is no frame of ours."""


def framed(words: dict[str, Any]) -> bytes:  # what JSON holds is of any type
    """Write one frame; longer than FRAME_OCTETS_MAX is a FrameFault."""
    octets = json.dumps(words, separators=(",", ":")).encode()
    if len(octets) > FRAME_OCTETS_MAX:
        raise FrameFault("the frame is too long")
    return len(octets).to_bytes(_HEAD, "big") + octets


class Frames:
    """Cuts a stream into frames, however it comes."""

    def __init__(self) -> None:
        self._octets = bytearray()

    def receive(self, octets: bytes) -> list[dict[str, Any]]:  # likewise
        """Take octets and return the frames that are whole now; FrameFault ends the conversation."""
        self._octets += octets
        frames = []
        while len(self._octets) >= _HEAD:
            length = int.from_bytes(self._octets[:_HEAD], "big")
            if length > FRAME_OCTETS_MAX:
                raise FrameFault("the frame is too long")
            if len(self._octets) < _HEAD + length:
                break
            frames.append(_words(bytes(self._octets[_HEAD : _HEAD + length])))
            del self._octets[: _HEAD + length]
        return frames


def _words(octets: bytes) -> dict[str, Any]:  # likewise
    try:
        words = json.loads(octets)
    except (ValueError, RecursionError):
        words = None
    if not isinstance(words, dict):
        # Not the octets: what is no frame of ours may hold anything.
        raise FrameFault("the frame is no JSON object") from None
    return words
