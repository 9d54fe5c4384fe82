"""Negative binomial regression by glum, dispersion and all: python FILE FOLDER.

glum takes the dispersion as given, so that it is alternated with its likelihood.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from glum import GeneralizedLinearRegressor, NegativeBinomialDistribution
from scipy import optimize, special

folder = Path(sys.argv[1])
frame = pd.read_csv(folder / "rows.csv", dtype={"region": "category"})
deaths = frame.pop("deaths").to_numpy(float)


def loss(log_size: float, mean: np.ndarray) -> float:
    """Minus the log likelihood of the dispersion at some means."""
    size = np.exp(log_size)
    terms = special.gammaln(deaths + size) - special.gammaln(size)
    terms += size * np.log(size / (size + mean)) + deaths * np.log(mean / (size + mean))
    return -terms.sum()


before = time.process_time()
theta, change = 1.0, 1.0
model = GeneralizedLinearRegressor(
    family=NegativeBinomialDistribution(theta=theta),
    alpha=0,
    drop_first=True,
    warm_start=True,
)
while change > 1e-4:
    model.family = NegativeBinomialDistribution(theta=theta)
    model.fit(frame, deaths)
    found = optimize.minimize_scalar(
        loss, bounds=(-5, 8), args=(model.predict(frame),), method="bounded"
    )
    change = abs(np.exp(-found.x) / theta - 1)
    theta = np.exp(-found.x)
spent = time.process_time() - before
named = dict(zip(model.feature_names_, model.coef_, strict=True))
lags = [str(named[f"lag{i}"]) for i in range(12)]
(folder / "glum.txt").write_text(f"{spent}\n{' '.join(lags)}\n")
