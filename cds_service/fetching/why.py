"""Why a query gave nothing, or only part, in words that a clinician can pass on to the EHR's operator."""

from __future__ import annotations

from enum import Enum


class Why(Enum):
    TIME = "did not answer in time"
    UNREACHABLE = "could not be reached, or broke the connection off"
    REFUSED = "did not permit it"
    BUSY = "was too busy"
    ERROR = "answered with an error"
    REDIRECT = "answered with a redirect, which is never followed"
    UNREADABLE = "sent something other than the FHIR answer that was asked for"
    ANOTHER_PATIENT = "sent data of another patient"
    TOO_MUCH = "sent more than is read at once"
    ELSEWHERE = "put the next page at an address outside the registered base, which is never called"
    NO_ROOM = "was not asked, as this service was busy with other calls"
    WITHHELD = "announced more records than it sent"


class NotAnswered(Exception):
    """A query that gave nothing. ``malformed`` where the server did not understand the query (400)."""

    def __init__(self, why: Why, *, malformed: bool = False) -> None:
        super().__init__(why.value)
        self.why = why
        self.malformed = malformed
