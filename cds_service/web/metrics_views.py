"""``GET /metrics`` for Prometheus. Who may read it: ``metrics_token`` in docs/settings.md."""

from __future__ import annotations

from flask import Blueprint, Response

from cds_service.watch.exposition import CONTENT_TYPE, exposition

metrics_views = Blueprint("metrics", __name__)


@metrics_views.get("/metrics")
def metrics() -> Response:
    return Response(exposition(), content_type=CONTENT_TYPE)
