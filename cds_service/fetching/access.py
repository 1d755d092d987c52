"""Leave to ask a FHIR server: which one, and with which token."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Access:
    """A registered server and the caller's short-lived token for it; without one for an open server.

    ``base`` is the registered address itself, as :func:`cds_service.trust.addresses.base_address` writes it.
    """

    base: str
    token: str | None = field(default=None, repr=False)
