import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.colors import same_color
from matplotlib.dates import date2num

from conflictstats.errors import SettingError
from conflictstats.models.civilian_share import (
    DynamicShare,
    DynamicShareFit,
    ShareBounds,
)
from conflictstats.plot.share import (
    DENOMINATOR_COLORS,
    PLACE_COLORS,
    plot_running_share,
    plot_share,
)

WEEKS = np.datetime64("2019-04-29", "us") + 7 * np.timedelta64(1, "D") * np.arange(8)
SPANS = ["2019-04-29/2019-05-26", "2019-05-27/2019-06-23"]


def fit_of(denominator, places=("A",)):
    """A share that rises from .2 to .8, with draws around it."""
    rng = np.random.default_rng(2)
    share = np.linspace(0.2, 0.8, 8)[:, None] + 0.02 * rng.normal(
        size=(300, 8, len(places))
    )
    draws = xr.Dataset(
        {"share": (("draw", "time", "place", "category"), share[..., None])},
        {
            "category": ["civilians"],
            "time": WEEKS,
            "time_end": ("time", WEEKS + np.timedelta64(6, "D")),
        }
        | {"place": [*places]},
    )
    status = xr.Dataset({"status": ("place", ["CONVERGED"] * len(places))})
    model = DynamicShare(denominator=denominator)
    return DynamicShareFit(model=model, draws=draws, diagnostics=status)


def bounds_of(denominator, unknown=(5, 0)):
    """Two spans: 3 civilians of 10 with 5 unknown, and 6 of 10 with none."""
    counts = {
        "deaths_civilians": [3, 6],
        "deaths_government": [1, 2],
        "deaths_nonstate": [1, 2],
        "deaths_unknown": [*unknown],
    }
    total = np.sum([*counts.values()], axis=0)
    ends = dict.fromkeys(["low", "best", "high"], total)
    table = pd.DataFrame(counts | ends | {"period": SPANS})
    model = ShareBounds(denominator=denominator, replicates=2)
    return model.fit(table, by="period", rng=np.random.default_rng(1))


def boxes(axes, color):
    """Left, right, lower and upper edge of each box of one colour."""
    return [
        (p.get_x(), p.get_x() + p.get_width(), p.get_y(), p.get_y() + p.get_height())
        for p in axes.patches
        if same_color(p.get_edgecolor(), color)
    ]


def test_boxes_are_the_bounds_over_the_days_of_their_spans():
    fits = [fit_of("all")]
    axes = plot_share(fits, {"A": [bounds_of("all")]}).axes[0]
    first, second = boxes(axes, PLACE_COLORS[0])
    begin = date2num(WEEKS[0])
    assert first == pytest.approx((begin, begin + 28, 0.3, 0.8))
    assert second == pytest.approx((begin + 28, begin + 56, 0.6, 0.6))


def test_a_line_in_its_band_only_where_there_is_a_fit():
    fit, bounds = fit_of("all"), bounds_of("all")
    figure = plot_share([fit], {"A": [bounds], "both": [bounds]}, level=0.8)
    (line,) = [a for a in figure.axes[0].lines if len(a.get_xdata()) == len(WEEKS)]
    known = fit.share(0.8).sel(place="A")
    assert line.get_ydata().tolist() == known["estimate"].values.tolist()
    assert same_color(line.get_color(), PLACE_COLORS[0])
    corners = figure.axes[0].collections[0].get_paths()[0].vertices
    assert corners[:, 1].min() == pytest.approx(known["lower"].min().item())
    assert corners[:, 1].max() == pytest.approx(known["upper"].max().item())
    assert len(boxes(figure.axes[0], PLACE_COLORS[1])) == 2
    said = [text.get_text() for text in figure.legends[0].get_texts()]
    assert said == [
        "A: reported, bounds",
        "A: estimate, 80% credible interval",
        "both: reported, bounds",
    ]


def test_each_denominator_has_a_panel_with_its_name_and_a_scale_in_per_cent():
    whom = ["all", "known", "without_government"]
    figure = plot_share(
        [fit_of(name) for name in whom], {"A": [bounds_of(name) for name in whom]}
    )
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "of all recorded dead",
        "of the dead of known status",
        "government dead left out",
    ]
    assert figure.get_supylabel() == "share of civilians"
    for axes in figure.axes:
        assert axes.yaxis.get_major_formatter()(0.5) == "50 %"
        low, high = axes.get_ylim()
        assert low < 0 < 1 < high


def test_the_claim_is_a_line_across_every_panel():
    whom = ["all", "known"]
    figure = plot_share(
        [fit_of(name) for name in whom],
        {"A": [bounds_of(name) for name in whom]},
        claim=0.4,
    )
    for axes in figure.axes:
        assert [0.4, 0.4] in [list(line.get_ydata()) for line in axes.lines]


def test_a_span_in_which_nobody_died_has_no_box():
    names = ["deaths_civilians", "low", "best", "high"]
    table = pd.DataFrame({name: [0, 4] for name in names} | {"period": SPANS})
    table = table.assign(deaths_a=0, deaths_b=0, deaths_unknown=0)
    model = ShareBounds(denominator="all", replicates=2)
    empty = model.fit(table, by="period", rng=np.random.default_rng(1))
    axes = plot_share([fit_of("all")], {"A": [empty]}).axes[0]
    assert [box[2:] for box in boxes(axes, PLACE_COLORS[0])] == [(1, 1)]


def test_denominators_that_do_not_agree_are_refused():
    fits = [fit_of("all"), fit_of("known")]
    with pytest.raises(SettingError, match=r"bounds of A are of .*'known', 'all'"):
        plot_share(fits, {"A": [bounds_of("known"), bounds_of("all")]})
    with pytest.raises(SettingError, match="1 to 4 places, got 0"):
        plot_share(fits, {})


def test_a_name_with_a_dollar_can_be_drawn(tmp_path):
    name = "Rue $ant_^$"
    figure = plot_share([fit_of("all", [name])], {name: [bounds_of("all")]})
    figure.savefig(tmp_path / "share.pdf")


def test_running_boxes_end_with_their_week_and_are_the_bounds():
    shape = {"time": ["2019-05-05", "2019-05-12"], "place": ["A", "B"]}
    shape |= {"denominator": ["all", "without_nonstate"]}
    values = np.arange(8).reshape(2, 2, 2) / 10
    lower = xr.DataArray(values, shape)
    figure = plot_running_share(xr.Dataset({"lower": lower, "upper": lower + 0.1}))
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["A", "B"]
    for place, axes in enumerate(figure.axes):
        for whom, name in enumerate(shape["denominator"]):
            found = boxes(axes, DENOMINATOR_COLORS[name])
            known = values[:, place, whom]
            assert [box[2] for box in found] == pytest.approx(known)
            assert [box[3] for box in found] == pytest.approx(known + 0.1)
            assert found[0][:2] == tuple(
                date2num(np.array(["2019-04-29", "2019-05-06"], "M8[D]"))
            )
    said = [text.get_text() for text in figure.legends[0].get_texts()]
    assert said == ["of all recorded dead", "non-state dead left out"]
