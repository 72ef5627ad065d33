"""Rows of results: written in many short transactions, shown all at once, swept when left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from allocator.store import editions
from allocator.store.database import Database
from allocator.store.editions import sweep_editions
from allocator.store.keeping import keep_results
from allocator.store.queue import claim, give_back
from allocator.store.runs import ask_cancel
from allocator.store.tables import result_editions, runs
from tests.store_examples import (
    LEASE,
    all_rows,
    claimed,
    let_lease_end,
    queued,
    results,
    shown_rows,
    stored,
)


@pytest.fixture(autouse=True)
def _three_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a transaction hold three rows, and nobody pause."""
    monkeypatch.setattr(editions, "ROWS_AT_ONCE", 3)
    monkeypatch.setattr(editions, "PAUSE_SECONDS", 0.0)


def test_rows_are_seen_when_all_are_there(database: Database) -> None:
    """While ten rows are written nobody sees one; afterwards everybody sees ten."""
    held = queued(database) and claimed(database)
    wanted = results(10)
    seen: list[tuple[int, int]] = []

    def rows() -> Iterator[Any]:
        for row in wanted.rows():
            seen.append((len(shown_rows(database, held.run_id)), all_rows(database)))
            yield row

    assert keep_results(database, held, replace(wanted, rows=rows), LEASE, is_last=True)
    assert [shown for shown, _ in seen] == [0] * 10
    assert seen[-1][1] == 9
    assert len(shown_rows(database, held.run_id)) == 10


def test_no_rows_are_an_edition_too(database: Database) -> None:
    """A result without rows replaces the rows of a first plan."""
    held = queued(database, "replan") and claimed(database)
    assert keep_results(database, held, results(4, "first"), LEASE, is_last=False)
    assert keep_results(database, held, results(0), LEASE, is_last=True)
    assert shown_rows(database, held.run_id) == []
    assert sweep_editions(database) == 1
    assert all_rows(database) == 0


def test_last_rows_replace_first_ones(database: Database) -> None:
    """First rows are shown until the last ones are complete, and then are swept away."""
    held = queued(database, "replan") and claimed(database)
    assert keep_results(database, held, results(7, "first"), LEASE, is_last=False)
    last = results(5, "last")
    seen: list[str] = []

    def rows() -> Iterator[Any]:
        for row in last.rows():
            seen.extend(set(shown_rows(database, held.run_id)))
            # Whoever sweeps meanwhile touches neither what is shown nor what is being written.
            assert sweep_editions(database) == 0
            yield row

    assert keep_results(database, held, replace(last, rows=rows), LEASE, is_last=True)
    assert set(seen) == {"first"}
    assert shown_rows(database, held.run_id) == ["last"] * 5
    assert all_rows(database) == 12
    assert sweep_editions(database) == 1
    assert all_rows(database) == 5
    assert sweep_editions(database) == 0


def test_a_worker_that_is_lost_amid_its_rows_stops_writing(database: Database) -> None:
    """The next batch is refused, nothing is shown, and what was written is swept away."""
    held = queued(database) and claimed(database)
    wanted = results(10)

    def rows() -> Iterator[Any]:
        for position, row in enumerate(wanted.rows()):
            if position == 5:
                let_lease_end(database, held)
                assert claim(database, "next", LEASE, 3) is not None
            yield row

    assert not keep_results(database, held, replace(wanted, rows=rows), LEASE, is_last=True)
    assert (stored(database, held.run_id).status, all_rows(database)) == ("running", 3)
    assert sweep_editions(database) == 1
    assert all_rows(database) == 0


def test_a_cancelled_run_stops_writing(database: Database) -> None:
    """It does not first write all of what nobody wants."""
    held = queued(database) and claimed(database)
    wanted = results(100)
    asked: list[int] = []

    def rows() -> Iterator[Any]:
        for position, row in enumerate(wanted.rows()):
            if position == 5:
                with database.writing() as connection:
                    ask_cancel(database, connection, stored(database, held.run_id))
            asked.append(position)
            yield row

    assert not keep_results(database, held, replace(wanted, rows=rows), LEASE, is_last=True)
    assert len(asked) < 20


def test_writing_rows_keeps_the_lease(database: Database) -> None:
    """A worker that writes for longer than its lease is not taken for dead."""
    held = queued(database) and claimed(database)
    wanted = results(10)

    def rows() -> Iterator[Any]:
        for position, row in enumerate(wanted.rows()):
            if position in (4, 8):
                let_lease_end(database, held)
            yield row

    assert keep_results(database, held, replace(wanted, rows=rows), LEASE, is_last=False)
    with database.reading() as connection:
        query = select(runs.c.lease_until).where(runs.c.run_id == held.run_id)
        assert connection.execute(query).scalar_one() > database.now(connection)


def test_rows_of_runs_that_wait_again_are_swept(database: Database) -> None:
    """What an earlier attempt has written is of no use to the next one."""
    held = queued(database) and claimed(database)
    assert editions.write_edition(database, held, LEASE, results(4).rows()) is not None
    assert sweep_editions(database) == 0
    assert give_back(database, held, "why") == "queued"
    assert sweep_editions(database) == 1
    assert all_rows(database) == 0


def test_what_a_run_shows_is_never_swept(database: Database) -> None:
    """Whatever becomes of the run: its edition is the one that it points at."""
    held = queued(database, "replan") and claimed(database)
    assert keep_results(database, held, results(4, "first"), LEASE, is_last=False)
    for status in ("running", "queued", "failed", "cancelled", "finished"):
        with database.writing() as connection:
            changed = update(runs).where(runs.c.run_id == held.run_id)
            connection.execute(changed.values(status=status, token=runs.c.token + 1))
        assert sweep_editions(database) == 0
    assert shown_rows(database, held.run_id) == ["first"] * 4
    with database.reading() as connection:
        assert len(connection.execute(select(result_editions)).all()) == 1
