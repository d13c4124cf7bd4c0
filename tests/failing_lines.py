"""Conversations over a wire that breaks, or on which nothing arrives any more, at each octet in turn."""

from gateway.core.contact import ContactFault
from tests.meter_lines import Clock, Link, finished

FAULTS = {"breaks": "cut_at", "is deaf": "deaf_at"}


def outcome(clock, coroutine):
    """Give what a conversation gives, or its fault."""
    try:
        return finished(clock, coroutine)
    except ContactFault as fault:
        return fault


def wired(clock, meter, **way):
    """Give a wire to a meter that says what it says in its own time, by the ``out`` that is put to it."""
    link = Link(clock, lambda octets: meter.receive(octets) or b"", **way)
    meter.out = link.say
    return link


def every_octet(begin, say):
    """Have a conversation with a wire that fails at each octet, both ways; give what came of each.

    ``begin(clock, **way)`` gives a meter, a talk and its wire; ``say(talk)`` what is said. The whole
    conversation comes first, its fault is "", and its place the number of its octets.
    """
    clock = Clock()
    meter, talk, link = begin(clock)
    whole = outcome(clock, say(talk))
    finished(clock, talk.leave())
    yield "", link.gone, meter, whole
    total = link.gone
    for fault, way in FAULTS.items():
        for at in range(total):
            clock = Clock()
            meter, talk, _ = begin(clock, **{way: at})
            said = outcome(clock, say(talk))
            # Leaving never fails, and does not wait for long.
            assert finished(clock, talk.leave(), within_s=30) is None
            yield fault, at, meter, said
