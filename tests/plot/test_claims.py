"""The figure says what the table of checks says, cut but never changed."""

import io
import math

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import same_color

from conflictstats.evaluate import Claim, Evidence, Subject, check_claim, claims_frame
from conflictstats.plot.claims import VERDICTS, plot_claims
from conflictstats.quantity import Reported

KILLED = Subject(
    quantity="people killed",
    area="Idlib",
    start="2019-04-29",
    end="2019-06-10",
    body="rescuers",
)
SHARE = Subject(
    quantity="civilian share",
    area="Idlib",
    start="",
    end="2019-06-09",
    denominator="of all dead",
    body="UCDP",
)
DRAWS = xr.DataArray(np.arange(1401.0, 1601.0), dims="draw")


def figure_of(*pairs):
    checks = [
        check_claim(Claim(text=text, reported=said, subject=subject), evidence)
        for text, said, subject, evidence in pairs
    ]
    return plot_claims(claims_frame(checks))


def killed(evidence, text="over 1,500"):
    return text, Reported.more_than(1500), KILLED, evidence


def half(bounds):
    said = Reported.more_than(0.5, unit="share")
    return "over half", said, SHARE, Evidence(subject=SHARE, bounds=bounds)


def rows(figure):
    """Texts of each row, from left to right, by height; the marker of each row."""
    (axes,) = figure.axes
    by_row = {}
    for text in sorted(axes.texts, key=lambda text: text.get_position()[0]):
        by_row.setdefault(text.get_position()[1], []).append(text.get_text())
    signs = {
        line.get_ydata()[0]: line for line in axes.lines if len(line.get_xdata()) == 1
    }
    return [by_row[y] for y in sorted(by_row)], [signs[y] for y in sorted(signs)]


def test_a_block_has_the_claim_its_source_and_a_row_for_each_piece_of_evidence():
    texts, signs = rows(
        figure_of(
            killed(Evidence(subject=KILLED, bounds=Reported.between(1505, 1520))),
            killed(Evidence(subject=KILLED, bounds=Reported.exactly(948))),
            killed(Evidence(subject=KILLED, draws=DRAWS)),
            killed(Evidence(subject=KILLED, why_not="the table is by week")),
        )
    )
    about = "Idlib, to 2019-06-10"
    assert texts == [
        ["who counts", "where, until, of whom; or why not", "says", "and so"],
        ["“over 1,500”", "rescuers"],
        ["rescuers", about, "1,505 – 1,520", "supports"],
        ["rescuers", about, "948", "contradicts"],
        ["rescuers", about, "1,411 – 1,590", "does not decide (P = 0.50)"],
        ["rescuers", "the table is by week", "–", "cannot speak to it"],
    ]
    verdicts = ["SUPPORTED", "CONTRADICTED", "UNDECIDED", "NOT_CHECKABLE"]
    for sign, verdict in zip(signs, verdicts, strict=True):
        _, color, marker = VERDICTS[verdict]
        assert sign.get_marker() == marker
        assert same_color(sign.get_color(), color)


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        (Reported.between(0.264, 0.71, unit="share"), "26% – 71%"),
        (Reported.exactly(0.31, unit="share"), "31%"),
        (Reported.at_least(0.6, unit="share"), "60% or more"),
    ],
)
def test_shares_are_told_in_percent(bounds, words):
    texts, _ = rows(figure_of(half(bounds)))
    assert texts[2][1:3] == ["Idlib, to 2019-06-09, of all dead", words]


def test_a_floor_has_no_upper_end():
    texts, _ = rows(
        figure_of(killed(Evidence(subject=KILLED, bounds=Reported(7, math.inf))))
    )
    assert texts[2][2] == "7 or more"


def test_claims_keep_their_order_and_their_rows():
    known = Evidence(subject=KILLED, bounds=Reported.exactly(948))
    texts, _ = rows(
        figure_of(
            killed(known, "zulu"),
            killed(known, "alpha"),
            half(Reported.exactly(0.3, unit="share")),
        )
    )
    heads = [row[0] for row in texts if row[0].startswith("“")]
    assert heads == ["“zulu”", "“alpha”", "“over half”"]


def test_long_text_is_cut_and_dollars_are_letters():
    long = "$ant_^ because " + "x" * 200 + "$"
    figure = figure_of(
        killed(Evidence(subject=KILLED, why_not=long), "the $5_^ claim$")
    )
    texts, _ = rows(figure)
    assert texts[1][0] == r"“the \$5_^ claim\$”"
    assert texts[2][1].startswith(r"\$ant_^ because xxx")
    assert texts[2][1].endswith("x…")
    assert len(texts[2][1]) < 70
    figure.savefig(io.BytesIO(), format="pdf")
