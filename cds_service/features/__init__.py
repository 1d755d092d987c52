"""What a criterion may ask: one small module for each family of clinical facts.

``QUESTIONS`` maps the keyword that opens a leaf of a trial file to its question.
"""

from __future__ import annotations

from cds_service.features.age import Age
from cds_service.features.allergies import DrugAllergy
from cds_service.features.breastfeeding import Breastfeeding
from cds_service.features.change import Fall, Rise
from cds_service.features.childbearing import Childbearing
from cds_service.features.classification_points import Points
from cds_service.features.clinician import AskClinician
from cds_service.features.creatinine_clearance import CreatinineClearance
from cds_service.features.diagnoses import Diagnosis
from cds_service.features.distinct_drugs import DistinctDrugs
from cds_service.features.egfr import Egfr
from cds_service.features.exposure import Exposure
from cds_service.features.glucocorticoid_dose import GlucocorticoidDose
from cds_service.features.immunizations import Immunization
from cds_service.features.intolerance import Intolerance
from cds_service.features.measurements import Lab, Measurement
from cds_service.features.planned_procedures import PlannedProcedure
from cds_service.features.pregnancy import PregnancyTest, Pregnant
from cds_service.features.procedures import Procedure
from cds_service.features.qualitative import QualitativeResult
from cds_service.features.question import Question
from cds_service.features.reports import ReportOnRecord
from cds_service.features.research import OtherTrial
from cds_service.features.scores import Score
from cds_service.features.sex import Sex
from cds_service.features.stable_dose import StableDose
from cds_service.features.started import Started
from cds_service.features.taking import Taking
from cds_service.features.took import Stopped, Took
from cds_service.features.washed_out import WashedOut

QUESTIONS: dict[str, type[Question]] = {
    question.keyword: question
    for question in (
        Age,
        AskClinician,
        Breastfeeding,
        Childbearing,
        CreatinineClearance,
        Diagnosis,
        DistinctDrugs,
        DrugAllergy,
        Egfr,
        Exposure,
        Fall,
        GlucocorticoidDose,
        Immunization,
        Intolerance,
        Lab,
        Measurement,
        OtherTrial,
        PlannedProcedure,
        Points,
        PregnancyTest,
        Pregnant,
        Procedure,
        QualitativeResult,
        ReportOnRecord,
        Rise,
        Score,
        Sex,
        StableDose,
        Stopped,
        Started,
        Taking,
        Took,
        WashedOut,
    )
}
