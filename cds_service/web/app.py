"""The Flask application, put together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TextIO
from uuid import uuid4

from flask import Flask

from cds_service.hooks.matcher import Matcher
from cds_service.hooks.prefetch import templates
from cds_service.settings import Settings, read_settings
from cds_service.web.headers import add_headers
from cds_service.web.hook_views import hook_views
from cds_service.web.match_views import match_views
from cds_service.web.outcome import handle_errors
from cds_service.web.request_line import watch
from cds_service.web.service_views import service_views
from cds_service.web.trial_views import trial_views
from cds_service.web.try_views import try_views
from cds_service.web.wiring import NAME, Wiring


def create_app(
    settings: Settings | None = None,
    *,
    matcher: Matcher | None = None,
    today: Callable[[], date] | None = None,
    new_id: Callable[[], str] | None = None,
    log_stream: TextIO | None = None,
) -> Flask:
    """The service as a WSGI application. Raises RuleError where a rule file is wrong.

    ``matcher``, ``today`` and ``new_id`` are for tests; a running service loads the rules, looks at the
    calendar of its own time zone and gives random UUIDs.
    """
    settings = settings or read_settings()
    matcher = matcher or Matcher.load(settings.rules_dir, settings.site_codes)
    app = Flask("cds_service.web", static_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.extensions[NAME] = Wiring(
        settings=settings,
        matcher=matcher,
        today=today or local_day,
        new_id=new_id or (lambda: str(uuid4())),
        templates=templates(matcher.trials, matcher.labs),
        log_stream=log_stream,
    )
    handle_errors(app)
    watch(app)
    add_headers(app)
    for views in (service_views, hook_views, match_views, trial_views, try_views):
        app.register_blueprint(views)
    return app


def local_day() -> date:
    """Today where the service runs."""
    return datetime.now().astimezone().date()
