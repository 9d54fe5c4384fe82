"""Data of the case; see tests/reference/stock_flow."""

from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parents[2] / "tests" / "reference" / "stock_flow"
DAYS, LAGS, START, SEED = 84, 60, "2019-05-01", 20190501


def data():
    """Violence by day from before the first, and reports of two bodies."""
    rng = np.random.default_rng(SEED)
    days = pd.date_range(START, periods=DAYS)
    before = pd.date_range(end=days[0], periods=LAGS)[:-1]
    level = np.repeat(rng.gamma(0.6, 12.0, 12 + 9), 7)[: LAGS - 1 + DAYS]
    deaths = rng.poisson(level)
    known = pd.DataFrame({"date": before.append(days), "deaths": deaths})
    known.to_csv(HERE / "violence.csv", index=False)
    weights = 0.5 ** (np.arange(LAGS) / 10)
    driven = np.convolve(deaths, weights / weights.sum())[LAGS - 1 : LAGS - 1 + DAYS]
    fled = (60 + 40 * driven) * np.exp(0.4 * np.repeat(rng.standard_normal(12), 7))
    stock, home, stocks = 20e3, [], []
    for each in fled:
        home.append(0.002 * stock)
        stock += each - home[-1]
        stocks.append(stock)
    said = reports(rng, days, fled, np.array(home), np.array(stocks))
    said.to_csv(HERE / "reports.csv", index=False)


def reports(rng, days, fled, home, stocks):
    """What two bodies say, in the columns of a displacement table."""
    rows = []

    def say(body, measure, end, truth, start=None, **more):
        value = truth * np.exp(0.08 * rng.standard_normal()) * more.pop("times", 1.0)
        number = float(f"{value:.3g}")
        low, high, word = number, number, "exact"
        if more.pop("bound", False):
            low, high, word = float(f"{0.9 * value:.1g}"), np.inf, "at_least"
        unit = more.pop("unit", "persons")
        first = days[end if start is None else start]
        rows.append(
            {"report_id": f"r{len(rows)}", "body": body, "measure": measure}
            | {"unit": unit, "place": "NW", "start": first, "end": days[end]}
            | {"low": low, "high": high, "qualifier": word}
            | {
                "coverage": more.get("coverage", "all"),
                "n_assessed": more.get("n", 700),
            }
        )

    for end in range(6, DAYS, 14):
        say("A", "stock", end, stocks[end], bound=end == 34)
    for end in range(13, DAYS, 14):
        say("B", "cumulative", end, fled[: end + 1].sum(), start=0, times=1.1)
    say("B", "flow", 55, fled[28:56].sum(), start=28, times=1.1)
    say("B", "flow", 69, 1.4 * fled[42:70].sum(), 42, unit="movements", times=1.1)
    say("B", "flow", 83, 1.4 * fled[56:84].sum(), 56, unit="movements", times=1.1)
    say("A", "returns", 41, home[14:42].sum(), start=14)
    say("A", "returns", 69, home[42:70].sum(), start=42)
    for end in (76, 83):
        say("A", "stock", end, 0.5 * stocks[end], coverage="half", n=350)
    say("A", "flow", 20, fled[7:21].sum(), start=7)
    return pd.DataFrame(rows)


if __name__ == "__main__":
    data()
