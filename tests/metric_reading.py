"""Reading the metrics in a test: they count for the whole process, so a test looks at what is added."""

import re

from cds_service.watch.exposition import exposition


def samples(text=None):
    """Each sample's value, by its name with its labels as Prometheus writes them."""
    text = exposition().decode() if text is None else text
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


class Added:
    """What was added since it was made: ``added['cart_cds_feedback_total{outcome="accepted"}']``."""

    def __init__(self):
        self._before = samples()

    def __getitem__(self, name):
        return samples().get(name, 0) - self._before.get(name, 0)


def labels(text, label):
    """The values of a label, in all metrics."""
    return set(re.findall(rf'{label}="([^"]*)"', text))
