"""The form on the landing page: one patient's chart as a file or as text, and the evaluation date.

It is read in memory, whole and within the same limit as any other body; nothing goes to a disk, which
Werkzeug's own reading of a large file would do.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import IO

from flask import Request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from cds_service.errors import BadRequest, TooLarge, UnsupportedContent
from cds_service.web.body import read_bytes
from cds_service.web.example_chart import example_chart

FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
FIELDS = frozenset({"file", "text", "example", "asOf"})
MOST_PARTS = 10


@dataclass(frozen=True, slots=True)
class ChartForm:
    """What was sent. ``as_of`` is the text of the date field, empty for today."""

    chart: bytes
    as_of: str


def read_form(request: Request, most: int) -> tuple[ChartForm, int]:
    """The form and how many bytes it had. Raises TooLarge, UnsupportedContent or BadRequest."""
    if request.mimetype not in FORMS:
        raise UnsupportedContent("Send a form: multipart/form-data, with the chart as file or as text.")
    body = read_bytes(request, most)
    parser = FormDataParser(
        stream_factory=_in_memory, max_form_memory_size=None, max_form_parts=MOST_PARTS, silent=False
    )
    try:
        _, fields, files = parser.parse(BytesIO(body), request.mimetype, len(body), request.mimetype_params)
    except RequestEntityTooLarge:
        raise TooLarge(f"The form has more than {MOST_PARTS} parts.") from None
    except ValueError:
        raise BadRequest("The form cannot be read. Send multipart/form-data as a browser does.") from None
    if any(name not in FIELDS for name in (*fields, *files)):
        raise BadRequest("There is no such field. The fields are file, text, example and asOf.")
    example = example_chart() if fields.get("example") == "yes" else None
    pasted = [text.encode() for text in fields.getlist("text") if text.strip()]
    chart = _one([*_sent(files.getlist("file")), *pasted, *([example] if example else [])])
    return ChartForm(chart, fields.get("asOf", "").strip()), len(body)


def _one(charts: list[bytes]) -> bytes:
    if not charts:
        raise BadRequest("There is no chart. Choose a file, or paste a FHIR R4 Bundle.", "file")
    if len(charts) > 1:
        raise BadRequest("There are two charts. Choose a file or paste a Bundle, not both.", "file")
    return charts[0]


def _sent(files: list[FileStorage]) -> list[bytes]:
    """A browser sends an empty file with no name where none was chosen."""
    return [data for file in files if (data := file.stream.read()) or file.filename]


def _in_memory(*_: object, **__: object) -> IO[bytes]:
    return BytesIO()
