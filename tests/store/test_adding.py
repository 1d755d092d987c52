"""The short way that every call takes to the database: the same rows as the long way, as safely kept."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from answers_shown import shown
from sqlalchemy import func, insert, select

from cds_service.settings import Settings
from cds_service.store.kept import open_store
from cds_service.store.shown import TrialShown
from cds_service.store.tables import audit, shown_card, used_token

AUDIT = {column.name: f"{column.name} é'%(at)s :at ?" for column in audit.c if column.name != "id"} | {
    "at": "2026-11-22T09:30:00.000000Z",
    "as_of": "2026-11-22",
    "tenant": None,
}
CARD = {column.name: f"{column.name} é'%(card)s :card ?" for column in shown_card.c} | {
    "shown_at": "2026-11-22T09:30:00.000000Z",
    "as_of": "2026-11-22",
    "satisfied": 9,
    "failed": 0,
    "unknown": 2**31 - 1,
}
TOKEN = {"token": "é", "expires": 1764063000.123456}


def rows(store, table):
    with store.database.read() as connection:
        return [
            {name: value for name, value in row.items() if name != "id"}
            for row in connection.execute(select(table)).mappings()
        ]


@pytest.mark.parametrize(("table", "row"), [(audit, AUDIT), (shown_card, CARD), (used_token, TOKEN)])
def test_both_ways_keep_the_same_row(store, table, row):
    with store.database.add() as cursor:
        cursor.execute(store.database.prepared(insert(table).inline()), row)
    short = rows(store, table)
    assert short == [row]
    other = dict(row) | ({"token": "b"} if table is used_token else {})
    if table is shown_card:
        other["card"] = "another"
    with store.database.write() as connection:
        connection.execute(insert(table).inline(), other)
    assert rows(store, table) == [row, other]


def test_a_row_that_is_there_already_is_left_alone(store):
    text = store.database.prepared(store.database.insert_new(shown_card))
    with store.database.add() as cursor:
        cursor.execute(text, CARD)
    with store.database.add() as cursor:
        cursor.executemany(text, [CARD | {"client": "another"}, CARD | {"card": "new"}])
    assert rows(store, shown_card) == [CARD, CARD | {"card": "new"}]


def test_of_what_fails_nothing_is_kept_and_the_next_is(store):
    text = store.database.prepared(insert(audit).inline())

    def add(*kept):
        with store.database.add() as cursor:
            for each in kept:
                cursor.execute(text, each)

    add(AUDIT)
    with pytest.raises(UnicodeEncodeError):
        add(AUDIT | {"client": "one"}, AUDIT | {"client": "\ud800"})
    add(AUDIT | {"client": "two"})
    assert [row["client"] for row in rows(store, audit)] == [AUDIT["client"], "two"]


def test_a_closed_store_is_opened_again_by_whoever_writes(store):
    store.shown.add(shown())
    store.close()
    store.shown.add(shown(request="r-2"))
    assert [row["request"] for row in rows(store, audit)] == ["r-1", "r-2"]


def test_a_commit_is_on_the_disk_the_short_way_too():
    store = open_store(Settings())
    for _ in range(2):
        with store.database.add() as cursor:
            cursor.execute("PRAGMA synchronous")
            assert cursor.fetchone() == (2,)  # FULL
            cursor.execute("PRAGMA foreign_keys")
            assert cursor.fetchone() == (1,)
    store.close()


def test_many_at_once(store):
    together = Barrier(8)

    def add(number):
        together.wait()
        for each in range(10):
            card = TrialShown("NCT00000001", "possible-match", 9, 0, 14, f"c-{number}-{each}")
            store.shown.add(shown(request=f"r-{number}-{each}", trials=(card,)))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add, range(8)))
    assert {row["card"].removeprefix("c") for row in rows(store, shown_card)} == {
        row["request"].removeprefix("r") for row in rows(store, audit)
    }
    with store.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(audit)) == 80


WRITER = """
import sys
from answers_shown import shown
from cds_service.settings import Settings
from cds_service.store.kept import open_store
from cds_service.store.shown import TrialShown
store = open_store(Settings())
for number in range(100_000):
    name = f"{sys.argv[1]}-{number}"
    cards = tuple(TrialShown("NCT1", "possible-match", 1, 0, 1, f"{name}-{part}") for part in range(3))
    store.shown.add(shown(request=name, trials=cards))
    print(name, flush=True)
"""


def test_a_kill_leaves_no_half_answer_and_loses_nothing_acknowledged(settings, monkeypatch):
    if url := settings().database_url:
        monkeypatch.setenv("CART_CDS_DATABASE_URL", url)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    open_store(settings()).close()
    acknowledged = set()
    for run in "abc":
        writer = subprocess.Popen([sys.executable, "-c", WRITER, run], stdout=subprocess.PIPE, text=True)
        first = [writer.stdout.readline() for _ in range(30)]
        writer.kill()
        acknowledged |= {line.strip() for line in (*first, *writer.stdout.readlines())}
        writer.wait()
        writer.stdout.close()
    store = open_store(settings())
    answers = [row["request"] for row in rows(store, audit)]
    cards = [row["card"] for row in rows(store, shown_card)]
    store.close()
    assert len(acknowledged) >= 90
    assert acknowledged <= set(answers)
    assert sorted(cards) == sorted(f"{answer}-{part}" for answer in answers for part in range(3))
