"""How many were never counted: multiple systems estimation."""

from conflictstats.models.undercount.answer import Answer, answers_frame
from conflictstats.models.undercount.combine import combine_replicates, total_of_strata
from conflictstats.models.undercount.compare import compare_undercount
from conflictstats.models.undercount.comparison import Comparison
from conflictstats.models.undercount.consistency import (
    InternalConsistency,
    internal_consistency,
)
from conflictstats.models.undercount.coverage import SampleCoverage
from conflictstats.models.undercount.decomposable import DecomposableGraphs
from conflictstats.models.undercount.decomposable_fit import DecomposableGraphsFit
from conflictstats.models.undercount.estimate import UnlistedFit
from conflictstats.models.undercount.floor import ChaoFloor
from conflictstats.models.undercount.heterogeneity import Heterogeneity
from conflictstats.models.undercount.identification import (
    FixedOddsRatio,
    implied_odds_ratios,
    odds_ratio_curve,
    odds_ratio_subsets,
)
from conflictstats.models.undercount.latent_class import LatentClass
from conflictstats.models.undercount.latent_class_fit import LatentClassFit
from conflictstats.models.undercount.log_linear import LogLinear
from conflictstats.models.undercount.log_linear_fit import LogLinearFit
from conflictstats.models.undercount.pairs import LincolnPetersen, LincolnPetersenFit
from conflictstats.models.undercount.status import UndercountStatus
from conflictstats.models.undercount.thresholded import ThresholdedLogLinear
from conflictstats.models.undercount.thresholded_fit import ThresholdedLogLinearFit
from conflictstats.models.undercount.uncertain_odds_ratio import (
    UncertainOddsRatio,
    UncertainOddsRatioFit,
)

__all__ = [
    "Answer",
    "ChaoFloor",
    "Comparison",
    "DecomposableGraphs",
    "DecomposableGraphsFit",
    "FixedOddsRatio",
    "Heterogeneity",
    "InternalConsistency",
    "LatentClass",
    "LatentClassFit",
    "LincolnPetersen",
    "LincolnPetersenFit",
    "LogLinear",
    "LogLinearFit",
    "SampleCoverage",
    "ThresholdedLogLinear",
    "ThresholdedLogLinearFit",
    "UncertainOddsRatio",
    "UncertainOddsRatioFit",
    "UndercountStatus",
    "UnlistedFit",
    "answers_frame",
    "combine_replicates",
    "compare_undercount",
    "implied_odds_ratios",
    "internal_consistency",
    "odds_ratio_curve",
    "odds_ratio_subsets",
    "total_of_strata",
]
