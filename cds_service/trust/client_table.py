"""One table of the clients file, as an operator writes it, and what may be wrong in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from cds_service.trust.addresses import base_address, is_safe, origin
from cds_service.trust.client import ALGORITHMS
from cds_service.trust.keys import ALGORITHMS as KNOWN_ALGORITHMS

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+")

NO_KEY_ADDRESS = "is no address of a key set; write an https address"

Text = Annotated[str, Field(min_length=1, max_length=2048)]
Fault = tuple[str, str]
"""Of which key (none: of the whole table), and what is wrong."""


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

    def wrong(self) -> Iterator[Fault]:
        """What no type tells."""
        if not _URI.fullmatch(self.issuer):
            yield "issuer", f"issuer {self.issuer!r} is no URI; write what the tokens have as iss"
        if (self.key_set_file is None) == (self.key_set_url is None):
            yield "key_set_file", "give either key_set_file or key_set_url"
        if self.key_set_url and not _is_key_address(self.key_set_url):
            yield "key_set_url", f"{self.key_set_url!r} {NO_KEY_ADDRESS}"
        for url in self.jku:
            if not _is_key_address(url):
                yield "jku", f"{url!r} {NO_KEY_ADDRESS}"
        for algorithm in self.algorithms:
            if algorithm not in KNOWN_ALGORITHMS:
                yield (
                    "algorithms",
                    f"algorithm {algorithm!r} is not allowed; choose from {', '.join(KNOWN_ALGORITHMS)}",
                )
        for url in self.fhir_bases:
            base = base_address(url)
            if base is None or not is_safe(base):
                yield (
                    "fhir_bases",
                    f"{url!r} is no FHIR base; write an https address (http only on this machine)",
                )
        for url in self.cors_origins:
            if origin(url) != url:
                yield (
                    "cors_origins",
                    f"{url!r} is no origin; write https://ehr.example.org, in lower case and without a path",
                )


def _is_key_address(url: str) -> bool:
    return url.startswith("https://") and base_address(url.partition("?")[0]) is not None


def in_words(error: Any) -> Fault:
    """What pydantic found, as a fault."""
    place = ".".join(str(part) for part in error["loc"])
    key = str(error["loc"][0])
    if error["type"] == "extra_forbidden":
        return key, f"there is no key {place!r}. The keys are {', '.join(ClientTable.model_fields)}."
    if error["type"] == "missing":
        return "", f"{place} is missing. Write what the tokens have as iss."  # the one that must be there
    return key, f"{place}: {error['msg']}"
