"""The clients file, read: TOML, one table a client. A fault is told as ``file: [client] what. Remedy.``"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cds_service.errors import SettingError
from cds_service.trust.addresses import base_address, is_safe, origin
from cds_service.trust.client import ALGORITHMS, Client, Clients
from cds_service.trust.key_fetch import fetch_key_set
from cds_service.trust.key_ring import KeyRing
from cds_service.trust.keys import ALGORITHMS as KNOWN_ALGORITHMS
from cds_service.trust.keys import KeySet, KeySetError, read_key_set

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+")

Text = Annotated[str, Field(min_length=1, max_length=2048)]


class ClientTable(BaseModel):
    """One table, as written."""

    model_config = ConfigDict(extra="forbid", strict=True)

    issuer: Text
    key_set_file: Text | None = None
    key_set_url: Text | None = None
    jku: list[Text] = []
    algorithms: Annotated[list[str], Field(min_length=1)] = list(ALGORITHMS)
    audiences: list[Text] = []
    tenants: list[Text] = []
    fhir_bases: list[Text] = []
    cors_origins: list[Text] = []
    rate_per_minute: int = Field(default=600, ge=1, le=1_000_000)
    leeway_seconds: int = Field(default=60, ge=0, le=300)
    longest_life_seconds: int = Field(default=900, ge=30, le=3600)

    @model_validator(mode="after")
    def sound(self) -> ClientTable:
        wrong = list(self._wrong())
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _wrong(self) -> Iterator[str]:
        if not _URI.fullmatch(self.issuer):
            yield f"issuer {self.issuer!r} is no URI; write what the tokens have as iss"
        if (self.key_set_file is None) == (self.key_set_url is None):
            yield "give either key_set_file or key_set_url"
        for url in ([self.key_set_url] if self.key_set_url else []) + self.jku:
            if not url.startswith("https://") or base_address(url.partition("?")[0]) is None:
                yield f"{url!r} is no address of a key set; write an https address"
        for algorithm in self.algorithms:
            if algorithm not in KNOWN_ALGORITHMS:
                yield f"algorithm {algorithm!r} is not allowed; choose from {', '.join(KNOWN_ALGORITHMS)}"
        for url in self.fhir_bases:
            base = base_address(url)
            if base is None or not is_safe(base):
                yield f"{url!r} is no FHIR base; write an https address (http only on this machine)"
        for url in self.cors_origins:
            if origin(url) != url:
                yield f"{url!r} is no origin; write https://ehr.example.org, in lower case and without a path"


def read_clients(file: Path) -> Clients:
    """The clients of a file. Raises SettingError, which tells everything that is wrong in it.

    Key sets in files are read at once, those at addresses when the first token comes.
    """
    tables = _tables(file)
    clients: list[Client] = []
    wrong: list[str] = []
    for name, table in tables.items():
        try:
            clients.append(_client(name, table, file.parent))
        except SettingError as error:
            wrong.extend(f"{file}: [{name}] {line}" for line in error.text.split("\n"))
    for issuer, times in Counter(client.issuer for client in clients).items():
        if times > 1:
            wrong.append(f"{file}: {times} clients have the issuer {issuer!r}; give each issuer one table")
    if wrong:
        raise SettingError("\n".join(wrong))
    return Clients(clients)


def key_source(table: ClientTable, directory: Path) -> Callable[[], KeySet]:
    """How a client's key set is loaded; what is returned raises KeySetError."""
    if table.key_set_url:
        url = table.key_set_url
        return lambda: read_key_set(fetch_key_set(url))
    path = directory / (table.key_set_file or "")

    def load() -> KeySet:
        try:
            return read_key_set(path.read_bytes())
        except OSError as error:
            raise KeySetError(f"{path} cannot be read ({error.strerror})") from None

    return load


def _tables(file: Path) -> dict[str, Any]:
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingError(f"{file}: the clients file cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise SettingError(f"{file}: this is no TOML: {error}") from None
    if not tables:
        raise SettingError(f"{file}: there is no client in it. Write one table a client, such as [our-ehr].")
    return tables


def _client(name: str, written: Any, directory: Path) -> Client:
    if not _NAME.fullmatch(name):
        raise SettingError("a client's name has letters, digits, - and _; at most 64")
    if not isinstance(written, dict):
        raise SettingError(f"this is no table. Write [{name}], and the client's keys below it.")
    try:
        table = ClientTable.model_validate(written)
    except ValidationError as error:
        raise SettingError("\n".join(_words(each) for each in error.errors(include_url=False))) from None
    load = key_source(table, directory)
    held = None
    if table.key_set_file:
        try:
            held = load()
        except KeySetError as error:
            raise SettingError(f"key_set_file: {error}") from None
    return Client(
        name=name,
        issuer=table.issuer,
        keys=KeyRing(load, held),
        algorithms=tuple(table.algorithms),
        jku=tuple(([table.key_set_url] if table.key_set_url else []) + table.jku),
        audiences=tuple(table.audiences),
        tenants=tuple(table.tenants),
        fhir_bases=tuple(filter(None, map(base_address, table.fhir_bases))),
        cors_origins=tuple(table.cors_origins),
        rate_per_minute=table.rate_per_minute,
        leeway=table.leeway_seconds,
        longest_life=table.longest_life_seconds,
    )


def _words(error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"there is no key {key!r}. The keys are {', '.join(ClientTable.model_fields)}."
    if error["type"] == "missing":
        return f"{key} is missing."
    said = str(error["msg"]).removeprefix("Value error, ")
    return f"{key}: {said}" if key else said
