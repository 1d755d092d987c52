"""Where the metrics of several worker processes add up, while they run.

In the data directory rather than among temporary files, which some systems clear of what is ten days old.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cds_service.errors import SettingError

METRICS_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def metrics_together(workers: int, data_dir: Path) -> Iterator[None]:
    """Name the directory in the environment, for the workers. Raises SettingError where there is no place."""
    if workers == 1 or METRICS_DIRECTORY in os.environ:
        yield
        return
    _clear_away(data_dir)
    directory = _made_in(data_dir) or _made_in(None)
    if directory is None:
        raise SettingError(
            "With more than one of CART_CDS_WORKERS, CART_CDS_DATA_DIR or the directory for temporary files "
            "(TMPDIR) must be writable"
        )
    with directory as name:
        os.environ[METRICS_DIRECTORY] = name
        yield


def _made_in(place: Path | None) -> tempfile.TemporaryDirectory[str] | None:
    try:
        return tempfile.TemporaryDirectory(
            prefix=f"metrics-{os.getpid()}-", dir=place, ignore_cleanup_errors=True
        )
    except OSError:
        return None


def _clear_away(data_dir: Path) -> None:
    """What a service has left that was killed."""
    for directory in data_dir.glob("metrics-*-*"):
        process = directory.name.split("-")[1]
        if process.isdecimal() and not _runs(int(process)):
            shutil.rmtree(directory, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
