"""A key set from its registered address: https, no redirects, few bytes, and within a deadline."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from cds_service.connections import Connections
from cds_service.trust.keys import KeySetError

MOST_BYTES = 256 * 1024
SECONDS = 2.0
PIECE = 16 * 1024
AGAIN = 0.1
"""Seconds until a connection that was only just opened at the deadline is shut down too."""


class NoCredentials(AuthBase):
    """Keeps ``requests`` from taking a password for that host out of a .netrc file."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def fetch_key_set(url: str, seconds: float = SECONDS) -> bytes:
    """What is at ``url``. Raises KeySetError. Proxy and certificate settings of the environment hold."""
    end = time.monotonic() + seconds
    try:
        with (
            requests.Session() as session,
            _shut_down(Connections(session, most=1), seconds),
            session.get(
                url,
                stream=True,
                allow_redirects=False,
                timeout=seconds,
                auth=NoCredentials(),
                headers={
                    "Accept": "application/jwk-set+json, application/json",
                    "Accept-Encoding": "identity",
                },
            ) as answer,
        ):
            if answer.status_code != 200:
                raise KeySetError(f"its address answered {answer.status_code}")
            if answer.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
                raise KeySetError("its address answered compressed, unasked")
            return _read(answer, end)
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        late = time.monotonic() >= end
        raise KeySetError(
            f"its address does not answer {'in time ' if late else ''}({type(error).__name__})"
        ) from None


@contextmanager
def _shut_down(connections: Connections, seconds: float) -> Iterator[None]:
    """After so many seconds, what is open then and whatever is opened after it."""
    over = Event()

    def watch() -> None:
        left = seconds
        while not over.wait(left):
            connections.shut_down()
            left = AGAIN

    Thread(target=watch, name="key-set-deadline", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _read(answer: requests.Response, end: float) -> bytes:
    body = b""
    while piece := answer.raw.read1(PIECE):
        body += piece
        if len(body) > MOST_BYTES:
            raise KeySetError(f"its address sends more than {MOST_BYTES} bytes")
        if time.monotonic() >= end:
            break
    if time.monotonic() >= end:  # what was shut down looks like an end
        raise KeySetError("its address sends too slowly")
    return body
