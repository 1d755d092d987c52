"""The service about itself: landing page, contract, health."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import orjson
from flask import Blueprint, Response

from cds_service.errors import Unavailable
from cds_service.web.example_chart import EXAMPLE_DAY, example_chart
from cds_service.web.outcome import outcome
from cds_service.web.pages import page
from cds_service.web.request_line import note_error
from cds_service.web.store_use import store_use
from cds_service.web.wiring import wiring

JSON = "application/json"
RULES_KEPT = "The rule files as they are now cannot be loaded; those of before go on deciding."
PACKAGE = Path(__file__).parents[1]

service_views = Blueprint("service", __name__, template_folder="templates")


@service_views.get("/")
def landing() -> Response:
    parts = wiring()
    return page(
        "landing.html",
        trials=parts.matcher.trials,
        base=parts.settings.public_base_url,
        today=parts.today(),
        megabytes=parts.settings.max_body_bytes / 1024 / 1024,
        form=parts.gate is None,
        example_day=EXAMPLE_DAY if example_chart() else None,
    )


@service_views.get("/openapi.yaml")
def contract() -> Response:
    return Response(_contract(), content_type="application/yaml")


@service_views.get("/livez")
def live() -> Response:
    return Response(orjson.dumps({"status": "live"}), content_type=JSON)


@service_views.get("/readyz")
def ready() -> Response:
    """Decides for a patient of whom nothing is known, looks whether the answer is as it must be, and whether
    the store could be written.
    """
    parts = wiring()
    try:
        parts.matcher.self_test(parts.today())
    except Exception as error:  # noqa: BLE001  # whatever it is, the service is not ready
        note_error(error)
        return _not_ready("The rule engine's self-test failed.")
    try:
        with store_use("readiness"):
            parts.store.database.check()
    except Unavailable as error:
        note_error(error.__cause__ if isinstance(error.__cause__, Exception) else error)
        return _not_ready("The store cannot be written.")
    said = {
        "status": "ready",
        "rulesVersion": parts.matcher.version,
        "trials": len(parts.matcher.trials),
        "store": parts.store.database.kind,
    }
    if parts.rules_problems:
        said["warnings"] = [RULES_KEPT, *parts.rules_problems]
    return Response(orjson.dumps(said), content_type=JSON)


def _not_ready(text: str) -> Response:
    answer = outcome(503, "transient", text)
    answer.headers["Retry-After"] = str(Unavailable.retry_after)
    return answer


@cache
def _contract() -> bytes:
    """From the wheel, or from the root of the repository."""
    shipped = PACKAGE / "_openapi.yaml"
    return (shipped if shipped.is_file() else PACKAGE.parent / "openapi.yaml").read_bytes()
