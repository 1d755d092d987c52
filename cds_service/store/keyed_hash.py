"""A patient or user without being named: HMAC-SHA256 under a key that stays with the site.

The same patient of the same client gives the same hash, so that what was shown can be found again by whoever
has the key and the id; without the key, nobody can try out ids.
"""

from __future__ import annotations

import hmac
import os
import secrets
import tempfile
from pathlib import Path

from cds_service.errors import SettingError

FILE = "audit.key"
SHORTEST = 32


class KeyedHash:
    def __init__(self, key: bytes) -> None:
        self._key = key

    def __repr__(self) -> str:
        return "KeyedHash(…)"

    def of(self, kind: str, client: str, tenant: str | None, value: str) -> str:
        """The hash of, say, a "patient" of a client, in 64 hexadecimal digits."""
        parts = "\0".join((kind, client, tenant or "", value))
        return hmac.digest(self._key, parts.encode("utf-8", "surrogatepass"), "sha256").hex()


def audit_key(setting: str, data_dir: Path) -> bytes:
    """The setting, or a key made once and kept in the data directory. Raises SettingError."""
    if setting:
        return setting.encode()
    file = data_dir / FILE
    try:
        if not file.exists():
            _make(file)
        key = file.read_bytes().strip()
    except OSError as error:
        raise SettingError(
            f"CART_CDS_DATA_DIR {str(data_dir)!r} cannot be used ({error.strerror}); "
            "name a directory that the service may write, or give CART_CDS_AUDIT_KEY"
        ) from None
    if len(key) < SHORTEST:
        raise SettingError(f"{file} holds no key of at least {SHORTEST} characters; put the old one back")
    return key


def _make(file: Path) -> None:
    """Whole or not at all, and one of several processes wins: the link fails where there is one already."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent)  # readable by its owner only
    try:
        os.write(handle, secrets.token_hex(32).encode())
        os.fsync(handle)
        os.link(name, file)
    except FileExistsError:
        pass
    finally:
        os.close(handle)
        Path(name).unlink()
