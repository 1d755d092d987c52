"""What the views need, put together once by ``create_app``: settings, matcher, clock, source of ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TextIO, cast

from flask import Flask, current_app, g, has_request_context

from cds_service.fetching import Fetcher
from cds_service.hooks.matcher import Matcher
from cds_service.settings import Settings
from cds_service.store.kept import Store
from cds_service.trust.gate import Gate
from cds_service.web.turns import Turns

NAME = "cart-cds"


@dataclass(frozen=True)
class Wiring:
    """One for each application. ``templates`` are the prefetch templates of the discovery answer; ``gate`` is
    None where no client is configured. ``rules_problems`` are what is wrong with the rule files as they are
    now, where those of before go on deciding. ``turns`` are of the process, whatever its rules.
    """

    settings: Settings
    matcher: Matcher
    today: Callable[[], date]
    new_id: Callable[[], str]
    templates: Mapping[str, str]
    store: Store
    fetcher: Fetcher
    log_stream: TextIO | None = None
    gate: Gate | None = None
    rules_problems: tuple[str, ...] = ()
    turns: Turns = field(default_factory=Turns)


def wiring(app: Flask | None = None) -> Wiring:
    """Of the request that is being answered, the same from its beginning to its end: a reload of the rules
    replaces the application's, and no answer is of two sets of rules.
    """
    if app is not None or not has_request_context():
        return cast(Wiring, (app or current_app).extensions[NAME])
    if "wiring" not in g:
        g.wiring = current_app.extensions[NAME]
    return cast(Wiring, g.wiring)
