"""Negative binomial regression by glum at a given dispersion: python FILE FOLDER."""

import sys
import time
from pathlib import Path

import pandas as pd
from glum import GeneralizedLinearRegressor, NegativeBinomialDistribution

folder = Path(sys.argv[1])
frame = pd.read_csv(folder / "rows.csv", dtype={"region": "category"})
deaths = frame.pop("deaths").to_numpy(float)
law = NegativeBinomialDistribution(theta=1 / 1.5)
model = GeneralizedLinearRegressor(law, alpha=0, drop_first=True, gradient_tol=1e-6)
before = time.process_time()
model.fit(frame, deaths)
spent = time.process_time() - before
named = dict(zip(model.feature_names_, model.coef_, strict=True))
lags = [str(named[f"lag{i}"]) for i in range(12)]
(folder / "glum.txt").write_text(f"{spent}\n{' '.join(lags)}\n")
