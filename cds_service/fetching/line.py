"""HTTP to one registered server for one hook call: capped in bytes, and cut off when the time is up.

A time-out of ``requests`` is a limit on each wait and no deadline: a server that drips a byte now and then
holds it as long as it likes, in the headers too. So bodies are read in small steps by the clock, and at the
deadline every connection is shut down, which wakes whoever still waits for it.
"""

from __future__ import annotations

import logging
import time
from http import HTTPStatus
from pathlib import Path
from threading import Lock

import requests
import urllib3

from cds_service.connections import Connections
from cds_service.fetching.access import Access
from cds_service.fetching.why import NotAnswered, Why

MOST_BYTES = 5_000_000
"""In one answer; 500 Conditions are about 1.5 MB."""
MOST_BYTES_IN_ALL = 20_000_000

_STEP = 64 * 1024

# urllib3 warns of odd headers with the whole URL, and a URL holds the patient's id.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)


class Line:
    """``get`` from any thread until ``cut``. Neither the token nor a URL ever leaves by an exception."""

    def __init__(self, access: Access, ends: float, ca_file: Path | None = None, most: int = 8) -> None:
        self._ends = ends
        self._left = MOST_BYTES_IN_ALL
        self._lock = Lock()
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy, and no .netrc that would replace the token
        self._session.verify = str(ca_file) if ca_file else True
        self._connections = Connections(self._session, most)
        self._session.headers.update(
            {
                "Accept": "application/fhir+json",
                "Accept-Encoding": "identity",
                "Cache-Control": "no-cache",  # HAPI answers a repeated search from a cache of a minute
                "User-Agent": "cart-cds",
            }
        )
        if access.token:
            self._session.headers["Authorization"] = f"Bearer {access.token}"

    def get(self, url: str) -> bytes:
        """The body of a 200. Raises NotAnswered."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise NotAnswered(Why.TIME)
        try:
            with self._session.get(url, timeout=left, stream=True, allow_redirects=False) as answer:
                _check_head(answer)
                return self._body(answer)
        except requests.Timeout:
            raise NotAnswered(Why.TIME) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError):
            raise NotAnswered(Why.TIME if time.monotonic() >= self._ends else Why.UNREACHABLE) from None

    def _body(self, answer: requests.Response) -> bytes:
        pieces = []
        size = 0
        while piece := answer.raw.read1(_STEP, decode_content=False):
            size += len(piece)
            with self._lock:
                self._left -= len(piece)
            if size > MOST_BYTES or self._left < 0:
                raise NotAnswered(Why.TOO_MUCH)
            if time.monotonic() >= self._ends:
                raise NotAnswered(Why.TIME)
            pieces.append(piece)
        return b"".join(pieces)

    def cut(self) -> None:
        """Shut every connection down; who still reads from one is woken and gives up."""
        self._connections.shut_down()
        self._session.close()


def _check_head(answer: requests.Response) -> None:
    status = answer.status_code
    if status != HTTPStatus.OK:
        raise NotAnswered(_why(status), malformed=status == HTTPStatus.BAD_REQUEST)
    if answer.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise NotAnswered(Why.UNREADABLE)  # it was asked not to, and a small body may unpack to gigabytes
    announced = answer.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced[:20]) > MOST_BYTES:
        raise NotAnswered(Why.TOO_MUCH)


def _why(status: int) -> Why:
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Why.REFUSED
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        return Why.BUSY
    return Why.REDIRECT if HTTPStatus(300) <= status < HTTPStatus.BAD_REQUEST else Why.ERROR
