import json

import numpy as np
import pytest
import xarray as xr

from conflictstats.models.rates import DynamicRate
from conflictstats.report.rate import write_rate

pytestmark = pytest.mark.filterwarnings("ignore::conflictstats.errors.FitWarning")


def written(places, folder):
    """Names of the files of a fit of so many places."""
    first = np.datetime64("2019-04-01", "us") + 7 * np.timedelta64(1, "D") * np.arange(
        6
    )
    counts = np.tile([[5.0], [3], [9], [4], [6], [5]], places)
    cells = xr.Dataset(
        {name: (("time", "place"), counts) for name in ("low", "best", "high")},
        {"time": first, "time_end": ("time", first + np.timedelta64(6, "D"))}
        | {"place": [f"P{i}" for i in range(places)]},
    )
    fit = DynamicRate(draws=50).fit(cells, rng=np.random.default_rng(1))
    return [path.name for path in write_rate(fit, cells, folder / "out")]


def test_a_rate_is_written_as_table_record_and_figure(tmp_path):
    assert written(2, tmp_path) == ["rate.csv", "rate.json", "rate.pdf"]
    record = json.loads((tmp_path / "out" / "rate.json").read_text())
    assert [total["estimate"] for total in record["totals"]] == [32, 32]
    assert (tmp_path / "out" / "rate.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.filterwarnings("ignore::conflictstats.errors.FitWarning")
def test_more_places_than_a_figure_holds_are_written_without_one(tmp_path):
    assert written(25, tmp_path) == ["rate.csv", "rate.json"]
