"""The metrics as Prometheus reads them, of all the worker processes of one service together."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from cds_service.watch.metrics import DIRECTORY, REGISTRY

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition() -> bytes:
    """Everything, in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_InUse(_source()))
    return generate_latest(registry)


def _source() -> Collector:
    directory = os.environ.get(DIRECTORY)
    if not directory:
        return REGISTRY
    _forget_the_dead(Path(directory))
    return MultiProcessCollector(None, directory)  # type: ignore[no-untyped-call]


class _InUse(Collector):
    """Without the versions of the rules that no process decides by any longer."""

    def __init__(self, source: Collector) -> None:
        self._source = source

    def collect(self) -> Iterable[Metric]:
        for metric in self._source.collect():
            if metric.name == "cart_cds_rules_info":
                metric.samples = [sample for sample in metric.samples if sample.value]
            yield metric


def _forget_the_dead(directory: Path) -> None:
    """A worker process that was killed has left its gauges behind."""
    for process in _processes(directory):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            mark_process_dead(process, str(directory))  # type: ignore[no-untyped-call]
        except PermissionError:
            continue


def _processes(directory: Path) -> Iterator[int]:
    """Those that have a gauge of their own: gauge_livesum_123.db."""
    for file in directory.glob("gauge_live*_*.db"):
        number = file.stem.rpartition("_")[2]
        if number.isdecimal():
            yield int(number)
