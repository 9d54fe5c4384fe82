"""Count regression on numbers as they were reported."""

from conflictstats.models.regression.fit import CountRegressionFit
from conflictstats.models.regression.model import CountRegression
from conflictstats.models.regression.status import RegressionStatus

__all__ = ["CountRegression", "CountRegressionFit", "RegressionStatus"]
