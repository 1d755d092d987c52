"""The bytes of a request, before anything is read from them: size, encoding, nesting.

Each refusal says what is wrong and how to mend it, and quotes nothing of what was sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from cds_service.errors import BadRequest, TooLarge

MOST_DEPTH = 100
MOST_BYTES = 50_000_000
MOST_ENTRIES = 100_000

WHAT_MATTERS = (
    "Send the part of the chart that matters: Patient, Condition, Observation, the medication types, "
    "Procedure, Immunization and AllergyIntolerance."
)

_BOM = b"\xef\xbb\xbf"
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_LONE_SURROGATE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_TURNS = 15
"""Enough for every real chart; what is deeper is counted bracket by bracket."""

_FIRST = re.compile(rb'\s*\{\s*"resourceType"\s*:\s*"([A-Za-z]*)"')


class _Kind(msgspec.Struct, rename="camel"):
    resource_type: msgspec.Raw = msgspec.Raw(b"")


_kind = msgspec.json.Decoder(_Kind)
_text = msgspec.json.Decoder(str)


def clean(body: bytes, *, most_bytes: int = MOST_BYTES, most_depth: int = MOST_DEPTH) -> bytes:
    """The body without its byte order mark, once it is known to be UTF-8, not too long and not too deep."""
    if len(body) > most_bytes:
        raise TooLarge(f"The body is longer than {most_bytes:,} bytes. {WHAT_MATTERS}")
    try:
        if not body.isascii():  # which is UTF-8 as well, and sooner told
            body.decode()
    except UnicodeDecodeError as error:
        raise BadRequest(
            f"The body is not UTF-8 (byte {error.start}). Send JSON encoded as UTF-8.", "Bundle"
        ) from None
    body = body.removeprefix(_BOM)
    if not body or body.isspace():
        raise BadRequest("The body is empty. Send a FHIR R4 Bundle of one patient as JSON.", "Bundle")
    if _deeper(body, most_depth):
        raise _too_deep(most_depth)
    return body


def _too_deep(most_depth: int) -> TooLarge:
    return TooLarge(
        f"The JSON is nested more than {most_depth} levels deep, which no FHIR R4 resource needs. "
        "Send the resources themselves, without wrappers.",
        "Bundle",
    )


@contextmanager
def too_deep(most_depth: int) -> Iterator[None]:
    """What the quick look let through and the decoder's recursion guard stopped is refused the same way."""
    try:
        yield
    except RecursionError:
        raise _too_deep(most_depth) from None


def _deeper(body: bytes, most: int) -> bool:
    """Whether the JSON nests deeper than ``most``.

    The quick look counts brackets inside strings too. Only where they do not pair off, or pair off too
    deep, are the strings taken out first, so nothing is refused for its text. Text made to hide depth from
    the quick look meets msgspec's own recursion guard.
    """
    if len(body) <= most:
        return False
    brackets = body.translate(None, _NOT_BRACKETS)
    for _ in range(min(_TURNS, most // 2)):  # each takes away one layer or two
        peeled = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if not peeled:
            return False
        if len(peeled) == len(brackets):
            break
        brackets = peeled
    depth = 0
    for byte in _STRING.sub(b"", body).translate(None, _NOT_BRACKETS):
        depth += 1 if byte in b"[{" else -1
        if depth > most:
            return True
    return False


def json_of(raw: bytes) -> bytes:
    """The same bytes, once they are known to be JSON; raises ``msgspec.DecodeError`` where they are not.

    JSON allows half of a surrogate pair to be escaped, and Unicode text does not: it becomes U+FFFD.
    """
    try:
        msgspec.json.decode(raw, type=msgspec.Raw)
    except msgspec.DecodeError:
        mended = _LONE_SURROGATE.sub(rb"\\ufffd", raw)
        msgspec.json.decode(mended, type=msgspec.Raw)
        return mended
    return raw


def kind_of(raw: bytes | msgspec.Raw) -> str | None:
    """The ``resourceType`` of a JSON object; None where it has none, or is no object."""
    found = _FIRST.match(raw)
    if found:
        return found[1].decode() or None
    try:
        named = _kind.decode(raw).resource_type
        return _text.decode(named) or None if named else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
