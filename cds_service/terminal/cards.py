"""CDS Hooks cards in a terminal, as a clinician's system would lay them out."""

from __future__ import annotations

from typing import Any

from rich.console import Console, Group
from rich.markdown import Markdown
from rich.panel import Panel
from rich.text import Text


def show_cards(cards: list[dict[str, Any]], console: Console) -> None:
    """Print each card: summary, detail (its Markdown rendered), what it suggests and where it comes from."""
    if not cards:
        console.print("No cards: no trial known here is a possible match for this patient.")
    for card in cards:
        foot = Text(f"Source: {card['source']['label']}", style="dim")
        for link in card.get("links", ()):
            foot.append(f"\nLink: {link['label']} <{link['url']}>")
        for suggestion in card.get("suggestions", ()):
            foot.append(f"\n[ {suggestion['label']} ]", style="bold")
        body = Group(Markdown(card.get("detail", "")), Text(), foot)
        console.print(Panel(body, title=Text(card["summary"], style="bold"), title_align="left"))
