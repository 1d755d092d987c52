"""What the service knows of each trial, the source's words and our reading of them."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response

from cds_service.answers import trial_json, trials_json
from cds_service.web.wiring import wiring

JSON = "application/json"

trial_views = Blueprint("trials", __name__)


@trial_views.get("/trials")
def trials() -> Response:
    matcher = wiring().matcher
    return Response(orjson.dumps(trials_json(matcher.trials, matcher.version)), content_type=JSON)


@trial_views.get("/trials/<id>")
def trial(id: str) -> Response:  # noqa: A002  # the contract's own word
    return Response(orjson.dumps(trial_json(wiring().matcher.trial(id))), content_type=JSON)
