"""Every error as a FHIR OperationOutcome: what is wrong and how to mend it, never a value from a chart."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from cds_service.errors import BadRequest, CartCdsError, PreconditionFailed, UnsupportedContent
from cds_service.web.pages import PAGES, page, wants_page
from cds_service.web.request_line import note_error

FHIR_JSON = "application/fhir+json"

CODES = {
    400: "invalid",
    404: "not-found",
    405: "not-supported",
    408: "timeout",
    412: "required",
    413: "too-long",
    415: "not-supported",
    503: "transient",
}
"""HTTP status to FHIR issue type (https://hl7.org/fhir/R4/valueset-issue-type.html)."""


def outcome(status: int, code: str, text: str, expression: str | None = None) -> Response:
    """One error as an answer; as a page to a browser at an address that has pages."""
    if request.endpoint in PAGES and wants_page(request):
        return page("problem.html", status, text=text)
    issue: dict[str, Any] = {"severity": "error", "code": code, "details": {"text": text}}
    if expression:
        issue["expression"] = [expression]
    body = orjson.dumps({"resourceType": "OperationOutcome", "issue": [issue]})
    return Response(body, status=status, content_type=FHIR_JSON)


def handle_errors(app: Flask) -> None:
    """Answer ours, Flask's and unexpected errors alike."""
    app.register_error_handler(BadRequest, _ours)
    app.register_error_handler(PreconditionFailed, _ours)
    app.register_error_handler(HTTPException, _flasks)
    app.register_error_handler(Exception, _unexpected)


def _ours(error: CartCdsError) -> Response:
    answer = outcome(error.status, error.code, error.text, error.expression)
    if isinstance(error, UnsupportedContent):
        answer.headers["Accept-Encoding"] = "identity"  # of a request's body, RFC 9110, 15.5.16
    return answer


def _flasks(error: HTTPException) -> Response:
    status = error.code or 500
    list_of_what_is_there = "/cds-services" if request.path.startswith("/cds-services/") else "/openapi.yaml"
    text = {
        404: f"There is nothing at this address. GET {list_of_what_is_there} lists what there is.",
        405: "This address does not take that method.",
    }.get(status, HTTPStatus(status).phrase)
    answer = outcome(status, CODES.get(status, "processing"), text)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "location"):
            answer.headers[name] = value
    return answer


def _unexpected(error: Exception) -> Response:
    note_error(error)
    return outcome(500, "exception", "The service failed on this request. Nothing was decided.")
