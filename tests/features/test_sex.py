"""Recorded sex: what cannot be read, and a birth sex that differs, settle nothing."""

from __future__ import annotations

import pytest
from chart_with import AS_OF, concepts

from cds_service.features.chart import Chart
from cds_service.features.question import Evidence, Reason
from cds_service.features.sex import Sex
from cds_service.fhir.record import Record
from cds_service.fhir.resources import Extension, Patient
from cds_service.kleene import Truth

URL = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"


def read(**patient):
    record = Record(Patient(reference="Patient/p", **patient))
    return Chart(record, AS_OF, concepts()).answer(Sex(sex="female"))


@pytest.mark.parametrize(
    ("patient", "truth", "reason", "said"),
    [
        ({"damaged": ("gender",)}, Truth.UNKNOWN, Reason.UNUSABLE, "Recorded sex could not be read"),
        ({"gender": "female", "damaged": ("birthDate",)}, Truth.TRUE, None, "Recorded as female"),
        ({"extension": (Extension(url=URL, value_code="F"),)}, Truth.TRUE, None, "Recorded as female"),
        (
            {"extension": (Extension(), Extension(url=f"{URL}/", value_code="M"))},
            Truth.UNKNOWN,
            Reason.NEEDS_CLINICIAN,
            "Recorded as female, with male as birth sex",
        ),
        ({"extension": (Extension(url=URL, value_code="UNK"),)}, Truth.TRUE, None, "Recorded as female"),
        ({"extension": (Extension(url=URL),)}, Truth.TRUE, None, "Recorded as female"),
    ],
)
def test_what_settles_nothing_and_is_told(patient, truth, reason, said):
    reading = read(**{"gender": "female"} | patient)
    assert (reading.truth, reading.reason, reading.said) == (truth, reason, said)
    assert reading.evidence == (Evidence("Patient/p", value="female"),)
