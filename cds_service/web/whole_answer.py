"""How an answer goes to the server."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Response


class WholeAnswer(Response):
    """What is in memory goes as a list, which granian sends at once: an iterator it sends piece by piece, by
    a longer way.
    """

    def get_app_iter(self, environ: dict[str, Any]) -> Iterable[bytes]:
        if self.is_sequence and self.status_code == 200 and environ["REQUEST_METHOD"] != "HEAD":
            return list(self.iter_encoded())
        return super().get_app_iter(environ)
