"""The public keys of a client: a JWK Set (RFC 7517), read so that one bad key never loses the others."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Any

import msgspec
from joserfc.jwk import ECKey, RSAKey

ALGORITHMS = {"ES384": ("EC", "P-384"), "RS384": ("RSA", ""), "ES256": ("EC", "P-256"), "RS256": ("RSA", "")}
"""What may be allowed, with key type and curve; CDS Hooks recommends the first two. Never none, never HS*."""

MOST_KEYS = 100
RSA_BITS = range(2048, 8193)
PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")


class KeySetError(Exception):
    """The key set cannot be had or read. The words are for the operator."""


class PrivateKey(KeySetError):
    """A key that only its owner should have."""


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """One public key. ``algorithm`` is the only one it is for, where the set says so."""

    kid: str
    kind: str
    curve: str
    algorithm: str | None
    key: ECKey | RSAKey

    def fits(self, algorithm: str) -> bool:
        return ALGORITHMS[algorithm] == (self.kind, self.curve) and self.algorithm in (None, algorithm)


@dataclass(frozen=True, slots=True)
class KeySet:
    """``keys`` can be used; ``left_out`` says of each other key why it cannot. ``private`` tells that one of
    those is a private or symmetric key, which is a secret no more.
    """

    keys: tuple[VerifyingKey, ...]
    left_out: tuple[str, ...] = ()
    private: bool = False

    def find(self, kid: str, algorithm: str) -> VerifyingKey | None:
        """The one key of that id which fits. Two that fit are none: the set does not say which is meant."""
        found = [key for key in self.keys if key.kid == kid and key.fits(algorithm)]
        return found[0] if len(found) == 1 else None


def read_key_set(data: bytes) -> KeySet:
    """A JWK Set as JSON. Raises KeySetError where there is not one usable key."""
    try:
        members = msgspec.json.decode(data)["keys"]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError, LookupError):
        members = None
    if not isinstance(members, list):
        raise KeySetError('it is no JWK Set; it should be JSON like {"keys": [...]}')
    if len(members) > MOST_KEYS:
        raise KeySetError(f"it has more than {MOST_KEYS} keys")
    keys, left_out, private = [], [], False
    for number, member in enumerate(members, 1):
        try:
            keys.append(_key(member))
        except KeySetError as error:
            left_out.append(f"key {number}: {error}")
            private = private or isinstance(error, PrivateKey)
    if not keys:
        raise KeySetError("; ".join(["it has no usable key", *left_out]))
    return KeySet(tuple(keys), tuple(left_out), private)


def _key(member: Any) -> VerifyingKey:
    if not isinstance(member, dict):
        raise KeySetError("no JSON object")
    if any(name in member for name in PRIVATE):
        raise PrivateKey("it is private or symmetric; list only the public part of a key pair")
    kid, kind, algorithm = member.get("kid"), member.get("kty"), member.get("alg")
    if not isinstance(kid, str) or not kid:
        raise KeySetError('it has no "kid"')
    if member.get("use", "sig") != "sig" or "verify" not in _listed(member.get("key_ops", ["verify"])):
        raise KeySetError("it is not for signatures")
    if algorithm is not None and not (isinstance(algorithm, str) and algorithm in ALGORITHMS):
        raise KeySetError(f"its algorithm is none of {', '.join(ALGORITHMS)}")
    key = _imported(member, kind)
    curve = key.curve_name if isinstance(key, ECKey) else ""
    if (key.key_type, curve) not in ALGORITHMS.values():
        raise KeySetError("an EC key is on P-384 or P-256")
    return VerifyingKey(kid, key.key_type, curve, algorithm, key)


def _imported(member: dict[str, Any], kind: Any) -> ECKey | RSAKey:
    types: dict[str, type[ECKey | RSAKey]] = {"EC": ECKey, "RSA": RSAKey}
    if not isinstance(kind, str) or kind not in types:
        raise KeySetError("its kty is neither EC nor RSA")
    if kind == "RSA" and _bits(member.get("n")) not in RSA_BITS:
        raise KeySetError(f"an RSA key has {RSA_BITS.start} to {RSA_BITS.stop - 1} bits")
    try:
        key = types[kind].import_key(member)
        _ = key.public_key  # a point that is not on its curve shows only here
    except Exception as error:  # whatever a foreign key breaks, it is not usable
        raise KeySetError("its numbers are no valid key") from error
    return key


def _bits(modulus: Any) -> int:
    """How long an RSA modulus is; 0 where it is none."""
    try:
        return int.from_bytes(urlsafe_b64decode(f"{modulus}==")).bit_length()
    except (binascii.Error, ValueError):
        return 0


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
