"""A client's token (JWT, RFC 7519), checked as CDS Hooks asks. Pure: keys, clock and addresses are arguments.

The token says nothing about how it is to be checked: its issuer names the client, and everything else
(algorithms, keys, lifetime) is in that client's table. Header and claims are typed, so that a value of
another type is refused where it is read.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import Enum
from typing import Annotated

import msgspec
from joserfc.jws import CompactSignature, JWSRegistry, extract_compact, validate_compact

from cds_service.trust.client import Client, Clients
from cds_service.trust.keys import KeySetError

LONGEST = 8192
_BEARER = re.compile(r"bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)", re.IGNORECASE)

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=2048)]
Moment = Annotated[int, msgspec.Meta(ge=0, le=2**40)] | Annotated[float, msgspec.Meta(ge=0, le=2**40)]


class Refusal(Enum):
    """Why a token is refused, as coarse as the log tells it. A caller is told nothing."""

    NO_TOKEN = "no-token"  # noqa: S105  # a reason, no password
    UNREADABLE = "unreadable"
    ISSUER = "issuer"
    HEADER = "header"
    KEY = "key"
    KEYS_UNAVAILABLE = "keys-unavailable"
    SIGNATURE = "signature"
    CLAIMS = "claims"
    AUDIENCE = "audience"
    TIME = "time"
    TENANT = "tenant"
    USED_BEFORE = "used-before"


class Refused(Exception):
    def __init__(self, reason: Refusal, client: Client | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.client = client


class Header(msgspec.Struct, frozen=True):
    alg: Text
    kid: Text
    typ: Text
    jku: Text | None = None


class Issued(msgspec.Struct, frozen=True):
    """Whose token it says it is."""

    iss: Text


class Claims(msgspec.Struct, frozen=True):
    iss: Text
    aud: Text | Annotated[list[Text], msgspec.Meta(min_length=1, max_length=100)]
    exp: Moment
    iat: Moment
    jti: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    nbf: Moment | None = None
    tenant: Text | None = None


class _Registry(JWSRegistry):
    max_header_length = LONGEST
    max_payload_length = LONGEST


_issued = msgspec.json.Decoder(Issued)
_claims = msgspec.json.Decoder(Claims)
_WRONG = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def bearer_token(authorization: str | None) -> str:
    """The token of an Authorization header. Two headers arrive joined by a comma, which no token has."""
    if not authorization:
        raise Refused(Refusal.NO_TOKEN)
    if len(authorization) > LONGEST + len("Bearer "):
        raise Refused(Refusal.UNREADABLE)
    found = _BEARER.fullmatch(authorization)
    if not found:
        raise Refused(Refusal.UNREADABLE)
    return found[1]


def check_token(
    token: str, clients: Clients, addresses: Collection[str], now: float
) -> tuple[Client, Claims]:
    """The client whose token it is, for a call of one of ``addresses``. Raises Refused.

    Whether it was used before is not asked here.
    """
    signed = _read(token)
    header = _header(signed)
    try:
        issuer = _issued.decode(signed.payload or b"").iss
    except _WRONG:
        raise Refused(Refusal.CLAIMS) from None
    client = clients.of_issuer(issuer)
    if client is None:
        raise Refused(Refusal.ISSUER)
    _check_signature(signed, header, client)
    try:
        claims = _claims.decode(signed.payload or b"")
    except _WRONG:
        raise Refused(Refusal.CLAIMS, client) from None
    _check_claims(claims, client, addresses, now)
    return client, claims


def _read(token: str) -> CompactSignature:
    try:
        return extract_compact(token.encode("ascii"), registry=_Registry())
    except Exception:  # noqa: BLE001  # whatever it breaks in the library, it is no token
        raise Refused(Refusal.UNREADABLE) from None


def _header(signed: CompactSignature) -> Header:
    """``crit`` and ``b64`` ask for extensions (RFC 7515 4.1.11, RFC 7797), of which none is implemented."""
    try:
        header = msgspec.convert(signed.headers(), Header)
    except (msgspec.ValidationError, RecursionError):
        raise Refused(Refusal.HEADER) from None
    if header.typ.upper() != "JWT" or not {"crit", "b64"}.isdisjoint(signed.headers()):
        raise Refused(Refusal.HEADER)
    return header


def _check_signature(signed: CompactSignature, header: Header, client: Client) -> None:
    if header.alg not in client.algorithms or not client.allows_jku(header.jku):
        raise Refused(Refusal.HEADER, client)
    try:
        key = client.keys.find(header.kid, header.alg)
    except KeySetError:
        raise Refused(Refusal.KEYS_UNAVAILABLE, client) from None
    if key is None:
        raise Refused(Refusal.KEY, client)
    registry = _Registry(algorithms=[header.alg], strict_check_header=False)
    try:
        right = validate_compact(signed, key.key, registry=registry)
    except Exception:  # noqa: BLE001  # a signature that breaks the library is not right
        right = False
    if not right:
        raise Refused(Refusal.SIGNATURE, client)


def _check_claims(claims: Claims, client: Client, addresses: Collection[str], now: float) -> None:
    heard = {claims.aud} if isinstance(claims.aud, str) else set(claims.aud)
    if heard.isdisjoint(addresses) and heard.isdisjoint(client.audiences):
        raise Refused(Refusal.AUDIENCE, client)
    if not (claims.jti.isprintable() and (claims.tenant or "").isprintable()):
        raise Refused(Refusal.CLAIMS, client)
    early, late = now + client.leeway, now - client.leeway
    in_time = claims.exp > late and claims.iat <= early and (claims.nbf is None or claims.nbf <= early)
    if not in_time or not 0 < claims.exp - claims.iat <= client.longest_life:
        raise Refused(Refusal.TIME, client)
    if not client.allows_tenant(claims.tenant):
        raise Refused(Refusal.TENANT, client)
