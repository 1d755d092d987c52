"""A client that may call: an EHR, or one organization of an EHR vendor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cds_service.trust.addresses import base_address, origin
from cds_service.trust.key_ring import KeyRing

ALGORITHMS = ("ES384", "RS384")
"""Allowed where a client's table names none: what CDS Hooks recommends."""


@dataclass(frozen=True)
class Client:
    """One table of the clients file. Times are in seconds."""

    name: str
    issuer: str
    keys: KeyRing
    algorithms: tuple[str, ...] = ALGORITHMS
    jku: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()
    fhir_bases: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    rate_per_minute: int = 600
    leeway: int = 60
    longest_life: int = 900

    def fhir_base(self, url: str) -> str | None:
        """The registered address that this is a spelling of; None where it is none, and is never called."""
        base = base_address(url)
        return base if base in self.fhir_bases else None

    def allows_tenant(self, tenant: str | None) -> bool:
        return not self.tenants or tenant in self.tenants

    def allows_jku(self, jku: str | None) -> bool:
        """Whether a token may name that address of its key set. It is compared, and never fetched.

        Without a registered address, it may be one on the issuer's own server.
        """
        if jku is None or jku in self.jku:
            return True
        return not self.jku and origin(jku) is not None and origin(jku) == origin(self.issuer)


class Clients:
    """All clients, by issuer: there is one client for each."""

    def __init__(self, clients: Iterable[Client]) -> None:
        self._by_issuer = {client.issuer: client for client in clients}
        self.cors_origins = frozenset(origin for client in self for origin in client.cors_origins)

    def __iter__(self) -> Iterator[Client]:
        return iter(self._by_issuer.values())

    def __len__(self) -> int:
        return len(self._by_issuer)

    def of_issuer(self, issuer: str) -> Client | None:
        return self._by_issuer.get(issuer)
