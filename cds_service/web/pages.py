"""Pages for people: who wants one, and the frame that every one has.

No script runs on a page and nothing is fetched from elsewhere: one style sheet, known by its hash, is all
that the policy lets in. Everything from a chart or a trial is escaped by Jinja.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Request, Response, render_template
from markupsafe import Markup

from cds_service.cards.markdown import plain

HTML = "text/html"
JSON = "application/json"
STYLE = Path(__file__).with_name("pages.css").read_text(encoding="utf-8")
_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""The Content-Security-Policy of every page."""

PAGES = frozenset({"service.landing", "trials.trials", "trials.trial", "try.try_chart"})
"""The endpoints that answer a browser with a page, in trouble too."""


def wants_page(asked: Request) -> bool:
    """Whether the Accept header names HTML, and JSON not before or beside it. Browsers name HTML; curl,
    which takes anything, gets JSON.
    """
    named = {kind.partition(";")[0].strip().lower(): quality for kind, quality in asked.accept_mimetypes}
    return named.get(HTML, 0) > max(named.get(JSON, 0), named.get("application/fhir+json", 0))


def page(template: str, status: int = 200, **values: Any) -> Response:
    """A page from a template, as an answer."""
    body = render_template(template, style=Markup(STYLE), plain=plain, **values)  # noqa: S704  # our own file
    return Response(body, status=status, content_type="text/html; charset=utf-8")
