"""``cart-cds serve``: the application under granian, which answers calls in flight before it stops."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from cds_service.hooks.matcher import Matcher
from cds_service.settings import read_settings
from cds_service.store.kept import open_store
from cds_service.trust.client_file import read_clients


def run(host: str | None = None, port: int | None = None, site: Path | None = None) -> None:
    """Serve until SIGTERM. What is given wins over the settings. Raises RuleError or SettingError at once."""
    from granian.server import Server  # noqa: PLC0415  # wanted only here

    given: dict[str, Any] = {"host": host, "port": port, "site_codes": site}
    settings = read_settings(**{name: value for name, value in given.items() if value is not None})
    # A wrong file is told here, once, and not by each worker in a loop.
    if settings.clients is not None:
        read_clients(settings.clients)
    Matcher.load(settings.rules_dir, settings.site_codes)
    open_store(settings).close()
    # Workers read the settings again from the environment.
    os.environ["CART_CDS_HOST"] = settings.host
    os.environ["CART_CDS_PORT"] = str(settings.port)
    if settings.site_codes is not None:
        os.environ["CART_CDS_SITE_CODES"] = str(settings.site_codes)
    Server(
        "cds_service.web.wsgi:app",
        address=settings.host,
        port=settings.port,
        interface="wsgi",  # type: ignore[arg-type]  # granian takes its name too
        workers=settings.workers,
        log_access=False,
        websockets=False,
    ).serve()
