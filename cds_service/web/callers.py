"""Who may call: every address needs a client's token, but for those listed here, which tell of no patient.

Without clients configured there are no tokens, and only this machine may call, unless the operator has said
in words that anyone may.
"""

from __future__ import annotations

from hmac import compare_digest

from flask import Flask, Request, Response, g, request

from cds_service.errors import CartCdsError, Forbidden, TooManyRequests, Unauthorized, Unavailable
from cds_service.settings import Settings
from cds_service.trust.addresses import base_address, is_loopback, is_public_name
from cds_service.trust.client_file import NOBODY
from cds_service.trust.gate import Caller
from cds_service.watch.metrics import count_refused_token
from cds_service.web.outcome import outcome
from cds_service.web.request_line import note, note_error
from cds_service.web.store_use import store_use
from cds_service.web.wiring import wiring

METRICS = "metrics.metrics"

FREE = frozenset(
    {
        "service.landing",
        "service.contract",
        "service.live",
        "service.ready",
        "trials.trials",
        "trials.trial",
    }
)
"""The endpoints that need no token. What is not here needs one: a new route is closed until it is listed."""


def check_callers(app: Flask) -> None:
    """Check the caller before anything else of a request is looked at. A browser's preflight has no token."""
    gate, settings = wiring(app).gate, wiring(app).settings

    @app.before_request
    def check() -> None:
        if is_free(request):
            return
        if request.endpoint == METRICS and (settings.metrics_token or gate is not None):
            _check_metrics_token(settings)
        elif gate is not None:
            with store_use("tokens"):
                g.caller = gate.admit(request.headers.get("Authorization"), request.path)
        elif not settings.open_mode and not _is_local(request):
            raise Forbidden(
                "Only the machine that this service runs on may call, at localhost: no client is configured."
            )

    for kind in (Unauthorized, Forbidden, TooManyRequests, Unavailable):
        app.register_error_handler(kind, _refused)


def is_free(asked: Request) -> bool:
    """Whether the address needs no token, or is none, or a browser asks what it may do."""
    return asked.endpoint is None or asked.endpoint in FREE or asked.method == "OPTIONS"


def _is_local(asked: Request) -> bool:
    """Whether the call is from this machine and was meant for it.

    A page in a browser here can call under a name of its own that leads to this machine (DNS rebinding), and
    a proxy here passes on calls from anywhere: both name another host.
    """
    return is_loopback(asked.remote_addr or "localhost") and not is_public_name(asked.headers.get("Host", ""))


def _check_metrics_token(settings: Settings) -> None:
    """A client's token is none for the metrics, and without a token of their own nobody reads them."""
    given = request.headers.get("Authorization", "").encode()
    wanted = f"Bearer {settings.metrics_token}".encode()
    if not (settings.metrics_token and compare_digest(given, wanted)):
        raise Unauthorized("metrics-token")


def client_name() -> str:
    """Under which name a call is kept: the client's, or "open" where no client is configured."""
    known = caller()
    return known.client.name if known else NOBODY


def registered_base(url: str) -> str | None:
    """The FHIR server that the caller may have called, as it is registered; None where it is not."""
    known = caller()
    if known:
        return known.client.fhir_base(url)
    base = base_address(url)
    return base if base in wiring().settings.fhir_bases else None


def caller() -> Caller | None:
    """Who makes the request that is being answered; None where no client is configured."""
    found: Caller | None = g.get("caller")
    return found


def _refused(error: CartCdsError) -> Response:
    answer = outcome(error.status, error.code, error.text)
    if isinstance(error, Unauthorized):
        note(refused=error.reason)
        count_refused_token(error.reason)
        answer.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, Unavailable):
        note_error(error.__cause__ if isinstance(error.__cause__, Exception) else error)
    if isinstance(error, TooManyRequests | Unavailable):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer
