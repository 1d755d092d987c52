"""Key pairs, key sets and tokens, as a CDS client makes them."""

import base64
import json
import warnings
from functools import cache
from itertools import count

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

ISSUER = "https://ehr.example.org"
BASE = "https://cds.example.org"
SERVICE = f"{BASE}/cds-services/cart-trial-match"
NOW = 1_800_000_000
KID = "key+1/a="
"""As Epic writes them: base64, not safe in a URL."""

_numbers = count(1)


@cache
def ec(kid=KID, curve="P-384"):
    return ECKey.generate_key(curve, {"kid": kid, "use": "sig"})


@cache
def rsa(kid="rsa-1", bits=2048):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return RSAKey.generate_key(bits, {"kid": kid})


def public(*keys):
    return {"keys": [key.as_dict(private=False) for key in keys]}


def key_set(*keys):
    return json.dumps(public(*keys)).encode()


def header(**more):
    return _without({"alg": "ES384", "kid": KID, "typ": "JWT"} | more)


def claims(**more):
    return _without(
        {"iss": ISSUER, "aud": SERVICE, "iat": NOW, "exp": NOW + 300, "jti": f"id-{next(_numbers)}"} | more
    )


def token(key=None, head=None, body=None, **more):
    """A signed token. ``...`` as a value leaves a claim out; ``head`` and ``body`` are put in whole."""
    head = header() if head is None else head
    body = claims(**more) if body is None else body
    return sign(head, body if isinstance(body, bytes) else json.dumps(body).encode(), key or ec())


def sign(head, body, key, *, alg=None):
    """Signed with ``alg`` whatever the header says, so that a header may lie."""
    used = alg or head.get("alg")
    signing_input = (
        f"{b64(head if isinstance(head, bytes) else json.dumps(head).encode())}.{b64(body)}".encode()
    )
    signature = jws.JWSRegistry.algorithms[used].sign(signing_input, key)
    return f"{signing_input.decode()}.{b64(signature)}"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def bearer(*args, **more):
    return {"Authorization": f"Bearer {token(*args, **more)}"}


def _without(members):
    return {name: value for name, value in members.items() if value is not ...}
