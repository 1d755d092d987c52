"""The clients file: TOML, one table a client. A fault is told as ``file:line: [client] what. Remedy.``"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cds_service.errors import SettingError
from cds_service.trust.addresses import base_address
from cds_service.trust.client import Client, Clients
from cds_service.trust.client_table import ClientTable, Fault, in_words
from cds_service.trust.key_fetch import fetch_key_set
from cds_service.trust.key_ring import KeyRing
from cds_service.trust.keys import KeySet, KeySetError, read_key_set
from cds_service.trust.toml_lines import line_of

NOBODY = "open"
"""Under this name the calls of a service without clients are kept."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class _Wrong(Exception):
    def __init__(self, *faults: Fault) -> None:
        super().__init__()
        self.faults = faults


def read_clients(file: Path) -> Clients:
    """The clients of a file. Raises SettingError, which tells everything that is wrong in it.

    Key sets in files are read at once, those at addresses when the first token comes.
    """
    text = _text(file)
    clients: list[Client] = []
    wrong: list[str] = []
    for name, written in _tables(file, text).items():
        try:
            clients.append(_client(name, written, file.parent))
            faults: Iterable[Fault] = _of_another(clients)
        except _Wrong as error:
            faults = error.faults
        wrong.extend(f"{_place(file, text, name, key)}: [{name}] {what}" for key, what in faults)
    if wrong:
        raise SettingError("\n".join(wrong))
    return Clients(clients)


def _of_another(clients: list[Client]) -> Iterator[Fault]:
    """Whether the last one's issuer is that of one before it."""
    *before, last = clients
    for other in before:
        if other.issuer == last.issuer:
            yield (
                "issuer",
                f"the issuer {last.issuer!r} is that of [{other.name}] too. Give each issuer one table.",
            )
            return


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


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SettingError(f"{file}: the clients file cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise SettingError(f"{file}: this is no TOML: {error}. Write it as UTF-8.") from None


def _tables(file: Path, text: str) -> dict[str, Any]:
    try:
        tables = tomllib.loads(text)
    except ValueError as error:
        where = re.search(r"at line (\d+)", str(error))
        line = f":{where[1]}" if where else ""
        raise SettingError(f"{file}{line}: this is no TOML: {error}") from None
    except RecursionError:
        raise SettingError(f"{file}: this is no TOML that can be read: it is nested too deep") from None
    if not tables:
        raise SettingError(f"{file}: there is no client in it. Write one table a client, such as [our-ehr].")
    return tables


def _place(file: Path, text: str, name: str, key: str) -> str:
    line = line_of(text, name, key)
    return f"{file}:{line}" if line else str(file)


def _client(name: str, written: Any, directory: Path) -> Client:
    """Raises _Wrong."""
    if not isinstance(written, dict):
        raise _Wrong(("", f"this is no table. Write [{name}], and the client's keys below it."))
    if not _NAME.fullmatch(name):
        raise _Wrong(("", "a client's name has letters, digits, - and _; at most 64"))
    if name == NOBODY:
        raise _Wrong(("", "that name is for callers of a service without clients. Give this one another."))
    try:
        table = ClientTable.model_validate(written)
    except ValidationError as error:
        raise _Wrong(*map(in_words, error.errors(include_url=False))) from None
    if faults := list(table.wrong()):
        raise _Wrong(*faults)
    load = key_source(table, directory)
    held = None
    if table.key_set_file:
        try:
            held = load()
        except KeySetError as error:
            raise _Wrong(("key_set_file", f"key_set_file: {error}")) from None
        if unfit := list(_unfit(held, table.algorithms)):
            raise _Wrong(*(("key_set_file", f"key_set_file: {what}") for what in unfit))
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


def _unfit(held: KeySet, algorithms: list[str]) -> Iterator[str]:
    """What is wrong with a set in a file: the operator can mend it, so it is told and not passed over."""
    if held.private:
        yield "; ".join(held.left_out)
    fit = [(key.kid, algorithm) for key in held.keys for algorithm in set(algorithms) if key.fits(algorithm)]
    if not fit:
        yield (
            f"none of its keys is for {' or '.join(algorithms)}. "
            "Write the algorithm that the client signs with as algorithms, or list its keys."
        )
    for kid in {kid: None for (kid, _), times in Counter(fit).items() if times > 1}:
        yield f"two of its keys have the kid {kid!r}, and neither is used. Give each key its own."
