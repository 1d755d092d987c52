"""Signals to a worker process, none of which is slept through.

Python runs a signal's handler in the main thread, and a main thread that waits for a lock can go to sleep
just after it looked for signals: measured with busy threads beside it and one signal soon after the other,
one in forty waited for the next. The byte that Python writes for each signal is not lost. So a thread reads
those, and where the service is to stop, it wakes the main thread until that has listened.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable

STOPS = {signal.SIGTERM, signal.SIGINT}
POKE = signal.SIGUSR1
PAUSE = 0.1


def listen(reload: Callable[[], None]) -> None:
    """Call ``reload`` at SIGHUP; see to it that SIGTERM and SIGINT reach whoever handles them.

    For the main thread only; raises ValueError elsewhere.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    awake = threading.Event()
    signal.signal(POKE, lambda *_: awake.set())
    signal.signal(signal.SIGHUP, lambda *_: None)  # without a handler of Python's there is no byte
    main = threading.get_ident()

    def hear() -> None:
        while heard := os.read(reading, 64):
            if signal.SIGHUP in heard:
                reload()
            if not STOPS.isdisjoint(heard):
                awake.clear()
                while not awake.is_set():
                    signal.pthread_kill(main, POKE)
                    awake.wait(PAUSE)

    threading.Thread(target=hear, name="signals", daemon=True).start()
