"""``POST /try``: a chart from the form on the landing page, and the verdicts as a page to read.

The same matching as ``POST /match``. Nothing of the chart is stored; the page may
not be kept by a browser or a proxy.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from cds_service.hooks.loose_chart import read_chart
from cds_service.matching import Result
from cds_service.web.chart_form import read_form
from cds_service.web.keeping import keep_shown
from cds_service.web.match_views import note_answer, read_day
from cds_service.web.pages import page
from cds_service.web.request_line import note
from cds_service.web.verdict_sheet import LEGEND, sheet
from cds_service.web.wiring import wiring

try_views = Blueprint("try", __name__)


@try_views.post("/try")
def try_chart() -> Response:
    parts = wiring()
    form, size = read_form(request, parts.settings.max_body_bytes)
    note(bytes_in=size, rules_version=parts.matcher.version)
    as_of = read_day(form.as_of) if form.as_of else parts.today()
    with parts.turns.turn(size):
        record = read_chart(form.chart, parts.templates, as_of)
        answer = parts.matcher.match(record, as_of, None)
        shown = page(
            "result.html",
            answer=answer,
            sheets=[sheet(match, answer) for match in answer.matches],
            possible=[match for match in answer.matches if match.result is Result.POSSIBLE_MATCH],
            legend=LEGEND,
        )
    note_answer(answer)
    keep_shown("try", answer)
    return shown
