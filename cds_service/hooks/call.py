"""A CDS Hooks call, read: the members used here, every other one ignored (https://cds-hooks.hl7.org/2.0/#http-request_1)."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from cds_service.errors import BadRequest
from cds_service.hooks.offered import Offered

T = TypeVar("T")

FHIR_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")

Prefetch = dict[str, msgspec.Raw]


class Context(msgspec.Struct, frozen=True, rename="camel"):
    """What the user is looking at. Only the patient is matched; the user goes into the audit trail."""

    patient_id: str | None = None
    user_id: str | None = None
    encounter_id: str | None = None


class FhirAuthorization(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """The short-lived token for the caller's FHIR server. It is never kept and never logged."""

    access_token: str | None = None
    token_type: str | None = None
    scope: str | None = None
    subject: str | None = None
    patient: str | None = None

    def __repr__(self) -> str:
        return "FhirAuthorization(…)"


class HookCall(msgspec.Struct, frozen=True, rename="camel"):
    """One call. ``fhir_server`` is kept for fetching what the prefetch lacks."""

    hook: str | None = None
    hook_instance: str | None = None
    context: Context | None = None
    prefetch: Prefetch | None = None
    fhir_server: str | None = None
    fhir_authorization: FhirAuthorization | None = None

    @property
    def patient_id(self) -> str:
        """``context.patientId``; a client that sends "Patient/123" means "123"."""
        return ((self.context and self.context.patient_id) or "").removeprefix("Patient/")


_calls = msgspec.json.Decoder(HookCall)


def read_call(body: bytes, service: Offered) -> HookCall:
    """Read and check a call of that service. Raises BadRequest, which says which member is wrong."""
    call = decode_json(body, _calls)
    if not call.hook:
        raise BadRequest(f'"hook" is missing. Send "{service.hook}".', "hook")
    if call.hook != service.hook:
        raise BadRequest(f'This service answers the hook "{service.hook}" only.', "hook")
    if not call.hook_instance:
        raise BadRequest('"hookInstance" is missing. Send a UUID for each call.', "hookInstance")
    if call.context is None:
        raise BadRequest('"context" is missing. Send at least context.patientId.', "context")
    given = {
        "patientId": call.context.patient_id,
        "userId": call.context.user_id,
        "encounterId": call.context.encounter_id,
    }
    for name in service.needs:
        if not given[name]:
            raise BadRequest(f'"context.{name}" is missing.', f"context.{name}")
    if not FHIR_ID.fullmatch(call.patient_id):
        raise BadRequest(
            'Send a FHIR id such as "123" as "context.patientId": letters, digits, "-" and "."; at most 64.',
            "context.patientId",
        )
    return call


def decode_json(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """Typed JSON from bytes, or BadRequest: not JSON, not UTF-8, nested too deep, of a wrong type."""
    body = body.removeprefix(b"\xef\xbb\xbf")
    if not body.strip():
        raise BadRequest("The body is empty. Send JSON.")
    try:
        if not body.isascii():
            body.decode("utf-8")
        return decoder.decode(body)
    except UnicodeDecodeError:
        raise BadRequest("The body is not UTF-8. Send JSON as UTF-8.") from None
    except RecursionError:
        raise BadRequest("The body is nested too deep.") from None
    except msgspec.ValidationError as error:
        raise BadRequest(f"The body has a member of the wrong type: {shape_of(error)}.") from None
    except msgspec.DecodeError:
        raise BadRequest("The body is not JSON. Send one JSON object.") from None


def shape_of(error: msgspec.ValidationError) -> str:
    """What was expected and where, without a key or value that the caller sent."""
    expected, _, where = str(error).partition(" - at ")
    known = re.match(r"Expected `[a-z| ]+`, got `[a-z]+`", expected)
    path = re.match(r"`?(\$(?:\.[a-zA-Z_]+|\[\.\.\.\]|\[\d+\])*)", where)
    said = known[0].replace("`", "") if known else "unexpected type"
    return f"{said} at {path[1]}" if path else said
