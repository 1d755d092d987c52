"""Is it valid FHIR R4? Every fault of every entry, by the R4B models of ``fhir.resources``.

Off the way of matching: the models are slow to load and cost up to a millisecond an entry, so they are
imported when first used. A fault is named by its path and its kind; what was sent there is never repeated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from cds_service.errors import BadRequest, NotFhir
from cds_service.fhir.record import Issue
from cds_service.fhir.scan import MOST_BYTES, MOST_DEPTH, clean, too_deep

_NAME = re.compile(r"_?[A-Za-z]{1,60}")
_SAID = {
    "missing": "is required and missing",
    "extra_forbidden": "is no element of this FHIR R4 type",
    "string_type": "has to be text",
    "string_pattern_mismatch": "is not in the form that FHIR R4 asks for",
    "list_type": "has to be a list",
    "bool_type": "has to be true or false",
    "int_type": "has to be a whole number",
}


def validate_bundle(
    body: bytes, *, most_bytes: int = MOST_BYTES, most_depth: int = MOST_DEPTH
) -> list[Issue]:
    """Every fault of a Bundle and of each of its entries, as error issues; none when all is valid R4.

    Raises :class:`BadRequest`, :class:`NotFhir` or :class:`TooLarge` for what is no Bundle at all.
    """
    body = clean(body, most_bytes=most_bytes, most_depth=most_depth)
    with too_deep(most_depth):
        try:
            bundle = json.loads(body)
        except ValueError:
            raise BadRequest("The body is not JSON. Send a FHIR R4 Bundle as JSON.", "Bundle") from None
        if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
            raise NotFhir("The body is not a FHIR Bundle. Send the resources in one Bundle.", "resourceType")
        return list(_bundle(bundle, "Bundle"))


def _bundle(bundle: dict[str, Any], where: str) -> Iterator[Issue]:
    """The envelope, then each entry's resource by itself, so that one bad entry hides no other's faults."""
    entries = bundle.get("entry")
    if not isinstance(entries, list):
        yield from _resource(bundle, where)
        return
    shells = [_shell(entry) for entry in entries if isinstance(entry, dict)]
    yield from _resource({**bundle, "entry": shells} if shells else _without(bundle, "entry"), where)
    for number, entry in enumerate(entries):
        place = f"{where}.entry[{number}]"
        if not isinstance(entry, dict):
            yield Issue("error", f"{place} is not an object.", place)
            continue
        resource, place = entry.get("resource"), f"{place}.resource"
        if isinstance(resource, dict) and resource.get("resourceType") == "Bundle":
            yield from _bundle(resource, place)
        elif resource is not None:
            yield from _resource(resource, place)


def _without(element: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in element.items() if key != name}


def _shell(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry without its resource; never quite empty, which the model takes for another fault."""
    return _without(entry, "resource") or {"id": "entry"}


def _resource(resource: Any, where: str) -> Iterator[Issue]:
    from fhir.resources.R4B import get_fhir_model_class  # noqa: PLC0415  # slow to load, seldom needed
    from pydantic import ValidationError  # noqa: PLC0415  # likewise

    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    if not isinstance(kind, str):
        yield Issue("error", f"{where} has no resourceType.", where)
        return
    try:
        model = get_fhir_model_class(kind)
    except (KeyError, ValueError, AttributeError, ImportError):
        yield Issue("error", f"{where}.resourceType is not the name of a FHIR R4 resource.", where)
        return
    try:
        model.model_validate(resource)
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_context=False, include_url=False):
            path = where + "".join(_step(step) for step in fault["loc"])
            yield Issue("error", f"{path} {_SAID.get(fault['type'], 'is not valid FHIR R4')}.", where)
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
        # The models let these through for content of an unexpected type; their texts quote it.
        yield Issue("error", f"{where} is not valid FHIR R4.", where)


def _step(step: int | str) -> str:
    """One step of a path; a name that is not FHIR's could hold anything, and is not repeated."""
    if isinstance(step, int):
        return f"[{step}]"
    if step == "root":
        return ""
    return f".{step}" if _NAME.fullmatch(step) else ".?"
