"""The prefetch templates as queries to a server, and where a next page may be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote, urljoin, urlsplit

from cds_service.trust.addresses import origin

TOKEN = "{{context.patientId}}"  # noqa: S105  # a prefetch token
LONGEST_URL = 1900
"""Below the 2,000 characters that some servers and proxies end at."""

_KEPT = "/?=&:,.~_-"


@dataclass(frozen=True)
class Query:
    """One request for one prefetch key. ``other`` asks the same with the other form of the patient's id."""

    key: str
    kind: str
    url: str
    other: str | None = None
    page: bytes | None = None  # the page that the prefetch held; ``url`` is then where the next one is


def queries_of(key: str, template: str, base: str, patient_id: str) -> Iterator[Query]:
    """The template's query; several where its list of codes would make the URL too long."""
    kind = template.partition("?")[0].partition("/")[0]
    for piece in _pieces(template, base, patient_id):
        typed = piece.replace(f"={TOKEN}", f"=Patient/{TOKEN}")
        other = _url(typed, base, patient_id) if typed != piece else None
        yield Query(key, kind, _url(piece, base, patient_id), other)


def _url(template: str, base: str, patient_id: str) -> str:
    return f"{base}/{quote(template.replace(TOKEN, patient_id), safe=_KEPT)}"


def _pieces(template: str, base: str, patient_id: str) -> Iterator[str]:
    before, named, rest = template.partition("&code=")
    codes, ampersand, after = rest.partition("&")
    listed = codes.split(",")
    fits = len(_url(template, base, f"Patient/{patient_id}")) <= LONGEST_URL
    if fits or not named or len(listed) < 2:
        yield template
        return
    half = len(listed) // 2
    for part in (listed[:half], listed[half:]):
        yield from _pieces(f"{before}{named}{','.join(part)}{ampersand}{after}", base, patient_id)


def next_page(link: str, at: str, base: str) -> str | None:
    """The address of a next page, built on the registered base; None where the link leads anywhere else.

    A page may be below the base or, as HAPI has it, at the base itself with ``?_getpages=…``.
    """
    if not link or not link.isascii() or not link.isprintable() or any(sign in link for sign in " \\"):
        return None
    try:
        parts = urlsplit(urljoin(at, link))
    except ValueError:
        return None
    registered = urlsplit(base)
    if origin(f"{parts.scheme}://{parts.netloc}") != f"{registered.scheme}://{registered.netloc}":
        return None
    segments = unquote(parts.path).replace("\\", "/").split("/")
    if "." in segments or ".." in segments or "%" in unquote(parts.path):
        return None
    below = parts.path.removeprefix(registered.path) if parts.path.startswith(registered.path) else "-"
    if below and not below.startswith("/"):
        return None
    return f"{base}{below}?{parts.query}" if parts.query else f"{base}{below}"
