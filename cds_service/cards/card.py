"""CDS Hooks cards as types that cannot break the protocol's limits (https://cds-hooks.hl7.org/2.0/#cds-service-response).

Members that are empty are left out of the JSON, as the specification asks.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

LONGEST_SUMMARY = 139
"""The specification says fewer than 140 characters; counted here as they are sent."""


class Coding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    system: str
    code: str
    display: str


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    label: str
    url: str | None = None
    topic: Coding | None = None

    def __post_init__(self) -> None:
        if not self.label:
            raise ValueError("a card's source needs a label")
        _only_https(self.url)


class Link(msgspec.Struct, frozen=True, kw_only=True):
    label: str
    url: str
    type: Literal["absolute"] = "absolute"

    def __post_init__(self) -> None:
        if not self.label:
            raise ValueError("a link needs a label")
        _only_https(self.url)


class Action(msgspec.Struct, frozen=True, kw_only=True):
    description: str
    resource: dict[str, Any]
    type: Literal["create"] = "create"


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    label: str
    uuid: str
    actions: tuple[Action, ...]

    def __post_init__(self) -> None:
        if not (self.label and self.uuid and self.actions):
            raise ValueError("a suggestion needs a label, a uuid and an action")


class Card(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    uuid: str
    summary: str
    indicator: Literal["info"]
    source: Source
    detail: str
    suggestions: tuple[Suggestion, ...] = ()
    selection_behavior: Literal["at-most-one"] | None = None
    override_reasons: tuple[Coding, ...] = ()
    links: tuple[Link, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < len(self.summary) <= LONGEST_SUMMARY or "\n" in self.summary:
            raise ValueError(f"a card's summary is one line of at most {LONGEST_SUMMARY} characters")
        if not (self.uuid and self.detail):
            raise ValueError("a card needs a uuid and a detail")
        if self.indicator != "info":
            raise ValueError("a trial is never urgent: the indicator is info")
        if bool(self.suggestions) != (self.selection_behavior is not None):
            raise ValueError("selectionBehavior goes with suggestions, and only with them")


class Cards(msgspec.Struct, frozen=True):
    """The whole answer to a hook call. There are never system actions: nothing here acts by itself."""

    cards: tuple[Card, ...]


def _only_https(url: str | None) -> None:
    if url is not None and not url.startswith("https://"):
        raise ValueError("a card links to absolute https addresses only")
