"""A key set from its registered address: https, no redirects, few bytes, and within a deadline.

The timeouts of ``requests`` are no deadline (they begin anew with each byte that arrives), hence the clock
around the reading; see :mod:`.key_ring` for the deadline over the whole.
"""

from __future__ import annotations

import time

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from cds_service.trust.keys import KeySetError

MOST_BYTES = 256 * 1024
SECONDS = 2.0
PIECE = 16 * 1024


class NoCredentials(AuthBase):
    """Keeps ``requests`` from taking a password for that host out of a .netrc file."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def fetch_key_set(url: str, seconds: float = SECONDS) -> bytes:
    """What is at ``url``. Raises KeySetError. Proxy and certificate settings of the environment hold."""
    end = time.monotonic() + seconds
    try:
        with requests.get(
            url,
            stream=True,
            allow_redirects=False,
            timeout=seconds,
            auth=NoCredentials(),
            headers={"Accept": "application/jwk-set+json, application/json", "Accept-Encoding": "identity"},
        ) as answer:
            if answer.status_code != 200:
                raise KeySetError(f"its address answered {answer.status_code}")
            if answer.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
                raise KeySetError("its address answered compressed, unasked")
            return _read(answer, end)
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        raise KeySetError(f"its address does not answer ({type(error).__name__})") from None


def _read(answer: requests.Response, end: float) -> bytes:
    body = b""
    while piece := answer.raw.read1(PIECE):
        body += piece
        if len(body) > MOST_BYTES:
            raise KeySetError(f"its address sends more than {MOST_BYTES} bytes")
        if time.monotonic() > end:
            raise KeySetError("its address sends too slowly")
    return body
