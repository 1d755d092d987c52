"""What the service knows of each trial, the source's words and our reading of them: JSON, or a page."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response, request

from cds_service.answers import trial_json, trials_json
from cds_service.trials.how_decided import HowDecided
from cds_service.web.pages import JSON, page, wants_page
from cds_service.web.source_attributes import source_attributes
from cds_service.web.trial_sheet import criteria_groups, how_many
from cds_service.web.wiring import wiring

trial_views = Blueprint("trials", __name__)


@trial_views.get("/trials")
def trials() -> Response:
    matcher = wiring().matcher
    if wants_page(request):
        return page(
            "trials.html",
            trials=[(trial, how_many(trial)) for trial in matcher.trials],
            version=matcher.version,
            ways=list(HowDecided),
        )
    return Response(orjson.dumps(trials_json(matcher.trials, matcher.version)), content_type=JSON)


@trial_views.get("/trials/<id>")
def trial(id: str) -> Response:  # noqa: A002  # the contract's own word
    matcher = wiring().matcher
    found = matcher.trial(id)
    if wants_page(request):
        return page(
            "trial.html",
            trial=found,
            groups=[(kind, criteria_groups(found, kind)) for kind in ("inclusion", "exclusion")],
            attributes=source_attributes(found, matcher.version),
            counts=how_many(found),
            version=matcher.version,
        )
    return Response(orjson.dumps(trial_json(found)), content_type=JSON)
