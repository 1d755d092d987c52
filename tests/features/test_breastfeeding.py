"""Breastfeeding now."""

import pytest
from chart_with import chart_with, coded, condition, obs

from cds_service.features.breastfeeding import Breastfeeding
from cds_service.features.question import Reason
from cds_service.fhir.systems import LOINC
from cds_service.kleene import Truth

STATUS = "63895-7"


def ask(*resources, **more):
    return chart_with(*resources, **more).answer(Breastfeeding())


@pytest.mark.parametrize(
    ("observation", "truth"),
    [
        (obs(STATUS, coded("LA29252-6", LOINC)), Truth.TRUE),
        (obs(STATUS, coded("LA29253-4", LOINC)), Truth.FALSE),
        (obs(STATUS, value_boolean=True), Truth.TRUE),
        (obs(STATUS, value_boolean=False), Truth.FALSE),
        (obs(STATUS, "Not currently breastfeeding"), Truth.FALSE),
        (obs(STATUS, coded("LA4489-6", LOINC)), Truth.UNKNOWN),
        (obs(STATUS, "perhaps"), Truth.UNKNOWN),
        (condition("169750002"), Truth.TRUE),
        (condition("169750002", clinical="resolved"), Truth.UNKNOWN),
        (condition("169750002", clinical=None), Truth.UNKNOWN),
    ],
)
def test_by_status_or_condition(observation, truth):
    assert ask(observation).truth is truth


def test_status_and_active_condition_that_disagree():
    assert ask(obs(STATUS, value_boolean=False), condition("169750002")).reason is Reason.CONFLICTING


def test_nothing_on_record_and_who_is_not_concerned():
    assert ask().reason is Reason.MISSING_DATA
    assert ask(gender="male").not_applicable
    assert ask(born="2019-01-01").not_applicable
