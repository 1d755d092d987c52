"""Headers on every answer: nothing is guessed, framed or kept."""

from __future__ import annotations

from flask import Flask, Response, request

from cds_service.web.pages import HTML, PAGES, POLICY

PUBLIC = frozenset({"service.landing", "service.contract", "trials.trials", "trials.trial", "hooks.discover"})
NO_PAGE_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def add_headers(app: Flask) -> None:
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
