"""Which browsers' pages may call (CORS, https://cds-hooks.hl7.org/2.0/#cross-origin-resource-sharing).

Origins are listed in the settings, or in a client's table. Cookies and other credentials of the browser are
never asked for: a caller is known by its token alone.
"""

from __future__ import annotations

from flask import Flask, Response, request

from cds_service.web.callers import caller
from cds_service.web.wiring import wiring


def allow_origins(app: Flask) -> None:
    """Answer listed origins so that a browser lets their pages read the answer: on errors and preflights too.

    A client's own origins hold for its own calls. Before the caller is known, any client's do.
    """
    everyone = frozenset(wiring(app).settings.cors_origins)
    gate = wiring(app).gate
    listed = everyone | gate.clients.cors_origins if gate else everyone

    @app.after_request
    def allow(answer: Response) -> Response:
        if request.method == "OPTIONS" and not answer.content_length:
            del answer.headers["Content-Type"]
        if not listed:
            return answer
        answer.vary.add("Origin")
        known = caller()
        allowed = everyone.union(known.client.cors_origins) if known else listed
        origin = request.headers.get("Origin")
        if origin in allowed:
            answer.headers["Access-Control-Allow-Origin"] = origin
            answer.headers["Access-Control-Expose-Headers"] = "Retry-After, WWW-Authenticate, X-Request-Id"
            if request.method == "OPTIONS":
                if request.headers.get("Access-Control-Request-Private-Network") == "true":
                    # A page from the internet asks whether it may call a service on the same machine or net.
                    answer.headers["Access-Control-Allow-Private-Network"] = "true"
                answer.headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
                answer.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
                answer.headers["Access-Control-Max-Age"] = "600"
        return answer
