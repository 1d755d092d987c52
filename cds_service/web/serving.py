"""Which process serves: its number in a file of the data directory, locked as long as it runs.

A number alone could be another process's by now; the lock says whether it still holds.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


def _file(data_dir: Path, port: int) -> Path:
    return data_dir / f"serving-{port}.pid"


def hold(data_dir: Path, port: int) -> bool:
    """Write this process's number and lock it until it ends; False where that cannot be done."""
    file = _file(data_dir, port)
    try:
        handle = os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return False
    os.truncate(handle, 0)
    os.write(handle, str(os.getpid()).encode())
    os.register_at_fork(after_in_child=lambda: os.close(handle))  # a worker does not hold it
    return True


def holder(data_dir: Path, port: int) -> int | None:
    """The number of the process that serves; None where none does."""
    try:
        with _file(data_dir, port).open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return int(file.read().strip() or b"0") or None
    except (OSError, ValueError):
        return None
    return None
