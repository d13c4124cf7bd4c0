"""How hard lines, numbers and meters may be worked, and what is done after a call that did not do.

Sources of figures: what modems and networks do (``docs/meter-wires.md``), and the time that a call takes:
dialling and the modems' agreement 20 to 30 s, a meter 5 to 20 s, hanging up 3 s.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from gateway.core.contact import ContactWhy
from gateway.core.line_work.spread import drawn
from gateway.core.line_work.work_kind import WorkKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from gateway.core.line_work.job import Job

#: Of a call to a meter: six times what one takes, so beyond it something hangs.
METER_CALL_S: Final = 180

#: Of a call to a concentrator: 250 meters at 3.5 s, and no longer, as an urgent order for one of them waits.
BUS_CALL_S: Final = 900

#: Meters asked in one call to a concentrator: as many as that time has room for.
METERS_PER_CALL_MAX: Final = 250

#: Between two calls to one number: its modem hangs up, and the exchange forgets the call.
NUMBER_REST_S: Final = 10

#: Calls to one number from noon to noon that are not urgent: three jobs, each with all of its tries; more
#: costs money for nothing.
CALLS_PER_NUMBER_MAX: Final = 12

#: The same for urgent ones: a concentrator's customers buy all day, one each quarter of an hour.
URGENT_CALLS_PER_NUMBER_MAX: Final = 96

#: Calls for one meter from noon to noon, after which none is made that is not urgent: it will not be read.
CALLS_PER_METER_MAX: Final = 6

#: Calls for one job that do not do: of a scheduled one all lie in one window.
TRIES_MAX: Final = 4

#: The same for urgent work, which a person waits for.
URGENT_TRIES_MAX: Final = 12

#: Between two waits that double, at the most: within a window there must be time to try.
WAIT_S_MAX: Final = 3600

#: Until a line that was taken out is looked at: an exchange that restarts has come back by then.
PROBE_S: Final = 300

#: Faults of a line in a row, each mended by preparing it anew, until it is taken out all the same.
LINE_FAULTS_MAX: Final = 3

#: Calls without a carrier in a row on one line, to whichever number, until the line itself is suspected.
NO_CARRIERS_MAX: Final = 10

#: Days that a meter keeps its daily values: models keep 31 to 62.
KEPT_DAYS: Final = 40


@dataclass(frozen=True, slots=True)
class Wait:
    """What follows an outcome: how long nobody calls for the same, and what else.

    The wait is ``seconds``, and up to ``spread_s`` more, drawn. ``doubles``: each try waits twice as long as
    the one before. ``is_dialling``: the number was not reached, so its other jobs wait too.
    ``by_another_line``: rather not by this one. ``is_try``: False where the other end had no part in it.
    """

    seconds: int
    spread_s: int = 0
    doubles: bool = False
    is_dialling: bool = False
    by_another_line: bool = False
    is_try: bool = True


#: What follows each outcome; None: not in this window, as the same again would end the same.
WAITS: Final[Mapping[ContactWhy, Wait | None]] = MappingProxyType(
    {
        # The line is prepared anew, or taken out; another does the work meanwhile.
        ContactWhy.LINE: Wait(30, by_another_line=True, is_try=False),
        # Nothing was dialled.
        ContactWhy.NO_DIALTONE: Wait(0, by_another_line=True, is_try=False),
        # Somebody talks, or a call of ours is not forgotten yet; drawn, so that two do not meet again.
        ContactWhy.BUSY: Wait(60, spread_s=60, is_dialling=True),
        # A meter without power, or a telephone that was pulled out: neither is back in a minute.
        ContactWhy.NO_ANSWER: Wait(1800, spread_s=300, is_dialling=True),
        # The modems did not agree: a pair of wires may be to blame.
        ContactWhy.NO_CARRIER: Wait(60, spread_s=30, is_dialling=True, by_another_line=True),
        ContactWhy.LOST: Wait(30, doubles=True),
        ContactWhy.TIMEOUT: Wait(30, doubles=True),
        # Noise: another call is another pair of wires.
        ContactWhy.CHECKSUM: Wait(30, doubles=True, by_another_line=True),
        ContactWhy.GARBLED: Wait(30, doubles=True, by_another_line=True),
        # For these three somebody must put something right; a password tried again shuts the meter.
        ContactWhy.WRONG_METER: None,
        ContactWhy.REFUSED: None,
        ContactWhy.AUTH: None,
    }
)


@dataclass(frozen=True, slots=True)
class Policy:
    """All figures by which work is given to lines; ``zone`` is whose noon ends a day of calls.

    A day of calls lasts from noon to noon, so that a night is in one day. ValueError for a figure below 1.
    """

    zone: tzinfo
    meter_call_s: int = METER_CALL_S
    bus_call_s: int = BUS_CALL_S
    meters_per_call: int = METERS_PER_CALL_MAX
    number_rest_s: int = NUMBER_REST_S
    calls_per_number: int = CALLS_PER_NUMBER_MAX
    urgent_calls_per_number: int = URGENT_CALLS_PER_NUMBER_MAX
    calls_per_meter: int = CALLS_PER_METER_MAX
    tries: int = TRIES_MAX
    urgent_tries: int = URGENT_TRIES_MAX
    wait_s: int = WAIT_S_MAX
    probe_s: int = PROBE_S
    line_faults: int = LINE_FAULTS_MAX
    no_carriers: int = NO_CARRIERS_MAX
    kept_days: int = KEPT_DAYS
    waits: Mapping[ContactWhy, Wait | None] = field(default_factory=lambda: WAITS)

    def __post_init__(self) -> None:
        for one in fields(self):
            figure = getattr(self, one.name)
            if isinstance(figure, int) and figure < 1:
                raise ValueError(f"{one.name}: {figure} leaves nothing; give 1 at least")
        if missing := set(ContactWhy) - set(self.waits):
            names = ", ".join(sorted(why.value for why in missing))
            raise ValueError(f"waits: {names} have none; say what follows them")

    def call_s(self, job: Job) -> int:
        """Say how long a call for a job may last."""
        return self.bus_call_s if job.bus else self.meter_call_s

    def tries_of(self, kind: WorkKind) -> int:
        """Say how many calls for a job of this kind may fail."""
        return self.urgent_tries if kind is WorkKind.URGENT else self.tries

    def calls_of(self, kind: WorkKind) -> int:
        """Say how many calls for work of this kind, or its like, a number may get from noon to noon."""
        return self.urgent_calls_per_number if kind is WorkKind.URGENT else self.calls_per_number

    def wait_of(self, why: ContactWhy, job: Job) -> int | None:
        """Say how many seconds nobody calls for a job after this outcome; None: it is given up for now.

        The same job waits the same after the same try, whichever line it was.
        """
        wait = self.waits[why]
        if wait is None:
            return None
        # The cap is reached long before twelve doublings; beyond them the figure would only grow long.
        seconds = wait.seconds << min(job.tries, 12) if wait.doubles else wait.seconds
        return min(seconds, self.wait_s) + drawn(job.id, job.tries, wait.spread_s + 1)
