"""The feedback report as a table for a terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table


def show_feedback(report: dict[str, Any], console: Console) -> None:
    """One line for each trial, its reasons for overriding the most frequent first."""
    table = Table(box=None, pad_edge=False)
    table.add_column("Trial", no_wrap=True)
    for name in ("Shown", "Accepted", "Overridden"):
        table.add_column(name, justify="right")
    table.add_column("Why overridden")
    for trial in report["trials"]:
        whys = (f"{why['code'] or 'no reason given'}: {why['count']}" for why in trial["overrideReasons"])
        table.add_row(
            trial["trial"],
            str(trial["shown"]),
            str(trial["accepted"]),
            str(trial["overridden"]),
            escape(", ".join(whys)),
        )
    if report["trials"]:
        console.print(table)
    else:
        console.print("No card was shown yet.")
    if report["unknownCards"]:
        console.print(f"Feedback on cards that were not shown to that client: {report['unknownCards']}")
