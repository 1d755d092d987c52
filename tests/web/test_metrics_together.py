"""Where the metrics of several worker processes add up."""

import os
import tempfile
from pathlib import Path

import pytest

from cds_service.errors import SettingError
from cds_service.web.metrics_together import METRICS_DIRECTORY, metrics_together


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "environ", dict(os.environ))
    os.environ.pop(METRICS_DIRECTORY, None)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture
def data_dir(tmp_path):
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def test_one_worker_needs_none(data_dir):
    with metrics_together(1, data_dir):
        assert METRICS_DIRECTORY not in os.environ


def test_it_is_there_while_they_run(data_dir):
    with metrics_together(2, data_dir):
        directory = Path(os.environ[METRICS_DIRECTORY])
        assert directory.parent == data_dir
        assert directory.is_dir()
    assert not directory.exists()


def test_the_operators_own_is_taken(data_dir, tmp_path):
    os.environ[METRICS_DIRECTORY] = str(tmp_path)
    with metrics_together(2, data_dir):
        assert os.environ[METRICS_DIRECTORY] == str(tmp_path)
    assert tmp_path.exists()


def test_without_a_data_directory_it_is_among_the_temporary_files(tmp_path):
    with metrics_together(2, tmp_path / "none"):
        assert Path(os.environ[METRICS_DIRECTORY]).parent == tmp_path


def test_without_either_it_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(SettingError, match="TMPDIR"), metrics_together(2, tmp_path / "none"):
        pass


def test_what_a_killed_service_left_is_cleared_away_and_a_running_ones_is_not(data_dir):
    left, kept = data_dir / "metrics-99999999-a", data_dir / f"metrics-{os.getpid()}-a"
    for directory in (left, kept):
        directory.mkdir()
        (directory / "counter_1.db").touch()
    with metrics_together(2, data_dir):
        assert not left.exists()
        assert kept.exists()
