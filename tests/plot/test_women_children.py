"""What is drawn is what the checks say."""

import numpy as np
from numpy.testing import assert_allclose

from conflictstats.datasets import load_nw_syria_reports
from conflictstats.evaluate.women_children import women_children_frame
from conflictstats.plot.women_children import plot_women_children


def test_bars_and_strokes_are_where_the_checks_are():
    checks = women_children_frame(
        load_nw_syria_reports(), population_share=(0.67, 0.81)
    )
    ohchr = checks[checks["source_org"] == "OHCHR"]
    (axes,) = plot_women_children(ohchr).axes
    bars = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in axes.patches]
    assert_allclose(bars, ohchr[["lower", "upper"]])
    strokes = axes.lines[0].get_xdata()
    assert_allclose(strokes, ohchr["women_children_low"])


def test_what_has_no_end_reaches_the_edge():
    checks = women_children_frame(
        load_nw_syria_reports(), population_share=(0.67, 0.81)
    )
    open_above = checks[np.isinf(checks["upper"])]
    (axes,) = plot_women_children(open_above).axes
    (bar,) = axes.patches
    assert_allclose(bar.get_x() + bar.get_width(), axes.get_xlim()[1])
