"""``POST /match``: every criterion of every trial, for one patient."""

from __future__ import annotations

import re
from datetime import date

import orjson
from flask import Blueprint, Request, Response, request

from cds_service.answers import answer_json
from cds_service.errors import BadRequest
from cds_service.hooks.loose_chart import read_chart
from cds_service.matching import MatchAnswer, Result
from cds_service.research_studies import study_bundle
from cds_service.web.body import read_body
from cds_service.web.keeping import keep_shown
from cds_service.web.outcome import FHIR_JSON
from cds_service.web.request_line import note
from cds_service.web.wiring import wiring

JSON = "application/json"
PARAMETERS = ("asOf", "trial")
_DAY = re.compile(r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}")

match_views = Blueprint("match", __name__)


@match_views.post("/match")
def match() -> Response:
    parts = wiring()
    as_of = day_of(request, parts.today())
    trials = [parts.matcher.trial(id).id for id in request.args.getlist("trial")]  # noqa: A001
    body = read_body(request, parts.settings.max_body_bytes)
    note(bytes_in=len(body), rules_version=parts.matcher.version)
    fhir = wants_fhir(request)
    with parts.turns.turn(len(body)) as waited:
        record = read_chart(body, parts.templates, as_of)
        answer = parts.matcher.match(record, as_of, list(dict.fromkeys(trials)) or None)
        told = study_bundle(answer) if fhir else orjson.dumps(answer_json(answer))
    note_answer(answer)
    note(waited=round(waited * 1000, 2))
    keep_shown("match", answer)
    return Response(told, content_type=FHIR_JSON if fhir else JSON)


def day_of(asked: Request, today: date) -> date:
    """The evaluation date. A parameter that is not known is refused: "asof" must not silently mean today."""
    for name in asked.args:
        if name not in PARAMETERS:
            raise BadRequest("There is no such query parameter. Use asOf and trial.", "query")
    days = asked.args.getlist("asOf")
    if not days:
        return today
    if len(days) > 1:
        raise BadRequest("asOf stands there more than once. Send one day.", "asOf")
    return read_day(days[0])


def read_day(text: str, name: str = "asOf") -> date:
    """One day as the caller wrote it. Raises BadRequest."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadRequest(f"{name} is no day. Write it as YYYY-MM-DD, from 1900 on.", name)


def wants_fhir(asked: Request) -> bool:
    """Whether FHIR is the first of our two types that the Accept header names; JSON where it has neither."""
    for wanted, quality in asked.accept_mimetypes:
        kind = wanted.partition(";")[0].strip().lower()
        if quality > 0 and kind in (FHIR_JSON, JSON, "application/*", "*/*"):
            return kind == FHIR_JSON
    return False


def note_answer(answer: MatchAnswer) -> None:
    possible = sum(found.result is Result.POSSIBLE_MATCH for found in answer.matches)
    note(trials=len(answer.matches), possible=possible, issues=len(answer.issues))
