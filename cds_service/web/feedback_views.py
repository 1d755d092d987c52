"""Feedback from a client on the cards it was shown, and what came of it, read back by the same client."""

from __future__ import annotations

from datetime import UTC, datetime, time

import orjson
from flask import Blueprint, Response, request

from cds_service.errors import BadRequest
from cds_service.hooks.feedback import read_feedback
from cds_service.hooks.offered import OFFERED
from cds_service.watch.metrics import count_feedback
from cds_service.web.body import read_json
from cds_service.web.callers import client_name
from cds_service.web.match_views import read_day
from cds_service.web.request_line import note
from cds_service.web.store_use import store_use
from cds_service.web.wiring import wiring

JSON = "application/json"
LONGEST = 1024 * 1024

feedback_views = Blueprint("feedback", __name__)


def give() -> Response:
    """Answered only when it is kept. The same again is kept once, at whichever service it is given: a card is
    known by its uuid.
    """
    parts = wiring()
    body = read_json(request, min(LONGEST, parts.settings.max_body_bytes))
    note(bytes_in=len(body))
    entries = read_feedback(body)
    with store_use("feedback"):
        received = parts.store.feedback.add(client_name(), entries, datetime.now(UTC))
    note(feedback=received.new)
    for outcome, number in received.kept.items():
        count_feedback(outcome, number)
    said = {"entries": received.entries, "new": received.new, "unknownCards": received.unknown_cards}
    return Response(orjson.dumps(said), content_type=JSON)


for _offered in OFFERED:
    feedback_views.add_url_rule(f"/cds-services/{_offered.id}/feedback", _offered.id, give, methods=["POST"])


@feedback_views.get("/feedback")
def report() -> Response:
    """The caller's own; what other clients gave is not theirs to read."""
    if set(request.args) - {"since"}:
        raise BadRequest("There is no such query parameter. Use since.", "query")
    days = request.args.getlist("since")
    if len(days) > 1:
        raise BadRequest("since stands there more than once. Send one day.", "since")
    since = datetime.combine(read_day(days[0], "since"), time(), UTC) if days else None
    with store_use("feedback"):
        told = wiring().store.feedback.report(client_name(), since)
    return Response(orjson.dumps(told), content_type=JSON)
