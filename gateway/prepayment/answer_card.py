"""Answer a station's question about a card, for an order that is open: within its permit, and not too often.

    within the pace? ── permit? ── fresh? ──► asked of who has the keys ──► counted

A challenge is drawn here and is good for one answer, so no older conversation with a card is taken for a new
one. What a station asks beyond its order is refused and counted; ``card_answers`` shows it to the operator.

Refusals (``Lost``, told NOT_AUTHORISED): another card than the order's, a change where the order only reads,
other bytes than the order loads, a challenge that was not drawn for it, more questions than an order needs.
BUSY: the station asks faster than cards can be written; asked again in a moment it is answered.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.codecs.card.profile import Told
from gateway.codecs.card.steps import Granted, Lost, Purpose

if TYPE_CHECKING:
    from gateway.codecs.card.answering import CardKeys
    from gateway.codecs.card.permit import Permit
    from gateway.codecs.card.steps import Ask
    from gateway.ports import Tally

ASKED_MAX: Final = 64
"""Answers of one purpose and key for an order: a purchase on a memory card proves eight records, and is tried
again a few times where the card is pulled out."""

PACE_PER_S: Final = 20.0
"""Answers a second for one station, on the average: a purchase has some thirty, and takes a minute."""

PACE_MOST: Final = 120
"""Answers at once: three cards in a row, whatever came before."""

#: Proofs over a challenge of ours.
_PROOFS: Final = frozenset({Purpose.INTERNAL, Purpose.PROVE})


@dataclass(slots=True)
class StationPace:
    """How fast one station may ask: whoever stole it shall not try MACs by the million."""

    left: float = PACE_MOST
    at_s: float = 0.0

    def takes(self, now_s: float) -> bool:
        """Take one more at this second, if it may be."""
        self.left = min(PACE_MOST, self.left + max(0.0, now_s - self.at_s) * PACE_PER_S)
        self.at_s = now_s
        if self.left < 1:
            return False
        self.left -= 1
        return True


@dataclass(slots=True)
class Errand:
    """An order under way at a station: its permit, what was asked, and the challenges not yet proved."""

    permit: Permit
    pace: StationPace
    asked: Counter[tuple[Purpose, str]] = field(default_factory=Counter)
    challenges: dict[str, bytes] = field(default_factory=dict, repr=False)

    def refusal(self, ask: Ask, now_s: float) -> Lost | None:
        """Say why this is not answered now; what is, is counted, and its challenge used up."""
        if not self.pace.takes(now_s):
            return Lost(Told.BUSY, "the station asks too fast")
        beyond = self.permit.refusal(ask)
        if beyond is not None:
            return Lost(Told.NOT_AUTHORISED, beyond.value)
        if self.asked[ask.purpose, ask.key] >= ASKED_MAX:
            return Lost(Told.NOT_AUTHORISED, f"the order has asked {ASKED_MAX} times for {ask.purpose.value}")
        if ask.purpose in _PROOFS and ask.over.challenge:
            if self.challenges.get(ask.key) != ask.over.challenge:
                return Lost(Told.NOT_AUTHORISED, "the challenge was not drawn for this, or is used up")
            del self.challenges[ask.key]
        self.asked[ask.purpose, ask.key] += 1
        return None


async def answer_card(
    ask: Ask, *, errand: Errand, keys: CardKeys, tally: Tally, now_s: float
) -> Granted | Lost:
    """Answer a question of the dialogue with the card of an errand."""
    answer = errand.refusal(ask, now_s)
    if answer is not None:
        tally.count("card_answers", purpose=ask.purpose.value, outcome="refused")
        return answer
    found = await keys.answer(ask)
    if ask.purpose is Purpose.CHALLENGE and isinstance(found, Granted):
        errand.challenges[ask.key] = found.value
    outcome = "answered" if isinstance(found, Granted) else "no_key"
    tally.count("card_answers", purpose=ask.purpose.value, outcome=outcome)
    return found
