"""The application for a WSGI server: ``granian --interface wsgi cds_service.web.wsgi:app``."""

from __future__ import annotations

import gc
from contextlib import suppress
from importlib import import_module
from multiprocessing.util import Finalize

from cds_service.settings import read_settings
from cds_service.watch.process_lines import catch_the_uncaught
from cds_service.web.app import create_app
from cds_service.web.reload import RulesReload
from cds_service.web.signals import listen
from cds_service.web.wiring import wiring


def warm() -> None:
    """Pay for slow imports before the first call, and keep the collector off what never goes away.

    With ``fhir.resources`` imported and the collector as it is by default, decoding a chart takes two to
    three times as long.
    """
    for module in ("bundle", "operationoutcome", "researchstudy", "task"):
        import_module(f"fhir.resources.R4B.{module}")

    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


catch_the_uncaught()
app = create_app(read_settings())
Finalize(None, wiring(app).store.close, exitpriority=0)
reload = RulesReload(app)
with suppress(ValueError):  # not the main thread: then signals are not ours
    listen(reload.wanted.set)
reload.start()
warm()
