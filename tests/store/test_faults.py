"""The store locked, full, read-only or away: what is answered, how soon, and what was kept."""

import json
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from io import StringIO

import psycopg
import pytest
from answers_shown import NOW, given, shown
from sqlalchemy import event
from synthetic import DAY, ids, stub_matcher
from test_feedback_calls import CALL, HOOK, URL, overridden

from cds_service.errors import Unavailable
from cds_service.settings import Settings
from cds_service.store.kept import open_store
from cds_service.web.app import create_app

only_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def log():
    return StringIO()


@pytest.fixture
def service(log):
    def make(**more):
        app = create_app(
            Settings(**more), matcher=stub_matcher(), today=lambda: DAY, new_id=ids(), log_stream=log
        )
        return app.test_client(), app.extensions["cart-cds"].store

    return make


@contextmanager
def locked(store):
    """Another process holds the lock for as long as it likes."""
    other = sqlite3.connect(store.database.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


@contextmanager
def every_connection(store, pragma):
    """SQLite's own switches for a full disk and a read-only one, on every connection."""

    def switch(connection, *_):
        connection.execute(pragma)

    store.database.close()
    event.listen(store.database.engine, "connect", switch)
    yield
    event.remove(store.database.engine, "connect", switch)
    store.database.close()


def full(store):
    with sqlite3.connect(store.database.file) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.close()
    return every_connection(store, f"PRAGMA max_page_count={pages}")


def read_only(store):
    return every_connection(store, "PRAGMA query_only=ON")


BIG = [overridden(card=f"c{number}" + "x" * 50) for number in range(200)]
"""More than fits in what is left of the last page."""


@pytest.mark.parametrize("fault", [locked, full, read_only])
def test_feedback_answers_503_soon_and_keeps_nothing_it_did_not_acknowledge(service, fault):
    client, store = service()
    assert client.post(URL, json={"feedback": [overridden()]}).status_code == 200
    with fault(store):
        began = time.monotonic()
        answer = client.post(URL, json={"feedback": BIG})
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.get_json()["resourceType"] == "OperationOutcome"
        assert time.monotonic() - began < 2.5
    assert len(client.get("/feedback").get_json()["feedback"]) == 1
    assert client.post(URL, json={"feedback": BIG}).get_json()["new"] == 200
    assert len(client.get("/feedback").get_json()["feedback"]) == 201


@pytest.mark.parametrize("fault", [locked, read_only])
@pytest.mark.parametrize("path", [HOOK, "/match"])
def test_no_answer_without_its_audit_row(service, fault, path):
    client, store = service()
    with fault(store):
        answer = client.post(path, json=CALL)
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
    assert client.post(path, json=CALL).status_code == 200


@pytest.mark.parametrize("more", [{"audit_required": False}, {"audit": "off"}])
def test_a_site_may_want_the_answer_all_the_same(service, log, more):
    client, store = service(**more)
    with locked(store):
        answer = client.post(HOOK, json=CALL)
    assert answer.status_code == 200
    assert len(answer.get_json()["cards"]) == 1
    line = json.loads(log.getvalue())
    assert line["audit"] == "not written"
    assert line["error"] == "OperationalError"


def test_reading_goes_on_while_another_writes(service):
    client, store = service()
    with locked(store):
        assert client.get("/feedback").status_code == 200


@pytest.mark.parametrize("fault", [locked, read_only])
def test_not_ready_while_the_store_cannot_be_written(service, fault):
    client, store = service()
    with fault(store):
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert "Retry-After" in answer.headers
    assert client.get("/readyz").status_code == 200


def test_a_token_is_not_taken_where_it_cannot_be_told_whether_it_was_used(service):
    _, store = service()
    with locked(store), pytest.raises(Unavailable):
        store.used_tokens.first_use("https://ehr.example.org", "id", 2e9)
    assert store.used_tokens.first_use("https://ehr.example.org", "id", 2e9)


@only_postgresql
def test_connections_that_the_server_ended_are_made_again(postgresql, settings):
    store = open_store(settings())
    with store.database.read() as connection:
        (name,) = connection.exec_driver_sql("SELECT current_database()").one()
    with psycopg.connect(postgresql.format("postgres"), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
    assert store.feedback.add("one", [given()], NOW).new == 1
    store.close()


@only_postgresql
def test_a_row_that_another_holds_is_unavailable_soon(settings):
    store, other = open_store(settings()), open_store(settings())
    with other.database.write() as held:
        held.exec_driver_sql("LOCK TABLE feedback, audit, used_token")
        for write in (
            lambda: store.feedback.add("one", [given()], NOW),
            lambda: store.shown.add(shown()),
            lambda: store.used_tokens.first_use("https://ehr.example.org", "id", 2e9),
        ):
            began = time.monotonic()
            with pytest.raises(Unavailable):
                write()
            assert time.monotonic() - began < 2
    assert store.feedback.add("one", [given()], NOW).new == 1
    store.close()
    other.close()


WRITER = """
import sys
from datetime import UTC, datetime
from cds_service.hooks.feedback import CardFeedback
from cds_service.settings import Settings
from cds_service.store.kept import open_store
store = open_store(Settings())
now = datetime.now(UTC)
for number in range(100_000):
    cards = [f"{sys.argv[1]}-{number}-{part}" for part in range(5)]
    store.feedback.add("one", [CardFeedback(card, "overridden", now) for card in cards], now)
    print(number, flush=True)
"""


def test_a_kill_during_feedback_leaves_no_half_call_and_loses_nothing_acknowledged(settings, monkeypatch):
    if url := settings().database_url:
        monkeypatch.setenv("CART_CDS_DATABASE_URL", url)
    open_store(settings()).close()
    acknowledged = set()
    for run in ("a", "b", "c"):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, run], stdout=subprocess.PIPE, text=True)
        first = [writer.stdout.readline() for _ in range(20)]
        writer.kill()
        acknowledged |= {f"{run}-{number.strip()}" for number in [*first, *writer.stdout.readlines()]}
        writer.wait()
        writer.stdout.close()
    store = open_store(settings())
    with store.database.read() as connection:
        cards = connection.exec_driver_sql("SELECT card FROM feedback").scalars().all()
    store.close()
    kept = Counter(card.rpartition("-")[0] for card in cards)
    assert len(acknowledged) >= 60
    assert acknowledged <= kept.keys()
    assert set(kept.values()) == {5}


def test_two_processes_write_at_once_and_nothing_is_lost(settings, monkeypatch):
    if url := settings().database_url:
        monkeypatch.setenv("CART_CDS_DATABASE_URL", url)
    open_store(settings()).close()
    code = WRITER.replace("100_000", "30")
    writers = [subprocess.Popen([sys.executable, "-c", code, run], stdout=subprocess.DEVNULL) for run in "ab"]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    store = open_store(settings())
    with store.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM feedback").scalar() == 300
    store.close()


USER = """
import sys
from cds_service.settings import Settings
from cds_service.store.kept import open_store
used = open_store(Settings()).used_tokens
print(sum(used.first_use("https://ehr.example.org", f"id-{n}", 2e9) for n in range(50)))
"""


def test_of_two_processes_one_takes_a_token(settings, monkeypatch):
    if url := settings().database_url:
        monkeypatch.setenv("CART_CDS_DATABASE_URL", url)
    open_store(settings()).close()
    users = [
        subprocess.Popen([sys.executable, "-c", USER], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said = [user.communicate(timeout=60)[0] for user in users]
    assert sum(int(each) for each in said) == 50
