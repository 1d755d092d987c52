"""Connections to other servers that can be shut down from outside.

The timeouts of ``requests`` are no deadline: each byte that arrives begins them anew, in the headers too. Who
keeps hold of the connections can shut them down when the time is up, which wakes whoever still waits for one.
"""

from __future__ import annotations

import socket
from functools import partial
from typing import Any

from requests import Session
from requests.adapters import HTTPAdapter


class Connections:
    """Those that a session opens, ``most`` of them kept at a time."""

    def __init__(self, session: Session, most: int) -> None:
        self._opened: list[Any] = []
        for scheme in ("https://", "http://"):
            session.mount(scheme, _Adapter(self._opened, most))

    def shut_down(self) -> None:
        for connection in list(self._opened):
            sock = connection.sock
            if sock is not None:
                try:
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)  # an SSLSocket's own would wait politely
                except OSError:
                    continue  # closed already


class _Adapter(HTTPAdapter):
    """Keeps hold of each connection that it opens."""

    def __init__(self, opened: list[Any], most: int) -> None:
        self._opened = opened
        super().__init__(pool_connections=1, pool_maxsize=most, max_retries=0)

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = partial(self._open, type(pool).ConnectionCls)
        return pool

    def _open(self, kind: Any, *args: Any, **kwargs: Any) -> Any:
        connection = kind(*args, **kwargs)
        self._opened.append(connection)
        return connection
