"""The questions about drugs, together: what is taken, was taken, how much, how long, and how long ago."""

from __future__ import annotations

from cds_service.features.distinct_drugs import DistinctDrugs
from cds_service.features.exposure import Exposure
from cds_service.features.glucocorticoid_dose import GlucocorticoidDose
from cds_service.features.intolerance import Intolerance
from cds_service.features.medication_use import doses_of
from cds_service.features.stable_dose import StableDose
from cds_service.features.started import Started
from cds_service.features.taking import Taking
from cds_service.features.took import Took
from cds_service.features.washed_out import WashedOut

__all__ = [
    "DistinctDrugs",
    "Exposure",
    "GlucocorticoidDose",
    "Intolerance",
    "StableDose",
    "Started",
    "Taking",
    "Took",
    "WashedOut",
    "doses_of",
]
