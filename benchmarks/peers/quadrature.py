"""Posterior of one or two cells by quadrature over everything that is unknown.

    python quadrature.py FOLDER

Reads ``case.json`` and ``reports.csv``, writes ``quadrature.json``. The case must be a
negative binomial walk of order one over at most two cells. It imports nothing of
conflictstats. The trapezoidal rule is used with two steps, one double the other; what
they differ by is the error that is written.
"""

import csv
import json
import sys
import time
from pathlib import Path

import numpy as np
import scipy
from scipy import special, stats

POINTS = {"start": 201, "step": 81, "log_step_sd": 61, "log_spread": 121}
FURTHEST = 40.0
"""Largest step sd and spread, in prior means."""
SMALLEST = -12.0
"""Smallest log of either; the prior has e^-12 of its mass below, in prior means."""


def log_pmf(count, log_mean, size):
    """Log probability of a small count, by the product of its odds."""
    rise = sum(np.log1p(j / size) for j in range(count)) - special.gammaln(count + 1)
    mean = np.exp(log_mean)
    return count * log_mean + rise - (size + count) * np.log1p(mean / size)


def log_chance(low, high, log_mean, size):
    """Log P(low <= Y <= high); no high is open."""
    counts = range(low) if high is None else range(low, high + 1)
    each = [log_pmf(count, log_mean, size) for count in counts]
    inside = special.logsumexp(each, axis=0)
    with np.errstate(divide="ignore"):
        return inside if high is not None else np.log1p(-np.exp(inside))


def axes_of(case, thin):
    """Grids of the first log rate, the step in sd, and the two hyperparameters."""
    prior = case["priors"]
    last = [np.log(FURTHEST / prior[k]) for k in ("step_rate", "spread_rate")]
    ends = ((-7, 7), (-6, 6), (SMALLEST, last[0]), (SMALLEST, last[1]))
    grids = [
        np.linspace(*each, points)[::thin]
        for each, points in zip(ends, POINTS.values(), strict=True)
    ]
    return grids if case["length"] == 2 else [grids[0], grids[3]]


def integrate(case, reports, thin):
    """Mean and sd of each unknown, and the log evidence, on every ``thin``-th point."""
    prior, axes = case["priors"], axes_of(case, thin)
    start, *steps = np.meshgrid(*axes[:-1], indexing="ij")
    known = {"eta0": prior["start_mean"] + prior["start_sd"] * start}
    weight = stats.norm.logpdf(start)
    if steps:
        step, log_step_sd = steps
        step_sd = np.exp(log_step_sd)
        known["eta1"] = known["eta0"] + step_sd * step
        known |= {"step_sd": step_sd, "log_step_sd": log_step_sd}
        weight += stats.norm.logpdf(step) + log_step_sd
        weight += stats.expon.logpdf(step_sd, scale=1 / prior["step_rate"])
    sums = 0.0
    for log_spread in axes[-1]:
        spread = np.exp(log_spread)
        density = weight + log_spread
        density = density + stats.expon.logpdf(spread, scale=1 / prior["spread_rate"])
        for low, high, cell, exposure in reports:
            log_mean = known[f"eta{cell}"] + np.log(exposure)
            density += log_chance(low, high, log_mean, spread**-2)
        mass = np.exp(density)
        known |= {"spread": spread, "log_spread": log_spread}
        moments = [(mass * x**power).sum() for x in known.values() for power in (1, 2)]
        sums += np.array([mass.sum(), *moments])
    total = sums[0]
    mean, square = sums[1:].reshape(-1, 2).T / total
    volume = sum(np.log(axis[1] - axis[0]) for axis in axes)
    sd = np.sqrt(square - mean**2)
    return dict(zip(known, zip(mean, sd, strict=True), strict=True)), np.log(
        total
    ) + volume


def main(folder):
    """Integrate a case twice, and write the finer answer with its error."""
    case = json.loads((folder / "case.json").read_text())
    with (folder / "reports.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    reports = [
        (
            int(r["low"]),
            int(r["high"]) if r["high"] else None,
            int(r["time"]),
            float(r["weight"]),
        )
        for r in rows
    ]
    before = time.process_time()
    (fine, evidence), (coarse, rough) = (
        integrate(case, reports, thin) for thin in (1, 2)
    )
    away = max(
        abs(a - b) for k in fine for a, b in zip(fine[k], coarse[k], strict=True)
    )
    moments = {k: {"mean": float(m), "sd": float(s)} for k, (m, s) in fine.items()}
    eta = [moments.pop(f"eta{i}") for i in range(case["length"])]
    answer = {
        "peer": "quadrature",
        "version": f"scipy {scipy.__version__}",
        "integrates": True,
        "cpu_s": round(time.process_time() - before, 2),
        "error": float(max(away, abs(evidence - rough))),
        "eta": {name: [each[name] for each in eta] for name in ("mean", "sd")},
        "hyper": moments,
        "log_evidence": float(evidence),
    }
    (folder / "quadrature.json").write_text(json.dumps(answer, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
