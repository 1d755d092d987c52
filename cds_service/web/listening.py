"""The address to listen on, tried before any worker starts.

The server lets its workers share a port, and so would let another service share it too, unnoticed.
"""

from __future__ import annotations

import errno
import socket

from cds_service.errors import SettingError

WHY = {
    errno.EADDRINUSE: "CART_CDS_PORT {port} is taken: something listens on it already",
    errno.EACCES: "CART_CDS_PORT {port} may not be opened by this user; take one from 1024 on",
    errno.EADDRNOTAVAIL: "CART_CDS_HOST {host!r} is no address of this machine",
}


def listening_address(host: str, port: int) -> str:
    """The IP address that the host is. Raises SettingError where nothing could listen there."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except OSError:
        raise SettingError(WHY[errno.EADDRNOTAVAIL].format(host=host)) from None
    family, kind, protocol, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    try:
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(
                socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
            )  # not stopped by connections just ended
            probe.bind(address)
    except OSError as error:
        why = WHY.get(
            error.errno or 0, "CART_CDS_HOST {host!r} and CART_CDS_PORT {port} cannot be listened on"
        )
        raise SettingError(why.format(host=host, port=port)) from None
    return str(address[0])
