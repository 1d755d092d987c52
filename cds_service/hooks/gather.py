"""The chart of a call, gathered: the prefetch, and what it lacks from the EHR's FHIR server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from cds_service.fetching import Access, Fetcher
from cds_service.fetching.page import next_of
from cds_service.fetching.why import Why
from cds_service.fhir.record import Issue
from cds_service.hooks.call import FhirAuthorization, HookCall, Prefetch
from cds_service.hooks.prefetch_keys import failed, keys_for, resource_type

Registered = Callable[[str], str | None]
"""The registered address that a caller's ``fhirServer`` is; None where it is none."""

# The characters of a Bearer token (RFC 6750, section 2.1); what else there is could break out of a header.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*", re.ASCII)

NOT_REGISTERED = (
    "The fhirServer is not one that is registered here for this caller, so it was not called. "
    "The operator of this service can register it."
)
NO_BEARER = "The fhirAuthorization holds no Bearer token that can be sent, so the fhirServer was not called."
OTHER_PATIENT = (
    "The access token is for another patient than context.patientId, so the fhirServer was not called."
)


@dataclass(frozen=True)
class Gathered:
    """What there is of the chart. ``why`` tells by key why something is missing for which the server was
    ``asked`` (how many keys); ``refused``, that the server which the caller named may not be asked.
    """

    prefetch: Prefetch
    why: Mapping[str, Why] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()
    asked: int = 0
    refused: bool = False


def gather(
    call: HookCall, templates: Mapping[str, str], fetcher: Fetcher, registered: Registered, ends: float
) -> Gathered:
    """The prefetch as sent, and the rest of the chart from the server where it may be asked, by ``ends``.

    Asked for: keys that were not sent, keys whose query failed at the EHR, and pages that were not sent.
    """
    prefetch = call.prefetch or {}
    wanted = _lacking(prefetch, templates) if call.fhir_server else {}
    if not wanted or not call.fhir_server:
        return Gathered(prefetch)
    access = _access(call.fhir_server, call.fhir_authorization, call.patient_id, registered)
    if isinstance(access, str):
        return Gathered(prefetch, issues=(Issue("warning", access),), refused=True)
    held = {key: prefetch[key] for key in wanted if key in prefetch and not failed(bytes(prefetch[key]))}
    fetched = fetcher.fetch(access, wanted, call.patient_id, ends, held)
    issues = tuple(_issues(fetched.why, templates))
    return Gathered(prefetch | dict(fetched.prefetch), fetched.why, issues, asked=len(wanted))


def _lacking(prefetch: Prefetch, templates: Mapping[str, str]) -> dict[str, str]:
    """The templates of the keys to ask for. A key of the site's own stands in for ours of the same type."""
    answered = keys_for(prefetch, templates)
    return {
        key: template
        for key, template in templates.items()
        if key in answered and (key not in prefetch or _is_lacking(bytes(prefetch[key])))
    }


def _is_lacking(value: bytes) -> bool:
    """Whether the query failed or has more pages; what names neither is not looked at closely."""
    escaped = b"\\u" in value  # JSON may write any letter so
    return ((escaped or b"OperationOutcome" in value) and failed(value)) or (
        (escaped or b'"link"' in value) and next_of(value) is not None
    )


def _access(
    server: str, authorization: FhirAuthorization | None, patient_id: str, registered: Registered
) -> Access | str:
    """Leave to ask that server, or why there is none."""
    base = registered(server)
    if base is None:
        return NOT_REGISTERED
    if authorization is None:
        return Access(base)
    token = authorization.access_token or ""
    if not _TOKEN.fullmatch(token) or (authorization.token_type or "Bearer").lower() != "bearer":
        return NO_BEARER
    if authorization.patient and authorization.patient.removeprefix("Patient/") != patient_id:
        return OTHER_PATIENT
    return Access(base, token)


def _issues(why: Mapping[str, Why], templates: Mapping[str, str]) -> Iterator[Issue]:
    """For each reason one, with the types of resource that it keeps away."""
    kinds: dict[Why, dict[str, None]] = {}
    for key, reason in why.items():
        kinds.setdefault(reason, {})[resource_type(templates[key])] = None
    for reason, names in kinds.items():
        yield Issue(
            "warning",
            f"Part of the chart could not be read: the EHR's FHIR server {reason.value} "
            f"(asked for {', '.join(names)}). What is missing here may be there.",
        )
