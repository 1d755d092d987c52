"""Everything that can go wrong for a caller, as one tree.

::

    CartCdsError
    ├── BadRequest            400  the body or a parameter cannot be read
    │   ├── NotFhir           422  JSON, but not a FHIR R4 Bundle of one patient (or CDS Hooks prefetch)
    │   ├── UnknownTrial      404  a trial id that no rule file carries
    │   ├── TooLarge          413  more bytes, depth or entries than the service takes
    │   └── UnsupportedContent 415 a content type or encoding that cannot carry the JSON that is expected
    ├── PreconditionFailed    412  the patient or every source of diagnoses cannot be had (CDS Hooks)
    ├── Unauthorized          401  no token, or one that is refused; never says why
    ├── Forbidden             403  a caller from elsewhere, where only this machine may call
    ├── TooManyRequests       429  a client calls more often than its table allows
    ├── Unavailable           503  cannot be told now, though it could be later
    │   └── Busy              503  as many calls as are allowed are being answered
    ├── SettingError               a setting is wrong; names it as the environment does
    ├── RuleError                  a rule file is wrong; says file:line and the remedy
    │   └── RuleErrors                 all that is wrong in all rule files, told together
    └── EngineError                the rule engine broke one of its own promises; never shown as a verdict

Each message says what is wrong, where, and how to mend it, and never carries a patient's data: ``expression``
is a path such as ``Bundle.entry[3].resource``, never a value.
"""

from __future__ import annotations

from collections.abc import Iterable


class CartCdsError(Exception):
    """The root. ``status`` is the HTTP status, ``code`` the FHIR issue type of its OperationOutcome."""

    status = 500
    code = "exception"

    def __init__(self, text: str, expression: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.expression = expression


class BadRequest(CartCdsError):
    """The request cannot be read as it stands."""

    status = 400
    code = "invalid"


class NotFhir(BadRequest):
    """Well-formed JSON, but not what the service matches: one patient's FHIR R4 resources."""

    status = 422
    code = "structure"


class UnknownTrial(BadRequest):
    """A trial was asked for that no rule file carries."""

    status = 404
    code = "not-found"


class TooLarge(BadRequest):
    """More than the service takes in one request."""

    status = 413
    code = "too-long"


class UnsupportedContent(BadRequest):
    """The body is compressed, or of a type that is not JSON."""

    status = 415
    code = "not-supported"


class PreconditionFailed(CartCdsError):
    """CDS Hooks 412: neither the prefetch nor the FHIR server gives what a match cannot do without."""

    status = 412
    code = "required"


class Unauthorized(CartCdsError):
    """There is no token, or it is refused. ``reason`` is for the log; the caller is told nothing."""

    status = 401
    code = "login"

    def __init__(self, reason: str) -> None:
        super().__init__("A valid Bearer token is needed.")
        self.reason = reason


class Forbidden(CartCdsError):
    """Without clients configured, the service answers its own machine only."""

    status = 403
    code = "forbidden"


class TooManyRequests(CartCdsError):
    """More calls than the client's table allows. ``retry_after`` is in whole seconds."""

    status = 429
    code = "throttled"

    def __init__(self, retry_after: int) -> None:
        super().__init__("Too many calls. Wait as long as Retry-After says.")
        self.retry_after = retry_after


class Unavailable(CartCdsError):
    """Something that is needed for an answer cannot be had at the moment. ``retry_after`` is in seconds."""

    status = 503
    code = "transient"
    retry_after = 5


class Busy(Unavailable):
    """As many calls are being answered as are allowed at once."""

    retry_after = 1


class SettingError(CartCdsError):
    """A setting is wrong. ``str()`` names it as the environment does, and says what it should be."""


class RuleError(CartCdsError):
    """A rule file is wrong. ``str()`` is ``file:line: what is wrong. How to mend it.``"""

    def __init__(self, text: str, file: str = "", line: int = 0) -> None:
        where = f"{file}:{line}: " if file else ""
        super().__init__(f"{where}{text}")
        self.plain = text
        self.file = file
        self.line = line


class RuleErrors(RuleError):
    """Everything that is wrong in the rule files, one line each, in file order."""

    def __init__(self, errors: Iterable[RuleError]) -> None:
        self.errors = tuple(sorted(errors, key=lambda error: (error.file, error.line)))
        super().__init__("\n".join(str(error) for error in self.errors))


class EngineError(CartCdsError):
    """The rule engine gave no answer, or two: the verdict is withheld rather than guessed."""
