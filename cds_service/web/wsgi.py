"""The application for a WSGI server: ``granian --interface wsgi cds_service.web.wsgi:app``."""

from __future__ import annotations

import gc
from importlib import import_module

from cds_service.settings import read_settings
from cds_service.web.app import create_app


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


app = create_app(read_settings())
warm()
