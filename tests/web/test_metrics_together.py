"""Where the metrics of several worker processes add up."""

import os
import tempfile
from pathlib import Path

import pytest

from cds_service.errors import SettingError
from cds_service.web.server import METRICS_DIRECTORY, metrics_together


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "environ", dict(os.environ))
    os.environ.pop(METRICS_DIRECTORY, None)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_one_worker_needs_none(tmp_path):
    with metrics_together(1, tmp_path):
        assert METRICS_DIRECTORY not in os.environ


def test_it_is_there_while_they_run(tmp_path):
    with metrics_together(2, tmp_path / "data"):
        directory = Path(os.environ[METRICS_DIRECTORY])
        assert directory.parent == tmp_path
        assert directory.is_dir()
    assert not directory.exists()


def test_the_operators_own_is_taken(tmp_path):
    os.environ[METRICS_DIRECTORY] = str(tmp_path)
    with metrics_together(2, tmp_path):
        assert os.environ[METRICS_DIRECTORY] == str(tmp_path)
    assert tmp_path.exists()


def test_without_a_place_for_temporary_files_it_is_in_the_data_directory(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with metrics_together(2, tmp_path):
        assert Path(os.environ[METRICS_DIRECTORY]).parent == tmp_path


def test_without_either_it_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(SettingError, match="TMPDIR"), metrics_together(2, tmp_path / "none"):
        pass
