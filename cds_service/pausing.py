"""Places in long work where other work may go first: between two searchsets, between two questions.

What is worked out does not depend on it. Who gives out the turns (:mod:`cds_service.web.turns`) says what a
pause does; where nobody does, as on the command line, it does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Pause = Callable[[], None]

_pause: ContextVar[Pause | None] = ContextVar("pause", default=None)


def pause() -> None:
    """Let other work go first, if any waits."""
    waits = _pause.get()
    if waits is not None:
        waits()


@contextmanager
def pausing(waits: Pause) -> Iterator[None]:
    """Let ``waits`` be what a pause does, in this thread."""
    before = _pause.set(waits)
    try:
        yield
    finally:
        _pause.reset(before)
