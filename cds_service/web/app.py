"""The Flask application, put together."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TextIO
from uuid import uuid4

from flask import Flask

from cds_service.fetching import Fetcher
from cds_service.hooks.matcher import Matcher
from cds_service.hooks.prefetch import templates
from cds_service.settings import Settings, read_settings
from cds_service.store.kept import Store, open_store
from cds_service.trust.client_file import read_clients
from cds_service.trust.gate import Gate
from cds_service.trust.replay import ReplayStore
from cds_service.watch import metrics
from cds_service.web.callers import check_callers
from cds_service.web.cross_origin import allow_origins
from cds_service.web.crowd import limit_calls
from cds_service.web.feedback_views import feedback_views
from cds_service.web.headers import add_headers
from cds_service.web.hook_views import hook_views
from cds_service.web.match_views import match_views
from cds_service.web.metrics_views import metrics_views
from cds_service.web.outcome import handle_errors
from cds_service.web.request_line import note, watch
from cds_service.web.service_views import service_views
from cds_service.web.trial_views import trial_views
from cds_service.web.try_views import try_views
from cds_service.web.unread import take_unread
from cds_service.web.whole_answer import WholeAnswer
from cds_service.web.wiring import NAME, Wiring


def create_app(
    settings: Settings | None = None,
    *,
    matcher: Matcher | None = None,
    today: Callable[[], date] | None = None,
    new_id: Callable[[], str] | None = None,
    log_stream: TextIO | None = None,
    replay: ReplayStore | None = None,
    store: Store | None = None,
    now: Callable[[], float] = time.time,
) -> Flask:
    """The service as a WSGI application. Raises RuleError or SettingError where a file is wrong.

    ``matcher``, ``today``, ``new_id`` and ``now`` are for tests; a running service loads the rules, looks at
    the calendar of its own time zone, gives random UUIDs, and opens the store that the settings name, in
    which ``replay`` remembers used tokens.
    """
    settings = settings or read_settings()
    matcher = matcher or Matcher.load(settings.rules_dir, settings.site_codes)
    store = store or open_store(settings)
    app = Flask("cds_service.web", static_folder=None)
    app.response_class = WholeAnswer
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.extensions[NAME] = Wiring(
        settings=settings,
        matcher=matcher,
        today=today or local_day,
        new_id=new_id or (lambda: str(uuid4())),
        templates=templates(matcher.trials, matcher.labs),
        store=store,
        fetcher=Fetcher(settings.fhir_ca_file),
        log_stream=log_stream,
        gate=_gate(settings, replay or store.used_tokens, now),
    )
    metrics.rules_in_use(matcher.version)
    handle_errors(app)
    watch(app)
    limit_calls(app)
    check_callers(app)
    add_headers(app)
    allow_origins(app)
    take_unread(app)
    for views in (
        service_views,
        metrics_views,
        hook_views,
        feedback_views,
        match_views,
        trial_views,
        try_views,
    ):
        app.register_blueprint(views)
    return app


def _gate(settings: Settings, replay: ReplayStore, now: Callable[[], float]) -> Gate | None:
    if settings.clients is None:
        return None
    return Gate(read_clients(settings.clients), settings.public_base_url, replay=replay, now=now, note=_told)


def _told(**facts: Any) -> None:
    """What the gate has for the log line."""
    note(**facts)
    if "limiter" in facts:
        metrics.count_limiter_failure()


def local_day() -> date:
    """Today where the service runs."""
    return datetime.now().astimezone().date()
