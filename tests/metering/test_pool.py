"""What the pool of lines does with each outcome, and what it never does whatever comes."""

import zoneinfo
from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.contact import ContactWhy
from gateway.core.line_work.call import CallEnded, Dropped, PassedOver
from gateway.core.line_work.job import Job
from gateway.core.line_work.policy import Policy
from gateway.core.line_work.work_kind import WorkKind
from gateway.metering import pool as pool_file
from gateway.metering.pool import LinePool, PoolFullError

ZONE = zoneinfo.ZoneInfo("Europe/Berlin")
POLICY = Policy(ZONE)
NOW_S = int(datetime(2026, 11, 26, 20, 0, tzinfo=ZONE).timestamp())
LATER_S = NOW_S + 8 * 3600
URGENT, ON_DEMAND, GAP, SCHEDULE = WorkKind


def pool_of(*reserved, lines=2, policy=POLICY):
    return LinePool(range(lines), frozenset(reserved), policy)


def job(job_id, number="n1", meters=(1,), kind=SCHEDULE, **given):
    times = {"due_s": NOW_S, "until_s": LATER_S} | given
    return Job(job_id, kind, number, tuple(meters), **times)


def offered(pool, *jobs, now_s=NOW_S):
    for one in jobs:
        pool.offer(one, now_s)
    return [(call.line, [one.id for one in call.jobs]) for call in pool.next(now_s).calls]


def good(*meters, seconds=40):
    return CallEnded(None, seconds, frozenset(meters))


# Each outcome: seconds until the same is tried again (None: given up), whether that is a try, whether the
# line is in service still, and whether another line is taken rather.
OUTCOMES = [
    (ContactWhy.BUSY, (60, 120), True, True, False),
    (ContactWhy.NO_ANSWER, (1800, 2100), True, True, False),
    (ContactWhy.NO_CARRIER, (60, 90), True, True, True),
    (ContactWhy.NO_DIALTONE, (0, 0), False, False, True),
    (ContactWhy.LINE, (30, 30), False, False, True),
    (ContactWhy.LOST, (30, 30), True, True, False),
    (ContactWhy.TIMEOUT, (30, 30), True, True, False),
    (ContactWhy.CHECKSUM, (30, 30), True, True, True),
    (ContactWhy.GARBLED, (30, 30), True, True, True),
    (ContactWhy.WRONG_METER, None, True, True, False),
    (ContactWhy.REFUSED, None, True, True, False),
    (ContactWhy.AUTH, None, True, True, False),
]


def test_the_table_has_each_outcome():
    assert {row[0] for row in OUTCOMES} == set(ContactWhy)


@pytest.mark.parametrize(("why", "waits", "is_try", "is_in_service", "by_another"), OUTCOMES)
def test_what_follows_an_outcome(why, waits, is_try, is_in_service, by_another):
    pool = pool_of(lines=1)
    offered(pool, job(1))
    (settled,) = pool.ended(0, CallEnded(why, 20), NOW_S)
    assert settled.unread == {1: why}
    assert (0 not in pool.lines_out) is is_in_service
    assert POLICY.waits[why] is None or POLICY.waits[why].by_another_line is by_another
    if waits is None:
        assert settled.again is None
        assert settled.given_up == {1: why}
        assert pool.jobs == {}
        return
    assert (settled.again.tries, settled.again.last) == (int(is_try), why)
    pool = pool_of(lines=2)
    offered(pool, job(1))
    pool.ended(0, CallEnded(why, 20), NOW_S)
    begun = [at_s for at_s in range(NOW_S, NOW_S + 2200) if pool.next(at_s).calls]
    assert waits[0] <= begun[0] - NOW_S <= waits[1]


@pytest.mark.parametrize("why", [ContactWhy.NO_CARRIER, ContactWhy.CHECKSUM])
def test_another_line_is_taken_even_where_the_same_has_been_free_for_longer(why):
    pool = pool_of(lines=2)
    offered(pool, job(1), job(2, "n2", (2,)))
    pool.ended(0, CallEnded(why, 20), NOW_S)
    pool.ended(1, good(2), NOW_S + 5)
    (call,) = pool.next(NOW_S + 100).calls
    assert (call.line, call.jobs[0].id) == (1, 1)


def test_the_same_line_is_better_than_none():
    pool = pool_of(lines=1)
    offered(pool, job(1))
    pool.ended(0, CallEnded(ContactWhy.NO_CARRIER, 20), NOW_S)
    (call,) = pool.next(NOW_S + 100).calls
    assert call.line == 0


def test_waits_after_a_lost_call_double_and_the_tries_end():
    pool, now_s, waits = pool_of(lines=1), NOW_S, []
    offered(pool, job(1))
    while True:
        (settled,) = pool.ended(0, CallEnded(ContactWhy.LOST, 20), now_s)
        if settled.again is None:
            break
        before_s, now_s = now_s, pool.due_at()
        waits.append(now_s - before_s)
        assert pool.next(now_s).calls
    assert waits == [30, 60, 120]
    assert settled.given_up == {1: ContactWhy.LOST}
    assert pool.jobs == {}


def test_a_wait_that_would_end_behind_the_window_is_not_begun():
    pool = pool_of()
    offered(pool, job(1, until_s=NOW_S + 1000))
    (settled,) = pool.ended(0, CallEnded(ContactWhy.NO_ANSWER, 50), NOW_S + 50)
    assert settled.again is None


def test_busy_waits_differ_from_job_to_job_and_are_the_same_at_each_run():
    waits = [[POLICY.wait_of(ContactWhy.BUSY, job(n)) or 0 for n in range(200)] for _ in range(2)]
    assert waits[0] == waits[1]
    assert (min(waits[0]), max(waits[0])) == (60, 120)
    assert len(set(waits[0])) > 50


def test_what_was_read_before_a_call_broke_off_is_not_asked_again():
    pool = pool_of()
    offered(pool, job(1, "c1", (1, 2, 3, 4), bus="b1"))
    end = CallEnded(ContactWhy.LOST, 200, frozenset({1, 2}), {3: ContactWhy.AUTH})
    (settled,) = pool.ended(0, end, NOW_S)
    assert settled.given_up == {3: ContactWhy.AUTH}
    assert settled.again.meters == (4,)
    assert settled.unread == {3: ContactWhy.AUTH, 4: ContactWhy.LOST}


def test_a_meter_that_was_not_read_in_a_good_call_must_have_a_reason():
    pool = pool_of()
    offered(pool, job(1, "c1", (1, 2), bus="b1"))
    with pytest.raises(ValueError, match="meter 2 of job 1"):
        pool.ended(0, good(1), NOW_S)
    assert pool.running  # the call stands as it did


def test_a_line_without_dial_tone_is_looked_at_after_five_minutes_and_again():
    pool = pool_of(lines=1)
    offered(pool, job(1))
    pool.ended(0, CallEnded(ContactWhy.NO_DIALTONE, 3), NOW_S)
    assert pool.next(NOW_S + 299).probes == ()
    assert pool.due_at() == NOW_S + 300
    turn = pool.next(NOW_S + 300)
    assert (turn.probes, turn.calls) == ((0,), ())
    assert pool.next(NOW_S + 301).probes == ()
    pool.line_probed(0, is_good=False, now_s=NOW_S + 305)
    assert pool.next(NOW_S + 605).probes == (0,)
    pool.line_probed(0, is_good=True, now_s=NOW_S + 606)
    assert [call.line for call in pool.next(NOW_S + 606).calls] == [0]


def test_a_line_with_a_fault_is_prepared_at_once_and_at_the_third_one_taken_out():
    pool, now_s = pool_of(lines=1), NOW_S
    offered(pool, job(1))
    for fault in range(3):
        pool.ended(0, CallEnded(ContactWhy.LINE, 5), now_s)
        turn = pool.next(now_s)
        assert turn.probes == (() if fault == 2 else (0,))
        if fault < 2:
            pool.line_probed(0, is_good=True, now_s=now_s)
            now_s += 60
            assert pool.next(now_s).calls
    assert pool.next(now_s + 300).probes == (0,)


def test_a_line_that_hears_no_carrier_ten_times_is_taken_out_and_after_its_probe_at_the_next_one():
    pool, now_s = pool_of(lines=1), NOW_S
    for n in range(10):
        offered(pool, job(n, f"n{n}", (n,)), now_s=now_s)
        assert pool.lines_out == set()
        pool.ended(0, CallEnded(ContactWhy.NO_CARRIER, 50), now_s)
    assert pool.lines_out == {0}
    assert pool.next(now_s + 300).probes == (0,)
    pool.line_probed(0, is_good=True, now_s=now_s + 300)
    (call,) = pool.next(now_s + 300).calls
    pool.ended(0, CallEnded(ContactWhy.NO_CARRIER, 50), now_s + 350)
    assert pool.lines_out == {0}
    assert call.number == "n0"


def test_a_line_that_was_seen_to_be_faulty_is_taken_out_unless_it_is_on_a_call():
    pool = pool_of(1)
    offered(pool, job(1))
    with pytest.raises(ValueError, match="line: 0 is on a call"):
        pool.line_faulty(0, NOW_S)
    pool.line_faulty(1, NOW_S)
    pool.line_faulty(1, NOW_S)
    assert pool.next(NOW_S + 300).probes == (1,)
    with pytest.raises(ValueError, match="line: 0 is not being probed"):
        pool.line_probed(0, is_good=True, now_s=NOW_S)


def test_the_most_pressing_goes_first_and_then_who_has_been_due_for_longest():
    pool = pool_of(lines=1)
    kinds = (SCHEDULE, GAP, ON_DEMAND, URGENT)
    jobs = [job(n, f"n{n}", (n,), kinds[n % 4], due_s=NOW_S - n) for n in range(8)]
    order = []
    for one in jobs:
        pool.offer(one, NOW_S)
    while pool.jobs:
        (call,) = pool.next(NOW_S).calls
        order.append(call.jobs[0].id)
        pool.ended(0, good(*call.jobs[0].meters), NOW_S)
    assert order == [7, 3, 6, 2, 5, 1, 4, 0]


def test_a_reserved_line_takes_urgent_work_only():
    pool = pool_of(0, 1, lines=3)
    assert offered(pool, *(job(n, f"n{n}", (n,), GAP) for n in range(4))) == [(2, [0])]
    urgent = [job(10 + n, f"u{n}", (10 + n,), URGENT) for n in range(3)]
    assert offered(pool, *urgent) == [(0, [10]), (1, [11])]
    pool.ended(2, good(0), NOW_S + 40)
    assert [call.jobs[0].id for call in pool.next(NOW_S + 40).calls] == [12]


def test_reserved_lines_are_lines_and_leave_one_for_other_work():
    for reserved in ((0, 1), (7,)):
        with pytest.raises(ValueError, match="reserved: these must be some of the lines"):
            pool_of(*reserved)


def test_one_call_does_what_waits_for_the_same_bus_and_is_of_the_same_kind():
    pool = pool_of(lines=2)
    jobs = [job(n, "c1", (n,), URGENT, bus="b1") for n in (1, 2)]
    jobs += [job(3, "c1", (3,), bus="b1"), job(4, "n1", (4,)), job(5, "n1", (4,))]
    assert offered(pool, *jobs) == [(0, [1, 2]), (1, [4, 5])]


def test_what_is_on_another_call_or_had_its_calls_does_not_ride():
    pool = pool_of(lines=3)
    assert offered(pool, job(1, "n9", (9,))) == [(0, [1])]
    jobs = [job(n, "c1", meters, bus="b1") for n, meters in ((2, (1,)), (3, (9,)), (4, (2,)))]
    assert offered(pool, *jobs) == [(1, [2])]
    spent = pool_of(lines=1)
    for n in range(6):
        offered(spent, job(n, f"n{n}", (8,)))
        spent.ended(0, good(8), NOW_S)
    assert offered(spent, job(10, "c1", (1,), bus="b1"), job(11, "c1", (8,), bus="b1")) == [(0, [10])]


def test_a_call_takes_no_more_meters_than_its_time_is_enough_for():
    pool = pool_of(lines=2)
    jobs = [job(n, "c1", range(100 * n, 100 * n + 100), bus="b1") for n in range(3)]
    assert offered(pool, *jobs) == [(0, [0, 1])]


def test_a_number_rests_between_two_calls_but_not_for_urgent_work():
    pool = pool_of(lines=2)
    offered(pool, job(1))
    pool.ended(0, good(1), NOW_S + 40)
    assert offered(pool, job(2), now_s=NOW_S + 40) == []
    assert pool.due_at() == NOW_S + 50
    assert offered(pool, job(3, kind=URGENT), now_s=NOW_S + 41) == [(1, [3])]
    pool.ended(1, good(1), NOW_S + 60)
    assert pool.next(NOW_S + 69).calls == ()
    assert pool.next(NOW_S + 70).calls[0].jobs[0].id == 2


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("n1", (1,), ""), ("n1", (2,), "")),
        (("n1", (1,), ""), ("n2", (1,), "")),
        (("c1", (1, 2), "b1"), ("c2", (3,), "b1")),
        (("c1", (1, 2), "b1"), ("n2", (2,), "")),
    ],
    ids=["number", "meter", "bus", "meter of a bus"],
)
@pytest.mark.parametrize("kind", [URGENT, SCHEDULE])
def test_nothing_is_on_two_calls_and_who_waited_for_it_is_next(first, second, kind):
    pool = pool_of(lines=3)
    jobs = [job(n, number, meters, kind, bus=bus) for n, (number, meters, bus) in enumerate((first, second))]
    assert offered(pool, *jobs) == [(0, [0])]
    pool.ended(0, good(*first[1]), NOW_S + 40)
    begun = [[one.id for one in call.jobs] for call in pool.next(NOW_S + 50).calls]
    assert begun == [[1]]


def test_what_was_not_dialled_is_no_call():
    pool = pool_of(lines=20)
    offered(pool, job(1))
    for line in range(13):
        pool.ended(line, CallEnded(ContactWhy.NO_DIALTONE, 3), NOW_S)
        assert len(pool.next(NOW_S).calls) == 1
    pool.ended(13, CallEnded(ContactWhy.LOST, 3), NOW_S)
    assert len(pool.next(NOW_S + 30).calls) == 1


def test_meters_have_all_of_their_calls_again_from_noon_on():
    pool, noon_s = pool_of(lines=1), int(datetime(2026, 11, 27, 12, 0, tzinfo=ZONE).timestamp())
    for day_s in (NOW_S, noon_s):
        for n in range(6):
            assert offered(pool, job(n, f"n{n}", until_s=noon_s + 60), now_s=day_s)
            pool.ended(0, good(1), day_s)
        assert offered(pool, job(7, "n7", until_s=noon_s + 60), now_s=day_s) == []


def test_a_busy_number_is_left_alone_by_its_other_jobs_too():
    pool = pool_of(lines=2)
    offered(pool, job(1), job(2, meters=(2,)))
    pool.ended(0, CallEnded(ContactWhy.BUSY, 8), NOW_S)
    assert pool.next(NOW_S + 59).calls == ()


def test_a_number_that_had_its_calls_is_left_alone_until_noon():
    pool, now_s = pool_of(lines=1), NOW_S
    for n in range(12):
        offered(pool, job(n, meters=(n,)), now_s=now_s)
        pool.ended(0, good(n), now_s)
        now_s += 10
    noon_s = int(datetime(2026, 11, 27, 12, 0, tzinfo=ZONE).timestamp())
    assert offered(pool, job(20), job(21, meters=(2,), until_s=noon_s + 60), now_s=now_s) == []
    assert offered(pool, job(22, meters=(3,), kind=URGENT), now_s=now_s) == [(0, [22])]
    pool.ended(0, good(3), now_s + 40)
    assert pool.next(LATER_S).dropped == (Dropped(job(20), PassedOver.CALLS_SPENT),)
    assert pool.due_at() == noon_s
    assert pool.next(noon_s).calls[0].jobs[0].id == 21


def test_meters_that_had_their_calls_are_dropped_and_the_others_of_the_job_are_called():
    pool, now_s = pool_of(lines=1), NOW_S
    for n in range(6):
        offered(pool, job(n, f"n{n}", (1,)), now_s=now_s)
        pool.ended(0, good(1), now_s)
    pool.offer(job(10, "c1", (1, 2), bus="b1"), now_s)
    pool.offer(job(11, "c2", (1,), bus="b2"), now_s)
    turn = pool.next(now_s)
    assert {(one.job.id, one.job.meters) for one in turn.dropped} == {(10, (1,)), (11, (1,))}
    assert {one.why for one in turn.dropped} == {PassedOver.CALLS_SPENT}
    assert [(call.jobs[0].id, call.jobs[0].meters) for call in turn.calls] == [(10, (2,))]
    pool.ended(0, good(2), now_s)
    assert pool.jobs == {}


def test_a_job_that_nobody_was_free_for_is_dropped_at_the_end_of_its_time():
    pool = pool_of(lines=1)
    offered(pool, job(1), job(2, "n2", (2,), until_s=NOW_S + 100))
    assert pool.due_at() == NOW_S + 100
    (dropped,) = pool.next(NOW_S + 100).dropped
    assert (dropped.job.id, dropped.why) == (2, PassedOver.NO_TIME)


def test_refusals_name_the_job():
    pool = pool_of()
    pool.offer(job(1), NOW_S)
    with pytest.raises(ValueError, match="job 1 is in the pool already"):
        pool.offer(job(1), NOW_S)
    with pytest.raises(ValueError, match="the time of job 2 is over"):
        pool.offer(job(2), LATER_S)
    with pytest.raises(ValueError, match="line: 1 is on no call"):
        pool.ended(1, good(1), NOW_S)


def test_a_pool_that_is_full_refuses(monkeypatch):
    monkeypatch.setattr(pool_file, "JOBS_MAX", 2)
    pool = pool_of()
    pool.offer(job(1), NOW_S)
    pool.offer(job(2), NOW_S)
    with pytest.raises(PoolFullError, match="2 jobs wait already"):
        pool.offer(job(3), NOW_S)
    assert pool.room == 0
    pool.withdraw(1, NOW_S)
    assert pool.room == 1


def test_a_job_that_waits_is_taken_back_and_the_one_behind_it_is_next():
    pool = pool_of(lines=1)
    pool.offer(job(1, until_s=NOW_S + 50), NOW_S)
    pool.offer(job(2, "n1", (2,)), NOW_S)
    assert pool.withdraw(1, NOW_S)
    assert pool.jobs.keys() == {2}
    assert offered(pool) == [(0, [2])]
    assert not pool.withdraw(1, NOW_S)
    assert pool.due_at() is None
    assert pool.next(NOW_S + 50).dropped == ()


def test_a_job_that_is_taken_back_on_its_call_is_told_at_its_end_and_not_tried_again():
    pool = pool_of(lines=1)
    assert offered(pool, job(1)) == [(0, [1])]
    assert not pool.withdraw(1, NOW_S)
    (settled,) = pool.ended(0, CallEnded(ContactWhy.BUSY, 8), NOW_S + 8)
    assert settled.given_up == {1: ContactWhy.BUSY}
    assert settled.again is None
    assert pool.jobs == {}


def test_a_job_that_was_taken_back_on_a_call_that_reads_it_has_been_read():
    pool = pool_of(lines=1)
    offered(pool, job(1))
    pool.withdraw(1, NOW_S)
    (settled,) = pool.ended(0, good(1), NOW_S + 40)
    assert settled.unread == {}
    # Its id may come again: nothing of it is left.
    assert offered(pool, job(1), now_s=NOW_S + 60) == [(0, [1])]
    assert pool.ended(0, CallEnded(ContactWhy.BUSY, 8), NOW_S + 70)[0].again is not None


# Number, bus and meters: buses and meters that several numbers lead to.
PLACES = [
    ("n1", "", (1,)), ("n1", "", (2,)), ("n2", "", (2,)), ("c1", "b1", (3, 4, 5)), ("c2", "b1", (4, 5)),
    ("c1", "b1", (5,)), ("n4", "", (6,)), ("c3", "b2", (6, 7)),
]  # fmt: skip
OFFERS = st.tuples(
    st.just("offer"), st.sampled_from(WorkKind), st.sampled_from(PLACES),
    st.sampled_from([0, 0, 30, 300]), st.sampled_from([200, 2_000, 20_000]),
)  # fmt: skip
ENDS = st.tuples(st.just("end"), st.integers(0, 9), st.sampled_from([None, None, *ContactWhy]), st.booleans())
STEPS = st.one_of(
    OFFERS,
    OFFERS,
    ENDS,
    st.tuples(st.just("pass"), st.sampled_from([1, 10, 60, 400, 3600, 40_000])),
    st.tuples(st.just("probed"), st.integers(0, 9), st.booleans()),
    st.tuples(st.just("faulty"), st.integers(0, 3)),
    st.tuples(st.just("withdraw"), st.integers(1, 30)),
)
FEW = Policy(ZONE, calls_per_number=4, urgent_calls_per_number=6, calls_per_meter=3, urgent_tries=4)


class Driver:
    """Does what steps say, and keeps by itself, as plainly as it can, what the pool must not break."""

    def __init__(self):
        self.pool = pool_of(0, lines=4, policy=FEW)
        self.now_s, self.ids = NOW_S, 0
        self.from_s, self.rested = {}, {}
        self.days: Counter = Counter()
        self.probing, self.said = [], []
        self.offered, self.over, self.withdrawn = set(), set(), set()

    def run(self, steps):
        for name, *told in steps:
            getattr(self, name)(*told)
            self.turn()

    def offer(self, kind, place, due_in, lasts):
        self.ids += 1
        number, bus, meters = place
        due_s = self.now_s + due_in
        self.pool.offer(Job(self.ids, kind, number, meters, due_s, due_s + lasts, bus), self.now_s)
        self.from_s[self.ids] = due_s
        self.offered.add(self.ids)

    def end(self, which, why, is_half_read):
        lines = sorted(self.pool.running)
        if not lines:
            return
        line = lines[which % len(lines)]
        call = self.pool.running[line]
        meters = [meter for one in call.jobs for meter in one.meters]
        read = frozenset(meters[:1] if is_half_read and why else () if why else meters)
        was = self.pool.running
        for settled in self.pool.ended(line, CallEnded(why, 40, read), self.now_s):
            self.said.append(settled)
            if settled.again is None:
                assert settled.job.id not in self.over
                self.over.add(settled.job.id)
            else:
                assert settled.job.id not in self.withdrawn
                assert settled.again.tries < FEW.tries_of(settled.job.kind)
                wait_s = FEW.wait_of(settled.again.last, settled.job) or 0
                self.from_s[settled.job.id] = self.now_s + wait_s
        assert line not in was
        if why is ContactWhy.NO_DIALTONE:
            self.days.subtract(self.counted(call))
        else:
            self.rested[call.number] = self.now_s + 10

    def probed(self, which, is_good):
        if self.probing:
            line = self.probing.pop(which % len(self.probing))
            self.pool.line_probed(line, is_good=is_good, now_s=self.now_s)

    def faulty(self, line):
        if line not in self.pool.running:
            self.pool.line_faulty(line, self.now_s)

    def withdraw(self, job_id):
        if self.pool.withdraw(job_id, self.now_s):
            self.over.add(job_id)
        elif job_id in self.pool.jobs:
            self.withdrawn.add(job_id)

    def turn(self):
        before = dict(self.pool.running)
        turn = self.pool.next(self.now_s)
        self.said.append((self.now_s, turn))
        self.probing += turn.probes
        dropped = {one.job.id for one in turn.dropped}
        assert dropped.isdisjoint(self.over)
        self.over |= dropped - self.pool.jobs.keys()
        for call in turn.calls:
            self.see_begun(call, before.values())
            before[call.line] = call
        self.see_no_urgent_waits_for_nothing()
        due_s = self.pool.due_at()
        assert due_s is None or due_s > self.now_s
        assert self.offered == self.pool.jobs.keys() | self.over
        assert self.over.isdisjoint(self.pool.jobs)

    def see_begun(self, call, others):
        head = call.jobs[0]
        assert call.line not in {other.line for other in others}
        assert call.line not in self.pool.lines_out
        assert all(self.needs(call.jobs).isdisjoint(self.needs(other.jobs)) for other in others)
        assert head.kind is URGENT or call.line != 0
        assert {(one.kind, one.number, one.bus) for one in call.jobs} == {(head.kind, head.number, head.bus)}
        assert all(self.from_s[one.id] <= self.now_s < one.until_s for one in call.jobs)
        assert call.limit_s == (900 if head.bus else 180)
        counted = self.counted(call)
        self.days.update(counted)
        assert self.days[counted[0]] <= FEW.calls_of(head.kind)
        if head.kind is not URGENT:
            assert max(self.days[key] for key in counted[1:]) <= FEW.calls_per_meter
            assert self.rested.get(call.number, 0) <= self.now_s

    def see_no_urgent_waits_for_nothing(self):
        """An urgent job that is due waits only where what it needs is on a call, or each line is."""
        running = self.pool.running.values()
        has_line = len(running) + len(self.pool.lines_out) < 4
        on_call = {one.id for call in running for one in call.jobs}
        taken = {what for call in running for what in self.needs(call.jobs)}
        due = [one for one in self.pool.jobs.values() if one.kind is URGENT and one.id not in on_call]
        due = [one for one in due if self.from_s[one.id] <= self.now_s]
        # Jobs of one number and kind keep their order, so one whose meter is taken holds up those behind it.
        held_up = {one.number for one in due if not taken.isdisjoint(self.needs([one]))}
        for one in due:
            has_calls = self.days[self.day(), one.number, True] < FEW.urgent_calls_per_number
            assert not (one.number not in held_up and has_line and has_calls), one

    def day(self):
        return (datetime.fromtimestamp(self.now_s, ZONE) - timedelta(hours=12)).date()

    def counted(self, call):
        day = (datetime.fromtimestamp(call.at_s, ZONE) - timedelta(hours=12)).date()
        meters = {meter for one in call.jobs for meter in one.meters}
        return [(day, call.number, call.jobs[0].kind is URGENT), *((day, meter) for meter in meters)]

    def needs(self, jobs):
        return {what for one in jobs for what in (one.number, one.bus, *one.meters) if what}

    def __getattr__(self, name):
        if name == "pass":
            return self.wait
        raise AttributeError(name)

    def wait(self, seconds):
        end_s = self.now_s + seconds
        while (due_s := self.pool.due_at()) is not None and due_s < end_s:
            self.now_s = due_s
            self.turn()
        self.now_s = end_s


@settings(max_examples=200)
@given(st.lists(STEPS, min_size=20, max_size=80))
def test_no_mutex_is_broken_no_limit_exceeded_and_no_job_forgotten_whatever_comes(steps):
    driver = Driver()
    driver.run(steps)
    again = Driver()
    again.run(steps)
    assert again.said == driver.said, "the same input gives the same answer"


@given(st.lists(STEPS, min_size=10, max_size=40))
def test_when_all_calls_go_well_every_job_comes_to_its_end(steps):
    driver = Driver()
    driver.run(steps)
    for _ in range(400):
        driver.wait(20)
        driver.turn()
        while driver.probing:
            driver.probed(0, is_good=True)
        while driver.pool.running:
            driver.end(0, None, is_half_read=False)
    driver.wait(30_000)
    driver.turn()
    assert driver.pool.jobs == {}
    assert driver.over == driver.offered
