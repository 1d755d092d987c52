"""The one day on which every synthetic patient is judged."""

from datetime import date, timedelta

AS_OF = date(2026, 11, 1)


def days_ago(days: int) -> str:
    return (AS_OF - timedelta(days=days)).isoformat()
