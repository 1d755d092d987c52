"""A key set from its registered address: https, no redirects, few bytes, and within a deadline.

The timeouts of ``requests`` are no deadline: they begin anew with each byte that arrives, in the headers too.
So the connections are shut down at the deadline, which wakes whoever still waits for one.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event, Thread
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

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


class _Adapter(HTTPAdapter):
    """Keeps hold of each connection that it opens."""

    def __init__(self, opened: list[Any]) -> None:
        self._opened = opened
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = partial(self._open, type(pool).ConnectionCls)
        return pool

    def _open(self, kind: Any, *args: Any, **kwargs: Any) -> Any:
        connection = kind(*args, **kwargs)
        self._opened.append(connection)
        return connection


def fetch_key_set(url: str, seconds: float = SECONDS) -> bytes:
    """What is at ``url``. Raises KeySetError. Proxy and certificate settings of the environment hold."""
    end = time.monotonic() + seconds
    opened: list[Any] = []
    try:
        with requests.Session() as session, _shut_down(opened, seconds):
            for scheme in ("https://", "http://"):
                session.mount(scheme, _Adapter(opened))
            with session.get(
                url,
                stream=True,
                allow_redirects=False,
                timeout=seconds,
                auth=NoCredentials(),
                headers={
                    "Accept": "application/jwk-set+json, application/json",
                    "Accept-Encoding": "identity",
                },
            ) as answer:
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
def _shut_down(opened: list[Any], seconds: float) -> Iterator[None]:
    """After so many seconds, what is open then and whatever is opened after it."""
    over = Event()

    def watch() -> None:
        left = seconds
        while not over.wait(left):
            for connection in list(opened):
                _shut(connection)
            left = AGAIN

    Thread(target=watch, name="key-set-deadline", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _shut(connection: Any) -> None:
    sock = connection.sock
    if sock is not None:
        try:
            socket.socket.shutdown(sock, socket.SHUT_RDWR)  # an SSLSocket's own would wait politely
        except OSError:
            return  # closed already


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
