"""The CDS Hooks routes (https://cds-hooks.hl7.org/2.0/)."""

from __future__ import annotations

import time
from collections import Counter
from functools import partial

import msgspec
import orjson
from flask import Blueprint, Response, request

from cds_service.cards import Cards
from cds_service.hooks.call import read_call
from cds_service.hooks.discovery import discovery
from cds_service.hooks.gather import Gathered, gather
from cds_service.hooks.offered import OFFERED, Offered
from cds_service.hooks.service import cards_of
from cds_service.watch.metrics import count_fetches, time_fetching
from cds_service.web.body import read_json
from cds_service.web.callers import registered_base
from cds_service.web.keeping import keep_shown
from cds_service.web.request_line import note
from cds_service.web.wiring import wiring

JSON = "application/json"
ANSWERED = "cart-cds.answered"
"""In the WSGI environment, which the server lets go of when the answer is on its way: to free a long chart
takes a while, and the caller need not wait for it.
"""

hook_views = Blueprint("hooks", __name__)


@hook_views.get("/cds-services")
def discover() -> Response:
    return Response(orjson.dumps(discovery(wiring().templates)), content_type=JSON)


def answer_call(service: Offered) -> Response:
    """The cards for one call of that service."""
    parts = wiring()
    ends = time.monotonic() + parts.settings.fetch_deadline_seconds
    body = read_json(request, parts.settings.max_body_bytes)
    note(bytes_in=len(body), rules_version=parts.matcher.version)
    call = read_call(body, service)
    began = time.monotonic()
    gathered = gather(call, parts.templates, parts.fetcher, registered_base, ends)
    _note_fetching(gathered, time.monotonic() - began)
    with parts.turns.turn(sum(map(len, gathered.prefetch.values()))) as waited:
        found = cards_of(
            call,
            gathered,
            parts.matcher,
            parts.templates,
            as_of=parts.today(),
            limit=parts.settings.max_cards,
            new_id=parts.new_id,
        )
        body = msgspec.json.encode(Cards(tuple(found.cards)))
    note(cards=len(found.cards), waited=round(waited * 1000, 2))
    keep_shown(service.hook, found.answer, found.cards, user=call.context.user_id if call.context else None)
    request.environ[ANSWERED] = found
    return Response(body, content_type=JSON)


for _offered in OFFERED:
    hook_views.add_url_rule(
        f"/cds-services/{_offered.id}", _offered.id, partial(answer_call, _offered), methods=["POST"]
    )


def _note_fetching(gathered: Gathered, seconds: float) -> None:
    """How the asking went, by reason; not what was asked, for a URL holds the patient's id."""
    if gathered.refused:
        note(fetch="refused")
        count_fetches("refused")
    if gathered.asked:
        time_fetching(seconds)
        failures = Counter(why.name.lower() for why in gathered.why.values())
        for outcome, number in failures.items():
            count_fetches(outcome, number)
        count_fetches("answered", gathered.asked - failures.total())
        note(fetch_keys=gathered.asked, **({"fetch_failed": dict(failures)} if failures else {}))
