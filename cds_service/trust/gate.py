"""The gate that every call passes where clients are configured: whose token, used once, not too often."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from cds_service.errors import TooManyRequests, Unauthorized
from cds_service.trust.client import Client, Clients
from cds_service.trust.rate import MemoryRateLimit, RateLimit
from cds_service.trust.replay import MemoryReplayStore, ReplayStore
from cds_service.trust.token import Refusal, Refused, bearer_token, check_token

FEEDBACK = re.compile(r"(/cds-services/[^/]+)/feedback")


@dataclass(frozen=True)
class Caller:
    """Who calls, as the token proves it."""

    client: Client
    tenant: str | None = None


@dataclass(frozen=True)
class Gate:
    """``base`` is the address under which clients reach the service; what they call is never taken from the
    request's Host header, which a caller could choose.
    """

    clients: Clients
    base: str
    replay: ReplayStore = field(default_factory=MemoryReplayStore)
    rate: RateLimit = field(default_factory=MemoryRateLimit)
    now: Callable[[], float] = time.time
    note: Callable[..., None] = lambda **_: None
    """Told, by keyword, what belongs in the log line."""

    def admit(self, authorization: str | None, path: str) -> Caller:
        """The caller. Raises Unauthorized, TooManyRequests, or Unavailable (from the replay store)."""
        try:
            client, claims = check_token(
                bearer_token(authorization), self.clients, self._addresses(path), self.now()
            )
        except Refused as refused:
            if refused.client:
                self.note(client=refused.client.name)
            raise Unauthorized(refused.reason.value) from None
        self.note(client=client.name)
        if not self.replay.first_use(client.issuer, claims.jti, claims.exp + client.leeway):
            raise Unauthorized(Refusal.USED_BEFORE.value)
        self._count(client)
        return Caller(client, claims.tenant)

    def _addresses(self, path: str) -> frozenset[str]:
        """What ``aud`` may be. Clients that give feedback write the service's address or feedback's own."""
        plain = path.rstrip("/")
        feedback = FEEDBACK.fullmatch(plain)
        heard = {path, plain, feedback[1]} if feedback else {path, plain}
        return frozenset(f"{self.base}{each}" for each in heard)

    def _count(self, client: Client) -> None:
        """A limit that fails lets calls through: a chart that is open does not wait for a counter."""
        try:
            wait = self.rate.wait(client.name, client.rate_per_minute)
        except Exception as error:  # noqa: BLE001  # a shared limit can fail in any way
            self.note(limiter=f"failed: {type(error).__name__}")
            return
        if wait > 0:
            raise TooManyRequests(math.ceil(wait))
