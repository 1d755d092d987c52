"""What the operator's Prometheus reads: counts, times and versions. Never anything of a patient.

Every label takes few values: a route's pattern, a trial of the rules, a reason from a list. What a caller
sends is never a label. Several worker processes of one service add up in the directory that
``PROMETHEUS_MULTIPROC_DIR`` names, which ``cart-cds serve`` makes; it must be set before this is imported.
"""

from __future__ import annotations

import os
from functools import cache
from importlib.metadata import version

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

REGISTRY = CollectorRegistry()
disable_created_metrics()  # type: ignore[no-untyped-call]  # a series beside each counter that nobody reads

_requests = Counter(
    "cart_cds_requests",
    "Requests answered, by the route's pattern, (none) where there is no such route.",
    ["route", "method", "status"],
    registry=REGISTRY,
)
_seconds = Histogram(
    "cart_cds_request_seconds",
    "Time from the request's head to the answer, the reading of its body included.",
    ["route"],
    buckets=SECONDS,
    registry=REGISTRY,
)
_in_progress = Gauge(
    "cart_cds_requests_in_progress",
    "Requests that are being answered now.",
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
_turned_away = Counter(
    "cart_cds_turned_away",
    "Calls answered 503 because as many as allowed were in progress.",
    registry=REGISTRY,
)
_results = Counter(
    "cart_cds_matches",
    "Results given, one for each trial of each answer that tells of a patient.",
    ["trial", "result"],
    registry=REGISTRY,
)
_cards = Counter("cart_cds_cards_shown", "Cards shown.", ["hook", "trial"], registry=REGISTRY)
_feedback = Counter(
    "cart_cds_feedback",
    "Entries of feedback kept, each once however often it is sent.",
    ["outcome"],
    registry=REGISTRY,
)
_store_failures = Counter(
    "cart_cds_store_failures",
    "Times the store could not be read or written, by what for.",
    ["purpose"],
    registry=REGISTRY,
)
_fetches = Counter(
    "cart_cds_fetches",
    "Prefetch keys asked of an EHR's FHIR server, by what came of it.",
    ["outcome"],
    registry=REGISTRY,
)
_fetch_seconds = Histogram(
    "cart_cds_fetch_seconds",
    "Time of a call spent on asking an EHR's FHIR server.",
    buckets=SECONDS,
    registry=REGISTRY,
)
_refused = Counter(
    "cart_cds_tokens_refused",
    "Tokens refused, by the same coarse reason that the log gives.",
    ["reason"],
    registry=REGISTRY,
)
_limiter_failures = Counter(
    "cart_cds_rate_limiter_failures",
    "Calls let through because the limit of their rate could not be looked at.",
    registry=REGISTRY,
)
_rules = Gauge(
    "cart_cds_rules_info",
    "The version of the rules; the value is how many worker processes decide by it.",
    ["version"],
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
_reloads = Counter(
    "cart_cds_rules_reloads",
    "Times a worker process was to load the rules anew.",
    ["result"],
    registry=REGISTRY,
)
_rules_refused = Gauge(
    "cart_cds_rules_refused",
    "1 while the rule files as they are now cannot be loaded, and those of before decide.",
    multiprocess_mode="livemax",
    registry=REGISTRY,
)
_build = Gauge(
    "cart_cds_build_info",
    "The version of the service.",
    ["version"],
    multiprocess_mode="livemax",
    registry=REGISTRY,
)
if DIRECTORY not in os.environ:
    ProcessCollector(registry=REGISTRY)

PURPOSES = ("audit", "feedback", "tokens", "readiness")
RELOADS = ("loaded", "unchanged", "refused")

# There from the start, so that an alert on an increase sees the first.
for _purpose in PURPOSES:
    _store_failures.labels(_purpose)
for _result in RELOADS:
    _reloads.labels(_result)


# Kept, and so found in a fifth of the time: an answer counts as many results as there are trials.
@cache
def _requests_of(route: str, method: str, status: int) -> Counter:
    return _requests.labels(route, method, str(status))


_seconds_of = cache(_seconds.labels)
_results_of = cache(_results.labels)
_cards_of = cache(_cards.labels)


def count_request(route: str, method: str, status: int, seconds: float) -> None:
    """One request answered. ``route`` is a pattern, ``method`` one of a few."""
    _requests_of(route, method, status).inc()
    _seconds_of(route).observe(seconds)


def began() -> None:
    _in_progress.inc()


def ended() -> None:
    _in_progress.dec()


def count_turned_away() -> None:
    _turned_away.inc()


def count_result(trial: str, result: str) -> None:
    """One trial of an answer that was given."""
    _results_of(trial, result).inc()


def count_card(hook: str, trial: str) -> None:
    _cards_of(hook, trial).inc()


def count_feedback(outcome: str, number: int) -> None:
    """So many entries that were not there already: ``accepted`` or ``overridden``."""
    _feedback.labels(outcome).inc(number)


def count_store_failure(purpose: str) -> None:
    """One of :data:`PURPOSES`."""
    _store_failures.labels(purpose).inc()


def count_fetches(outcome: str, number: int = 1) -> None:
    """So many prefetch keys asked of a FHIR server: ``answered``, or why not, from the list of reasons in
    :mod:`cds_service.fetching.why`; ``refused`` for a server that may not be asked. Never a URL.
    """
    _fetches.labels(outcome).inc(number)


def time_fetching(seconds: float) -> None:
    """Of one call that asked a FHIR server."""
    _fetch_seconds.observe(seconds)


def count_refused_token(reason: str) -> None:
    """Why, from the list in :class:`cds_service.trust.token.Refusal`, or ``metrics-token``."""
    _refused.labels(reason).inc()


def count_limiter_failure() -> None:
    _limiter_failures.inc()


def rules_in_use(now: str, before: str | None = None) -> None:
    """That version of the rules decides in this process from now on."""
    if before is not None and before != now:
        _rules.labels(before).set(0)
    _rules.labels(now).set(1)
    _rules_refused.set(0)
    _build.labels(version("cart-cds")).set(1)


def rules_reloaded(result: str) -> None:
    """One of :data:`RELOADS`."""
    _reloads.labels(result).inc()
    _rules_refused.set(1 if result == "refused" else 0)
