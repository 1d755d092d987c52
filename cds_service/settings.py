"""What an operator may set: by environment (``CART_CDS_PORT``) or in the TOML file ``CART_CDS_CONFIG`` names.

The environment wins over the file. ``docs/settings.md`` says what each is for.
"""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from cds_service.errors import SettingError
from cds_service.trust.addresses import base_address, is_loopback, is_safe, origin

CONFIG_FILE = "CART_CDS_CONFIG"

OPEN_TO_ALL = "anyone who can reach this port may read matches"
"""What an operator writes as ``open_mode`` to serve other machines without checking who calls."""


class Settings(BaseSettings):
    """One instance per application; frozen, so that nothing changes under a running service."""

    model_config = SettingsConfigDict(env_prefix="CART_CDS_", extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    workers: int = Field(default=1, ge=1, le=64)
    calls_at_once: int = Field(default=128, ge=1, le=4096)
    connections: int = Field(default=1024, ge=1, le=65536)
    idle_seconds: float = Field(default=75, ge=1, le=3600, allow_inf_nan=False)
    stop_seconds: int = Field(default=20, ge=1, le=3600)
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    rules_dir: Path | None = None
    site_codes: Path | None = None
    rules_reload_seconds: float = Field(default=0, ge=0, le=86400, allow_inf_nan=False)
    max_body_bytes: int = Field(default=16 * 1024 * 1024, ge=1024)
    max_cards: int = Field(default=3, ge=1, le=10)
    public_base_url: str = "http://localhost:8080"
    clients: Path | None = None
    open_mode: str = ""
    cors_origins: tuple[str, ...] = ()
    fhir_bases: tuple[str, ...] = ()
    fhir_ca_file: Path | None = None
    fetch_deadline_seconds: float = Field(default=2.0, gt=0, le=30, allow_inf_nan=False)
    data_dir: Path = Path(".cart-cds/data")
    database_url: str = Field(default="", repr=False)
    audit: Literal["on", "off"] = "on"
    audit_required: bool = True
    audit_key: str = Field(default="", repr=False)
    store_comments: bool = False
    metrics_token: str = Field(default="", repr=False)
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$")

    @field_validator("open_mode")
    @classmethod
    def in_words(cls, value: str) -> str:
        value = " ".join(value.split())
        if value not in ("", OPEN_TO_ALL):
            raise ValueError(f'leave it out, or write "{OPEN_TO_ALL}"')
        return value

    @field_validator("audit_key")
    @classmethod
    def long_enough(cls, value: str) -> str:
        if value and len(value) < 32:
            raise ValueError("write at least 32 random characters, or leave it out to have a key made")
        return value

    @field_validator("metrics_token")
    @classmethod
    def hard_to_guess(cls, value: str) -> str:
        if value and not (len(value) >= 32 and value.isascii() and value.isprintable() and " " not in value):
            raise ValueError("write at least 32 random letters and digits, or leave it out")
        return value

    @model_validator(mode="after")
    def known_callers(self) -> Settings:
        """Callers are checked, or on this machine, or the operator has said in words that anyone may call."""
        if self.clients and self.open_mode:
            raise ValueError("CART_CDS_CLIENTS and CART_CDS_OPEN_MODE exclude each other; take one away")
        if self.clients and "public_base_url" not in self.model_fields_set:
            raise ValueError(
                "CART_CDS_PUBLIC_BASE_URL is needed with CART_CDS_CLIENTS: a token is good for the address "
                "that the client calls, which is compared with it; write it as clients see it"
            )
        if self.clients and self.fhir_bases:
            raise ValueError(
                "CART_CDS_FHIR_BASES is for a service without clients; write each client's servers in its "
                "own table of the clients file, as fhir_bases"
            )
        if not (self.clients or self.open_mode or is_loopback(self.host)):
            raise ValueError(
                f"CART_CDS_HOST {self.host!r} is reached from other machines, and nothing says who may call. "
                "Name the clients file in CART_CDS_CLIENTS (docs/trusting-clients.md), or listen on "
                f'127.0.0.1, or set CART_CDS_OPEN_MODE to "{OPEN_TO_ALL}"'
            )
        return self

    @field_validator("public_base_url")
    @classmethod
    def no_closing_slash(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("write an absolute URL, such as https://cds.example.org")
        return value.rstrip("/")

    @field_validator("cors_origins")
    @classmethod
    def plain_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            if origin(url) != url:
                raise ValueError(
                    f"{url!r} is no origin; write https://ehr.example.org, in lower case and without a path"
                )
        return value

    @field_validator("fhir_bases")
    @classmethod
    def safe_bases(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        bases = [base_address(url) for url in value]
        for url, base in zip(value, bases, strict=True):
            if base is None or not is_safe(base):
                raise ValueError(
                    f"{url!r} is no FHIR base; write an https address (http only on this machine)"
                )
        return tuple(base for base in bases if base)

    @model_validator(mode="after")
    def usable_certificate(self) -> Settings:
        """Read once here, so that a wrong file is told in words and before anything listens."""
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError(
                "CART_CDS_TLS_CERTIFICATE and CART_CDS_TLS_KEY go together; name both or neither"
            )
        if self.tls_certificate and self.tls_key:
            try:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(self.tls_certificate, self.tls_key, password="")
            except OSError:
                raise ValueError(
                    "CART_CDS_TLS_CERTIFICATE and CART_CDS_TLS_KEY cannot be used together; name a file with "
                    "the certificate and its chain, and one with the key that belongs to it and has no "
                    "password, both as PEM"
                ) from None
        return self

    @field_validator("fhir_ca_file")
    @classmethod
    def there(cls, value: Path | None) -> Path | None:
        if value and not value.is_file():
            raise ValueError(f"{value} is no file; name one with the certificates in PEM form")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        named = os.environ.get(CONFIG_FILE)
        if not named:
            return init_settings, env_settings
        if not Path(named).is_file():
            raise FileNotFoundError(f"{CONFIG_FILE} names {named}, and there is no such file")
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=Path(named))


def read_settings(**given: Any) -> Settings:
    """The settings, with what is given in place of the environment. Raises SettingError in plain words."""
    try:
        return Settings(**given)
    except ValidationError as error:
        wrong = (f"{_name(each['loc'])}: {each['msg']}" for each in error.errors(include_url=False))
        raise SettingError("; ".join(wrong)) from None
    except (SettingsError, OSError, ValueError) as error:
        raise SettingError(f"the settings cannot be read: {error}") from None


def _name(location: tuple[int | str, ...]) -> str:
    return f"CART_CDS_{str(location[0]).upper()}" if location else "settings"
