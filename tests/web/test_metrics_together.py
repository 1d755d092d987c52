"""Where the metrics of several worker processes add up."""

import errno
import fcntl
import os
import tempfile
from pathlib import Path

import pytest

from cds_service.errors import SettingError
from cds_service.watch import metrics
from cds_service.web import metrics_together as module
from cds_service.web.metrics_together import (
    KINDS,
    METRICS_DIRECTORY,
    PREFIX,
    ROOM,
    metrics_together,
    take_room,
)


@pytest.fixture(autouse=True)
def memory(monkeypatch, tmp_path):
    """A place in memory, as far as the code knows."""
    monkeypatch.setattr(os, "environ", dict(os.environ))
    os.environ.pop(METRICS_DIRECTORY, None)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    for name in ("memory", "tmp", "data"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(module, "SHARED_MEMORY", tmp_path / "memory")
    return tmp_path / "memory"


@pytest.fixture
def data_dir(tmp_path):
    return tmp_path / "data"


def test_the_name_is_the_same_where_it_is_read():
    assert METRICS_DIRECTORY == metrics.DIRECTORY


def test_the_kinds_are_those_that_there_are():
    gauges = {
        f"gauge_{each._multiprocess_mode}"
        for each in vars(metrics).values()
        if hasattr(each, "_multiprocess_mode")
    }
    assert {"counter", "histogram"} | gauges == set(KINDS)


def test_one_worker_needs_none(data_dir):
    with metrics_together(1, data_dir):
        assert METRICS_DIRECTORY not in os.environ


def test_it_is_there_while_they_run(data_dir, memory):
    with metrics_together(2, data_dir):
        directory = Path(os.environ[METRICS_DIRECTORY])
        assert directory.parent == memory
        assert directory.is_dir()
    assert not directory.exists()


def test_the_operators_own_is_taken(data_dir, tmp_path):
    os.environ[METRICS_DIRECTORY] = str(tmp_path)
    with metrics_together(2, data_dir):
        assert os.environ[METRICS_DIRECTORY] == str(tmp_path)
    assert tmp_path.exists()


@pytest.mark.parametrize(("gone", "taken"), [(("memory",), "data"), (("memory", "data"), "tmp")])
def test_the_next_place_is_taken_where_one_cannot_be_written(data_dir, tmp_path, gone, taken):
    for name in gone:
        (tmp_path / name).rmdir()
    with metrics_together(2, data_dir):
        assert Path(os.environ[METRICS_DIRECTORY]).parent == tmp_path / taken


def test_without_any_it_is_told(data_dir, tmp_path):
    for name in ("memory", "data", "tmp"):
        (tmp_path / name).rmdir()
    with pytest.raises(SettingError, match="TMPDIR"), metrics_together(2, data_dir):
        pass


def test_what_a_killed_service_left_is_cleared_away_and_a_running_ones_is_not(data_dir, memory):
    left, kept = memory / f"{PREFIX}left", memory / f"{PREFIX}kept"
    for directory in (left, kept):
        directory.mkdir()
        (directory / "counter_1.db").touch()
    handle = os.open(kept, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with metrics_together(2, data_dir):
        assert not left.exists()
        assert kept.exists()
    os.close(handle)


def test_room_is_taken_for_each_kind(data_dir):
    with metrics_together(2, data_dir):
        take_room()
        files = list(Path(os.environ[METRICS_DIRECTORY]).iterdir())
        assert {file.name for file in files} == {f"{kind}_{os.getpid()}.db" for kind in KINDS}
        assert all(file.stat().st_blocks * 512 >= ROOM for file in files)


def test_without_room_a_process_counts_for_itself(data_dir, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with metrics_together(2, data_dir):
        directory = Path(os.environ[METRICS_DIRECTORY])
        take_room()
        assert METRICS_DIRECTORY not in os.environ
        assert list(directory.iterdir()) == []


def test_one_worker_takes_no_room(data_dir):
    with metrics_together(1, data_dir):
        take_room()
    assert METRICS_DIRECTORY not in os.environ
