"""Failures of the store, counted by what it was wanted for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cds_service.errors import Unavailable
from cds_service.watch.metrics import count_store_failure


@contextmanager
def store_use(purpose: str) -> Iterator[None]:
    """Counts and passes on Unavailable. ``purpose`` is one of :data:`cds_service.watch.metrics.PURPOSES`."""
    try:
        yield
    except Unavailable:
        count_store_failure(purpose)
        raise
