"""The prefetch templates as queries to a server, and where a next page may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote, urljoin, urlsplit

from cds_service.trust.addresses import origin

TOKEN = "{{context.patientId}}"  # noqa: S105  # a prefetch token
LONGEST_URL = 1900
"""Below the 2,000 characters that some servers and proxies end at."""

_KEPT = "/?=&:,.~_-"
_TYPED = f"=Patient/{TOKEN}"


@dataclass(frozen=True)
class Query:
    """One request, for one prefetch key or for several that ask alike. ``other`` asks the same with the other
    form of the patient's id.
    """

    keys: tuple[str, ...]
    kind: str
    url: str
    other: str | None = None


def queries_of(templates: Mapping[str, str], base: str, patient_id: str) -> Iterator[Query]:
    """The templates' queries. The lists of codes of those that ask alike are taken together, and divided into
    as many as keep each URL short enough: fewer than there are templates, where a short base allows it.
    """
    alike: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for key, template in templates.items():
        before, named, rest = template.partition("&code=")
        if not named:
            yield _query((key,), template, base, patient_id)
            continue
        codes, ampersand, after = rest.partition("&")
        alike.setdefault((before + named, ampersand + after), []).extend(
            (key, code) for code in codes.split(",")
        )
    for (before, after), coded in alike.items():
        room = LONGEST_URL - len(_url(f"{before}{after}".replace("=" + TOKEN, _TYPED), base, patient_id))
        for part in _parts(coded, room):
            keys = tuple(dict.fromkeys(key for key, _ in part))
            codes = ",".join(dict.fromkeys(code for _, code in part))
            yield _query(keys, f"{before}{codes}{after}", base, patient_id)


def _parts(coded: list[tuple[str, str]], room: int) -> Iterator[list[tuple[str, str]]]:
    part: list[tuple[str, str]] = []
    left = room
    for key, code in coded:
        length = len(quote(code, safe=_KEPT)) + 1
        if part and length > left:
            yield part
            part, left = [], room
        part.append((key, code))
        left -= length
    yield part


def _query(keys: tuple[str, ...], template: str, base: str, patient_id: str) -> Query:
    kind = template.partition("?")[0].partition("/")[0]
    typed = template.replace(f"={TOKEN}", _TYPED)
    other = _url(typed, base, patient_id) if typed != template else None
    return Query(keys, kind, _url(template, base, patient_id), other)


def _url(template: str, base: str, patient_id: str) -> str:
    return f"{base}/{quote(template.replace(TOKEN, patient_id), safe=_KEPT)}"


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
