"""Asking the EHR's own FHIR server for what the prefetch lacks: registered servers only, in bounded time."""

from cds_service.fetching.access import Access
from cds_service.fetching.fetch import Fetched, Fetcher

__all__ = ["Access", "Fetched", "Fetcher"]
