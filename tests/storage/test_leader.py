"""One of several processes on a PostgreSQL leads, and none that has led does anything once another does."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest

from storage import inbox, leader
from storage.engine.database import Database, InUseError, LostError, is_away
from storage.leader import DEAD, LATE, Seat
from tests.support.databases import Postgres

Sits = Callable[[str], Seat]


@pytest.fixture
def url(postgres_database: Database) -> str:
    return postgres_database.engine.url.render_as_string(hide_password=False)


@pytest.fixture
def sits(url: str) -> Iterator[Sits]:
    """Makes the seat of a process of this name."""
    made: list[Seat] = []

    def seat(name: str) -> Seat:
        made.append(Seat(url, name=name, version="1"))
        return made[-1]

    yield seat
    for one in made:
        one.database.close()


@pytest.fixture
def works(url: str) -> Iterator[Callable[[Seat], Database]]:
    """Makes the connection by which the process that leads works."""
    made: list[Database] = []

    def database(seat: Seat) -> Database:
        made.append(Database(url))
        seat.fence(made[-1])
        return made[-1]

    yield database
    for one in made:
        one.close()


def leads(seat: Seat, *, at: float = 0) -> bool:
    return seat.claim(at=at) and seat.rise()


def follow(seat: Seat) -> None:
    """It leads, once the connections that it has ended are gone."""
    for at in range(10_000):
        if leads(seat, at=at):
            return
    raise AssertionError


def write(database: Database, value: str) -> None:
    with database.transaction() as tx:
        inbox.set_fact(tx, "token", value)


def read(database: Database) -> str | None:
    with database.transaction() as tx:
        return inbox.fact(tx, "token")


def older(database: Database, seconds: float) -> None:
    """The leader's row was renewed so much earlier; negative: the database's clock was put back."""
    with database.transaction() as tx:
        tx.exec_driver_sql("UPDATE leader SET until = until - %s * interval '1 s'", (seconds,))


def test_the_first_leads_the_second_waits_and_follows_at_once_where_it_ends(sits: Sits) -> None:
    first, second = sits("a"), sits("b")
    assert leads(first)
    assert not leads(second)
    first.renew()
    first.release()
    assert leads(second)
    assert (first.number, second.number) == (1, 2)


def test_who_is_late_and_cut_off_is_followed(
    sits: Sits, postgres_database: Database, works: Callable[[Seat], Database]
) -> None:
    first, second = sits("a"), sits("b")
    assert leads(first)
    old = works(first)
    write(old, "first")
    first.database.close()  # killed: the server knows
    assert not leads(second, at=0)
    older(postgres_database, LATE)
    assert leads(second, at=1)
    with pytest.raises(LostError):
        write(old, "too late")
    write(works(second), "second")
    assert read(postgres_database) == "second"


def test_who_is_late_and_holds_its_lock_is_left_until_it_counts_as_dead(
    sits: Sits, postgres_database: Database
) -> None:
    first, second = sits("a"), sits("b")
    assert leads(first)
    older(postgres_database, DEAD - 0.5)
    assert not leads(second)
    first.renew()
    older(postgres_database, DEAD)
    follow(second)
    for _ in range(2):
        with pytest.raises(BaseException) as lost:  # noqa: PT011
            first.renew()
    assert lost.type is LostError


def test_nothing_under_way_is_committed_after_another_leads(
    sits: Sits, postgres_database: Database, works: Callable[[Seat], Database]
) -> None:
    """Frozen in the midst of a transaction, then going on."""
    first, second = sits("a"), sits("b")
    assert leads(first)
    old = works(first)
    with pytest.raises(BaseException) as failed, old.transaction() as tx:  # noqa: PT011, PT012
        inbox.set_fact(tx, "token", "frozen")
        older(postgres_database, DEAD)
        follow(second)
        write(works(second), "second")
    assert is_away(failed.value)
    with pytest.raises(LostError):
        write(old, "too late")
    assert read(postgres_database) == "second"


def test_who_only_lost_a_connection_goes_on(
    sits: Sits, postgres: Postgres, url: str, works: Callable[[Seat], Database]
) -> None:
    first, second = sits("a"), sits("b")
    assert leads(first)
    old = works(first)
    write(old, "1")
    for value in ("2", "3"):
        end_all(postgres, url)
        for call in (first.renew, lambda value=value: write(old, value)):
            with pytest.raises(BaseException) as failed:  # noqa: PT011
                call()
            assert is_away(failed.value)
            call()
    assert not leads(second)
    assert read(old) == "3"


def test_a_connection_that_gives_no_answer_can_be_ended(sits: Sits) -> None:
    first, second = sits("a"), sits("b")
    assert leads(first)
    first.database.cut()
    with pytest.raises(BaseException) as failed:  # noqa: PT011
        first.renew()
    assert is_away(failed.value)
    first.renew()
    assert not leads(second)


def test_one_that_has_ended_by_itself_is_not_made_again_to_be_ended(
    sits: Sits, postgres_database: Database
) -> None:
    first = sits("a")
    assert leads(first)
    backend = first.database.backend
    assert backend is not None
    with postgres_database.transaction() as tx:
        tx.exec_driver_sql(f"SELECT pg_terminate_backend({backend['pid']})")
    with pytest.raises(BaseException) as failed:  # noqa: PT011
        first.renew()
    assert is_away(failed.value)
    for _ in range(2):
        first.database.cut()
    assert first.database.backend == backend
    first.renew()
    assert first.database.backend != backend


def test_a_clock_that_was_put_back_keeps_nobody_waiting(sits: Sits, postgres_database: Database) -> None:
    first, second = sits("a"), sits("b")
    assert leads(first)
    first.database.close()
    older(postgres_database, -3600)
    assert not leads(second, at=100)
    assert not leads(second, at=100 + LATE - 0.1)
    assert leads(second, at=100 + LATE)


def test_short_commands_wait_for_no_leader_and_nobody_ends_them(
    sits: Sits, url: str, works: Callable[[Seat], Database], postgres_database: Database
) -> None:
    first, second, command = sits("a"), sits("b"), Database(url)
    assert leads(first)
    with pytest.raises(InUseError):
        leader.alone(command)
    old = works(first)
    first.database.close()  # cut off, as far as the server knows
    leader.alone(command)
    with pytest.raises(LostError):
        write(old, "what it holds in memory is not how the store is now")
    older(postgres_database, 60)
    assert not leads(second)
    write(command, "command")
    command.close()
    assert leads(second)


def test_a_name_that_comes_back_with_the_number_is_not_enough(
    sits: Sits, postgres_database: Database, works: Callable[[Seat], Database]
) -> None:
    first = sits("a")
    assert leads(first)
    old = works(first)
    with postgres_database.transaction() as tx:
        tx.exec_driver_sql("UPDATE leader SET name = 'another'")
    with pytest.raises(LostError):
        read(old)
    with postgres_database.transaction() as tx:
        tx.exec_driver_sql("DELETE FROM leader")  # as after a restore
    with pytest.raises(LostError):
        read(old)


def test_who_stands_by_is_listed(sits: Sits, postgres_database: Database) -> None:
    first, second = sits("a"), sits("b-1")
    assert leads(first)
    assert not leads(second)
    with postgres_database.transaction() as tx:
        row, waiting = leader.leads(tx, None), leader.waiting(tx)
    assert row is not None
    assert (row.number, row.name, row.version) == (1, "a", "1")
    assert [(one.name, one.version) for one in waiting] == [("b-1", "1")]
    first.release()
    with postgres_database.transaction() as tx:
        assert leader.leads(tx, None) is None


def end_all(postgres: Postgres, url: str) -> None:
    """PostgreSQL ends all connections, as when it is started anew."""
    name = url.partition("@/")[2].partition("?")[0]
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
