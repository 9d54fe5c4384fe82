"""Does what was said hold, and does a model: claims, predictive checks, calibration."""

from conflictstats.evaluate.calibration import (
    Calibration,
    calibration_of,
    calibration_table,
    coverage_band,
    ecdf_difference,
    rank_of_truth,
)
from conflictstats.evaluate.checks import FitCheck, check_fit
from conflictstats.evaluate.claims import (
    Claim,
    ClaimCheck,
    Evidence,
    Subject,
    Verdict,
    check_claim,
    claims_frame,
)
from conflictstats.evaluate.engine_calibration import EngineCalibration, SeriesModel
from conflictstats.evaluate.last_bulletin import LastBulletin, leave_last_out
from conflictstats.evaluate.rate_calibration import RateCalibration

__all__ = [
    "Calibration",
    "Claim",
    "ClaimCheck",
    "EngineCalibration",
    "Evidence",
    "FitCheck",
    "LastBulletin",
    "RateCalibration",
    "SeriesModel",
    "Subject",
    "Verdict",
    "calibration_of",
    "calibration_table",
    "check_claim",
    "check_fit",
    "claims_frame",
    "coverage_band",
    "ecdf_difference",
    "leave_last_out",
    "rank_of_truth",
]
