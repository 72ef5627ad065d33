"""The queue: who gets which run, who may write, how runs end; on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from allocator.errors import ConflictError
from allocator.store.cases import find_case
from allocator.store.database import Database
from allocator.store.events import read_events
from allocator.store.keeping import keep_results
from allocator.store.leases import Claim
from allocator.store.queue import claim, give_back, hear_orders, heartbeat, settle
from allocator.store.runs import (
    RunOrder,
    ask_cancel,
    ask_stop,
    find_run,
    read_file,
    run_files_of,
    submit,
)
from tests.store_examples import (
    LEASE,
    claimed,
    kept_case,
    let_lease_end,
    queued,
    results,
    shown_rows,
    status_events,
    stored,
)


def _cancel(database: Database, run_id: str) -> None:
    with database.writing() as connection:
        ask_cancel(database, connection, stored(database, run_id))


def _stop(database: Database, run_id: str) -> None:
    with database.writing() as connection:
        ask_stop(database, connection, stored(database, run_id))


def test_an_empty_queue_has_no_run(database: Database) -> None:
    """Who asks for a run gets none."""
    assert claim(database, "w", LEASE, 3) is None


def test_runs_are_claimed_in_their_order(database: Database) -> None:
    """The oldest run comes first, and is held with the first token."""
    first, second = queued(database), queued(database)
    held = claimed(database)
    assert (held.run_id, held.token, held.attempts) == (first, 1, 1)
    assert claimed(database).run_id == second
    run = stored(database, first)
    assert (run.status, run.phase, run.worker) == ("running", "starting", "w1")
    assert status_events(database, first) == ["queued", "running"]


def test_replans_come_before_explanations_before_plans(database: Database) -> None:
    """Who drives now does not wait for plans that were asked for earlier."""
    kinds = [queued(database, kind) for kind in ("plan", "explain", "replan")]
    assert [claimed(database).run_id for _ in kinds] == kinds[::-1]


def test_who_has_less_at_work_comes_first(database: Database) -> None:
    """One who submits many runs does not starve another."""
    many = [queued(database, by="greedy") for _ in range(3)]
    one = queued(database, by="modest")
    assert [claimed(database).run_id for _ in range(4)] == [many[0], one, *many[1:]]


def test_no_run_is_claimed_twice(database: Database, empty_address: str) -> None:
    """Eight workers with connections of their own share forty runs."""
    case_id = kept_case(database)
    wanted = {queued(database, case_id=case_id) for _ in range(40)}

    def work(number: int) -> list[str]:
        own = Database(empty_address)
        found = []
        while (held := claim(own, f"w{number}", LEASE, 3)) is not None:
            found.append(held.run_id)
        own.close()
        return found

    with ThreadPoolExecutor(8) as pool:
        found = [run_id for part in pool.map(work, range(8)) for run_id in part]
    assert len(found) == len(wanted)
    assert set(found) == wanted


WRITES: dict[str, Callable[[Database, Claim], Any]] = {
    "heartbeat": lambda database, held: heartbeat(
        database, held, LEASE, phase="x", events=[("log", {"line": "late"})]
    ),
    "first results": lambda database, held: keep_results(
        database, held, results(), LEASE, is_last=False
    ),
    "last results": lambda database, held: keep_results(
        database, held, results(), LEASE, is_last=True
    ),
    "failure": lambda database, held: settle(database, held, "failed", {"error": "late"}),
    "cancelled": lambda database, held: settle(database, held, "cancelled"),
    "given back": lambda database, held: give_back(database, held, "late"),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_late_worker_writes_nothing(
    database: Database, write: Callable[[Database, Claim], Any]
) -> None:
    """Whose lease ran out finds the run taken, and nothing of it changes."""
    late = queued(database) and claimed(database, "late")
    let_lease_end(database, late)
    next_one = claimed(database, "next")
    assert (next_one.run_id, next_one.attempts) == (late.run_id, 2)
    assert next_one.token > late.token
    before = stored(database, late.run_id), status_events(database, late.run_id)

    answer = write(database, late)

    assert not answer or answer.is_lost
    assert (stored(database, late.run_id), status_events(database, late.run_id)) == before
    assert hear_orders(database, late).is_lost
    assert shown_rows(database, late.run_id) == []
    assert keep_results(database, next_one, results(), LEASE, is_last=True)


def test_a_run_whose_workers_are_lost_fails_after_its_attempts(database: Database) -> None:
    """It is tried twice, says so, and is not tried a third time."""
    run_id = queued(database)
    for _ in range(2):
        let_lease_end(database, claimed(database, attempts=2))
    assert claim(database, "w", LEASE, 2) is None
    run = stored(database, run_id)
    assert run.error is not None
    assert (run.status, run.error["error"], run.phase) == ("failed", "WorkerLost", "")
    assert status_events(database, run_id)[-1] == "failed"


def test_a_lost_run_that_shall_end_is_cancelled(database: Database) -> None:
    """What was asked of the worker that died is done in its place."""
    held = queued(database) and claimed(database)
    _cancel(database, held.run_id)
    let_lease_end(database, held)
    assert claim(database, "w", LEASE, 3) is None
    assert stored(database, held.run_id).status == "cancelled"


def test_a_heartbeat_keeps_the_lease_and_its_events(database: Database) -> None:
    """A worker that speaks up keeps its run; what it tells is seen in order."""
    held = queued(database) and claimed(database)
    let_lease_end(database, held)
    orders = heartbeat(
        database,
        held,
        LEASE,
        phase="solving",
        progress={"gap": 0.5},
        events=[("log", {"line": "a"}), ("log", {"line": "b"})],
    )
    assert (orders.is_lost, orders.is_cancelled, orders.stops) == (False, False, 0)
    assert claim(database, "other", LEASE, 3) is None
    run = stored(database, held.run_id)
    assert (run.phase, run.progress) == ("solving", {"gap": 0.5})
    with database.reading() as connection:
        events = read_events(connection, held.run_id, kind="log")
        assert [event.body["line"] for event in events] == ["a", "b"]
        assert read_events(connection, held.run_id, after=events[0].event_id) == events[1:]


def test_workers_hear_what_is_asked(database: Database) -> None:
    """Stops are counted, a cancellation is said; a run that waits cannot be stopped."""
    run_id = queued(database)
    with pytest.raises(ConflictError, match="cancel it instead"):
        _stop(database, run_id)
    held = claimed(database)
    for _ in range(2):
        _stop(database, run_id)
    assert hear_orders(database, held).stops == 2
    _cancel(database, run_id)
    _cancel(database, run_id)
    assert hear_orders(database, held).is_cancelled
    with database.reading() as connection:
        lines = [event.body["line"] for event in read_events(connection, run_id, kind="log")]
    assert lines == ["asked to stop with its best plan"] * 2 + ["asked to cancel"]
    assert settle(database, held, "failed", {"error": "x"}) == "cancelled"
    with pytest.raises(ConflictError, match="over already"):
        _stop(database, run_id)


@pytest.mark.parametrize("counts", [False, True])
def test_a_run_that_is_given_back_waits_again(database: Database, counts: bool) -> None:
    """The attempt counts only if that is said, and the reason is in the log."""
    held = queued(database) and claimed(database)
    assert give_back(database, held, "why", counts=counts) == "queued"
    again = claimed(database)
    assert again.attempts == (2 if counts else 1)
    assert again.token > held.token
    assert status_events(database, held.run_id) == ["queued", "running", "queued", "running"]


def test_a_run_that_shall_end_is_not_given_back(database: Database) -> None:
    """It is cancelled in place of waiting for a worker to hear of it."""
    held = queued(database) and claimed(database)
    _cancel(database, held.run_id)
    assert give_back(database, held, "why") == "cancelled"
    run = stored(database, held.run_id)
    assert run.status == "cancelled"
    assert run.finished_at is not None
    assert claim(database, "w", LEASE, 3) is None


def test_results_are_kept_with_the_end(database: Database) -> None:
    """Status, document, file and rows are there together."""
    held = queued(database) and claimed(database)
    assert keep_results(database, held, results(2, '{"a":1}'), LEASE, is_last=True)
    run = stored(database, held.run_id)
    assert (run.status, run.outcome, run.plan_digest) == ("finished", "optimal", "digest")
    assert run.is_over
    assert shown_rows(database, held.run_id) == ['{"a":1}'] * 2
    with database.reading() as connection:
        assert [file.name for file in run_files_of(connection, held.run_id)] == ["plan.xlsx"]
        assert read_file(connection, held.run_id, "plan.xlsx")[1] == b'{"a":1}'
    assert not keep_results(database, held, results(), LEASE, is_last=True)


def test_a_first_plan_stays_when_its_run_fails(database: Database) -> None:
    """The run is failed and says why; what it had can still be read."""
    held = queued(database, "replan") and claimed(database)
    assert keep_results(database, held, results(2, "first"), LEASE, is_last=False)
    assert stored(database, held.run_id).status == "running"
    assert settle(database, held, "failed", {"error": "x"}) == "failed"
    run = stored(database, held.run_id)
    assert (run.document, run.error) == ({"status": "optimal"}, {"error": "x"})
    assert shown_rows(database, held.run_id) == ["first"] * 2


def test_a_cancelled_run_keeps_no_last_results(database: Database) -> None:
    """Results that come after the cancellation are not wanted any more."""
    held = queued(database) and claimed(database)
    _cancel(database, held.run_id)
    assert not keep_results(database, held, results(), LEASE, is_last=True)
    assert settle(database, held, "cancelled") == "cancelled"
    assert shown_rows(database, held.run_id) == []


def test_cancelling_against_finishing_has_one_end(database: Database, empty_address: str) -> None:
    """Whoever is first decides, forty times; status, log and rows agree on it."""
    case_id = kept_case(database)
    ends = set()
    other = Database(empty_address)
    with ThreadPoolExecutor(2) as pool:
        for turn in range(40):
            run_id = queued(database, case_id=case_id)
            held = claimed(database)

            def finish(held: Claim = held) -> None:
                if not keep_results(database, held, results(), LEASE, is_last=True):
                    settle(database, held, "cancelled")

            both = [lambda run_id=run_id: _cancel(other, run_id), finish]
            for done in [pool.submit(each) for each in both[:: 1 if turn % 2 else -1]]:
                done.result()
            run = stored(database, run_id)
            told = status_events(database, run_id)
            assert told == ["queued", "running", run.status]
            assert run.status in ("finished", "cancelled")
            assert bool(shown_rows(database, run_id)) is (run.status == "finished")
            ends.add(run.status)
    assert ends
    other.close()


def test_cancelling_against_giving_back_is_never_forgotten(
    database: Database, empty_address: str
) -> None:
    """Twenty times a run is cancelled while its worker gives it back: it always ends."""
    case_id, other = kept_case(database), Database(empty_address)
    with ThreadPoolExecutor(2) as pool:
        for _ in range(20):
            run_id = queued(database, case_id=case_id)
            held = claimed(database)
            back = pool.submit(give_back, database, held, "why")
            _cancel(other, run_id)
            back.result()
            assert stored(database, run_id).status == "cancelled"
            assert status_events(database, run_id).count("cancelled") == 1
    other.close()


def test_a_claim_begins_its_lease_now(database: Database) -> None:
    """The lease ends as many seconds from now as was asked."""
    held = queued(database) and claimed(database)
    from sqlalchemy import select

    from allocator.store.tables import runs

    with database.reading() as connection:
        until = connection.execute(
            select(runs.c.lease_until).where(runs.c.run_id == held.run_id)
        ).scalar_one()
    left = until - datetime.now(UTC)
    assert timedelta(0) < left <= timedelta(seconds=LEASE + 1)


def test_a_submitted_run_is_given_back_as_it_is_kept(database: Database) -> None:
    """What submit returns without another look is what a look finds."""
    case_id = kept_case(database)
    order = RunOrder("explain", case_id, name="why", scenario="flood", options={"gap": 0.01})
    with database.writing() as connection:
        case = find_case(connection, case_id, frozenset())
        given = submit(database, connection, order, "somebody", case)
    with database.reading() as connection:
        assert find_run(connection, given.run_id, frozenset()) == given
