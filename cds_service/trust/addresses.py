"""Addresses as they are compared: in one spelling, and none that could be read in two ways.

A registered address is compared with what a client sends. Whatever is spelled oddly (user names, escapes,
dots, backslashes, other alphabets) is not mended but refused: it equals nothing that is registered.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

LONGEST = 2048
_PLAIN = re.compile(r"[A-Za-z0-9:/._~\[\]-]+")
_PORTS = {"http": 80, "https": 443}
_FEW = 128
"""Addresses of which is remembered what they are: every call is asked for its own."""


def base_address(url: object) -> str | None:
    """An absolute http(s) address without query, in lower case up to its path; None for anything else."""
    if not isinstance(url, str) or len(url) > LONGEST or not _PLAIN.fullmatch(url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname
    if parts.scheme not in _PORTS or not host or port == 0:
        return None
    if "//" in parts.path or any(piece in (".", "..") for piece in parts.path.split("/")):
        return None
    host = f"[{host}]" if ":" in host else host
    at = "" if port in (None, _PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{host}{at}{parts.path.rstrip('/')}"


def origin(url: object) -> str | None:
    """Scheme, host and port of an address."""
    base = base_address(url)
    return "/".join(base.split("/")[:3]) if base else None


@lru_cache(_FEW)
def is_loopback(host: str) -> bool:
    """Whether only this machine reaches that host: 127.0.0.0/8, ::1 or the name localhost."""
    if host.lower() == "localhost":
        return True
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


@lru_cache(_FEW)
def is_public_name(host: str) -> bool:
    """Whether a Host header names something of the public DNS, whose owner can let it lead to this machine.

    An address, ``localhost`` and names without a dot are nobody's to point elsewhere.
    """
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return True
    try:
        ip_address(name)
    except ValueError:
        return "." in name and not name.endswith(".localhost")
    return False


def is_safe(url: str) -> bool:
    """Whether what is sent there is encrypted on its way, or never leaves this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or is_loopback(parts.hostname or "")
