"""Headers on every answer: nothing is guessed, framed or kept; and which browsers' pages may call (CORS)."""

from __future__ import annotations

from flask import Flask, Response, request

from cds_service.web.pages import HTML, PAGES, POLICY
from cds_service.web.wiring import wiring

PUBLIC = frozenset({"service.landing", "service.contract", "trials.trials", "trials.trial", "hooks.discover"})
NO_PAGE_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def add_headers(app: Flask) -> None:
    allowed = frozenset(wiring(app).settings.cors_origins)

    @app.after_request
    def secure(answer: Response) -> Response:
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers["Content-Security-Policy"] = POLICY if answer.mimetype == HTML else NO_PAGE_POLICY
        if request.endpoint in PAGES:
            answer.vary.add("Accept")
        clinical = request.endpoint not in PUBLIC or answer.status_code >= 400
        answer.headers["Cache-Control"] = "no-store" if clinical else "no-cache"
        return answer

    @app.after_request
    def cors(answer: Response) -> Response:
        """On errors too, or a page could not read why. Browsers' preflights carry no token."""
        if not allowed:
            return answer
        answer.vary.add("Origin")
        origin = request.headers.get("Origin")
        if origin in allowed:
            answer.headers["Access-Control-Allow-Origin"] = origin
            if request.method == "OPTIONS":
                answer.headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
                answer.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
                answer.headers["Access-Control-Max-Age"] = "600"
        return answer
