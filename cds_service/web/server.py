"""``cart-cds serve``: the application under granian, which answers calls in flight before it stops."""

from __future__ import annotations

import os
import resource
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

from cds_service.hooks.matcher import Matcher
from cds_service.settings import Settings, read_settings
from cds_service.store.kept import open_store
from cds_service.trust.client_file import read_clients
from cds_service.watch.process_lines import log_config
from cds_service.web.listening import listening_address
from cds_service.web.metrics_together import metrics_together, take_room
from cds_service.web.serving import hold

SPARE_THREADS = 16
"""Beyond those for calls: for health, metrics and refusals, however many calls there are."""
SPARE_FILES = 256
BACKLOG = 1024


def run(host: str | None = None, port: int | None = None, site: Path | None = None) -> None:
    """Serve until SIGTERM. What is given wins over the settings. Raises RuleError or SettingError at once."""
    given: dict[str, Any] = {"host": host, "port": port, "site_codes": site}
    settings = read_settings(**{name: value for name, value in given.items() if value is not None})
    # A wrong file is told here, once, and not by each worker in a loop.
    if settings.clients is not None:
        read_clients(settings.clients)
    address = listening_address(settings.host, settings.port)
    Matcher.load(settings.rules_dir, settings.site_codes)
    open_store(settings).close()
    # Workers read the settings again from the environment.
    os.environ["CART_CDS_HOST"] = settings.host
    os.environ["CART_CDS_PORT"] = str(settings.port)
    if settings.site_codes is not None:
        os.environ["CART_CDS_SITE_CODES"] = str(settings.site_codes)
    allow_open_files(settings.connections + SPARE_FILES)
    hold(settings.data_dir, settings.port)
    begin_workers_well()
    with metrics_together(settings.workers, settings.data_dir):
        _server(settings, address).serve()


def _server(settings: Settings, address: str) -> Any:
    from granian.constants import HTTPModes, Interfaces, SSLProtocols  # noqa: PLC0415  # wanted only here
    from granian.http import HTTP1Settings  # noqa: PLC0415
    from granian.log import LogLevels  # noqa: PLC0415
    from granian.server import Server  # noqa: PLC0415

    server: Any = Server(
        "cds_service.web.wsgi:app",
        address=address,
        port=settings.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,  # waiting for what protocol comes, a silent connection would stay for ever
        workers=settings.workers,
        backlog=BACKLOG,
        backpressure=settings.connections,
        blocking_threads=settings.calls_at_once + SPARE_THREADS,
        ssl_cert=settings.tls_certificate,
        ssl_key=settings.tls_key,
        ssl_protocol_min=SSLProtocols.tls12,
        http1_settings=HTTP1Settings(header_read_timeout=round(settings.idle_seconds * 1000)),
        workers_kill_timeout=settings.stop_seconds,
        respawn_failed_workers=True,
        log_level=LogLevels[settings.log_level],
        log_access=False,
        log_dictconfig=log_config(),
        websockets=False,
    )
    main = os.getpid()

    def reload(*_: object) -> None:
        """SIGHUP: every worker loads the rules anew. granian's own answer is to start them all anew."""
        if os.getpid() == main:
            for worker in server.wrks:
                with suppress(ProcessLookupError):
                    os.kill(worker.inner.pid, signal.SIGHUP)

    server.signal_handler_reload = reload
    return server


def begin_workers_well() -> None:
    """A worker that is still starting has the main process's handlers, which would do nothing in it: until
    its own are there, it ends at SIGTERM, and reads the rules as they are anyway. Signals wait for that.
    """
    signals = (signal.SIGTERM, signal.SIGHUP)

    def begin() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
        take_room()

    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, signals),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, signals),
        after_in_child=begin,
    )


def allow_open_files(wanted: int) -> None:
    """As many as connections may need, where the system's hard limit lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        with suppress(ValueError, OSError):
            most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
