"""A chart posted to ``/match``: a FHIR Bundle, or an object with CDS Hooks ``prefetch``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec

from cds_service.errors import NotFhir, PreconditionFailed
from cds_service.fhir.decode import read_bundle, read_prefetch
from cds_service.fhir.record import Record
from cds_service.hooks.call import Context, Prefetch, decode_json
from cds_service.hooks.prefetch_keys import keys_for


class _Posted(msgspec.Struct, frozen=True, rename="camel"):
    resource_type: msgspec.Raw = msgspec.Raw(b"")
    prefetch: msgspec.Raw = msgspec.Raw(b"")


class _Prefetched(msgspec.Struct, frozen=True):
    prefetch: Prefetch
    context: Context | None = None


class _Identified(msgspec.Struct, frozen=True, rename="camel"):
    resource_type: str | None = None
    id: str | None = None


_posted = msgspec.json.Decoder(_Posted)
_prefetched = msgspec.json.Decoder(_Prefetched)


def read_chart(body: bytes, asked: Mapping[str, str], as_of: date) -> Record:
    """The chart in the body. ``asked`` are the prefetch templates of the discovery answer."""
    try:
        posted = _posted.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return read_bundle(body, as_of)  # it says what is wrong with the body
    if bytes(posted.resource_type) or not bytes(posted.prefetch):
        return read_bundle(body, as_of)
    call = decode_json(body, _prefetched)
    patient = (call.context and call.context.patient_id) or _patient_id(call.prefetch)
    try:
        return read_prefetch(call.prefetch, keys_for(call.prefetch, asked), patient, as_of)
    except PreconditionFailed as error:  # 412 is the hook's word
        raise NotFhir(error.text, error.expression) from None


def _patient_id(prefetch: Prefetch) -> str:
    """The id of the Patient sent along, where the call names none."""
    for raw in prefetch.values():
        try:
            resource = msgspec.json.decode(bytes(raw), type=_Identified)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        if resource.resource_type == "Patient" and resource.id:
            return resource.id
    raise NotFhir(
        "The prefetch holds no Patient with an id. Send it under the key patient.", "prefetch.patient"
    )
