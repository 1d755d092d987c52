"""CAR-T trial matching for the chart: FHIR R4 in, CDS Hooks cards out.

``create_app`` is imported when it is first asked for, so that the command line and the matcher alone do not
pay for Flask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cds_service.web.app import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    if name == "create_app":
        from cds_service.web.app import create_app  # noqa: PLC0415  # see above

        return create_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
