"""The bytes of a request: read in pieces, never more than allowed, and never fewer than were announced.

Werkzeug cuts a chunked body off at MAX_CONTENT_LENGTH without a word (3.1, measured), so that a chart would
be matched with its end missing; hence this reading of ``wsgi.input``.
"""

from __future__ import annotations

from typing import Any

from flask import Request

from cds_service.errors import BadRequest, TooLarge, UnsupportedContent

PIECE = 64 * 1024
TAKEN = "cart-cds.body_taken"
"""In the WSGI environment: how many bytes of the body were read."""
ENDED = "cart-cds.body_ended"
"""In the WSGI environment: the body was read to its end."""
NOT_JSON = ("multipart/", "text/html", "text/xml", "application/xml", "image/", "video/", "audio/")


def read_json(request: Request, most: int) -> bytes:
    """The whole body of a CDS Hooks call: of a JSON type, or from a program that names none.

    A browser lets any page send a form's type, plain text or an unnamed type to another origin. These are
    refused, so that a browser asks first and only listed origins call.
    """
    kind = request.mimetype
    if "json" not in kind and (kind or "Origin" in request.headers):
        raise UnsupportedContent("The body must be JSON. Send Content-Type: application/json.")
    return read_body(request, most)


def read_body(request: Request, most: int) -> bytes:
    """The whole body, of a type that can carry JSON. Raises TooLarge, UnsupportedContent or BadRequest."""
    kind = request.mimetype
    if kind.startswith(NOT_JSON) or kind.endswith("+xml"):
        raise UnsupportedContent(
            "The body must be JSON. Send Content-Type: application/json or application/fhir+json."
        )
    body = read_bytes(request, most)
    if not body:
        raise BadRequest("The body is empty. Send JSON.")
    return body


def read_bytes(request: Request, most: int) -> bytes:
    """The whole body, of any type. Raises TooLarge, UnsupportedContent or BadRequest."""
    _check_encoding(request)
    length = announced(request.environ)
    if length is not None and length > most:
        raise _too_large(most)
    body = b"".join(_pieces(request.environ, length, most))
    if length is not None and len(body) < length:
        raise BadRequest("The body ended before its announced length. Send it again.")
    return body


def _check_encoding(request: Request) -> None:
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise UnsupportedContent("A compressed body is not taken. Send it without Content-Encoding.")


def announced(environ: dict[str, Any]) -> int | None:
    """The Content-Length; None for a chunked body, or where there is none. Raises BadRequest."""
    if is_chunked(environ):
        return None
    text = environ.get("CONTENT_LENGTH") or ""
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise BadRequest("Content-Length is not a number.")
    return int(text)


def is_chunked(environ: dict[str, Any]) -> bool:
    return "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()


def _pieces(environ: dict[str, Any], length: int | None, most: int) -> list[bytes]:
    """What there is to read. Without a length, only a server that ends the stream itself can be read."""
    if length is None and not environ.get("wsgi.input_terminated"):
        return []
    left = most + 1 if length is None else length
    pieces = []
    total = 0
    try:
        while left > 0:
            # An announced length is within what is allowed: taken in one piece, it need not be put together.
            piece = environ["wsgi.input"].read(left if length is not None else min(PIECE, left))
            if not piece:
                environ[ENDED] = True
                break
            pieces.append(piece)
            total += len(piece)
            left -= len(piece)
            environ[TAKEN] = total
    except OSError:
        environ[ENDED] = True
        raise BadRequest("The body could not be read to its end. Send it again.") from None
    if total > most:
        raise _too_large(most)
    return pieces


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"The body is longer than {most:,} bytes. Send what the discovery answer asks for.")
