"""Where the metrics of several worker processes add up, while they run.

They are files that each process maps into its memory, and a process that writes to such a file on a full disk
is killed (SIGBUS). So they are kept in memory where the system has a place for that, and their room is taken
before they are used. A process that finds no room counts for itself alone.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cds_service.errors import SettingError

METRICS_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  # what is made there is ours alone
PREFIX = "cart-cds-metrics-"
KINDS = ("counter", "histogram", "gauge_livesum", "gauge_livemax")
ROOM = 512 * 1024
"""Bytes for each kind and process: some four thousand series."""


@contextmanager
def metrics_together(workers: int, data_dir: Path) -> Iterator[None]:
    """Name the directory in the environment, for the workers. Raises SettingError where there is no place."""
    if workers == 1 or METRICS_DIRECTORY in os.environ:
        yield
        return
    directory, handle = _directory(data_dir)
    os.environ[METRICS_DIRECTORY] = str(directory)
    try:
        yield
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        os.close(handle)


def take_room() -> None:
    """In a worker process, before it counts anything."""
    directory = os.environ.get(METRICS_DIRECTORY)
    if directory is None:
        return
    try:
        for kind in KINDS:
            with Path(directory, f"{kind}_{os.getpid()}.db").open("ab") as file:
                os.posix_fallocate(file.fileno(), 0, ROOM)
    except OSError:
        del os.environ[METRICS_DIRECTORY]
        for kind in KINDS:
            Path(directory, f"{kind}_{os.getpid()}.db").unlink(missing_ok=True)


def _directory(data_dir: Path) -> tuple[Path, int]:
    """One that is new, and locked as long as the service runs."""
    for place in _places(data_dir):
        with suppress(OSError):
            _clear_away(place)
            directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
            handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return directory, handle
    raise SettingError(
        "With more than one of CART_CDS_WORKERS, /dev/shm, CART_CDS_DATA_DIR or the directory for temporary "
        "files (TMPDIR) must be writable"
    )


def _places(data_dir: Path) -> Iterator[Path]:
    yield SHARED_MEMORY
    yield data_dir
    with suppress(FileNotFoundError):
        yield Path(tempfile.gettempdir())


def _clear_away(place: Path) -> None:
    """What a service has left that was killed: nobody has it locked."""
    for directory in place.glob(f"{PREFIX}*"):
        with suppress(OSError):
            handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(directory, ignore_errors=True)
            finally:
                os.close(handle)
