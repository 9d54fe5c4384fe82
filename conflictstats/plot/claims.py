"""Claims beside what other data say of them, as a table that is a figure."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from conflictstats.plot.style import (
    FAINT,
    INK,
    OKABE_ITO,
    new_figure,
    plain,
    styled,
)

ROW_MM = 4.1
VERDICTS = {
    "SUPPORTED": ("supports", OKABE_ITO["blue"], "o"),
    "CONTRADICTED": ("contradicts", OKABE_ITO["vermillion"], "X"),
    "UNDECIDED": ("does not decide", OKABE_ITO["orange"], "D"),
    "NOT_CHECKABLE": ("cannot speak to it", FAINT, "_"),
}
COLUMNS = {"body": 0.02, "about": 0.29, "says": 0.66, "verdict": 0.815}
LONGEST = {"body": 43, "about": 66, "says": 30, "verdict": 40}


@styled
def plot_claims(checks: pd.DataFrame) -> Figure:
    """Draw each claim with a line for every piece of evidence.

    Parameters
    ----------
    checks : DataFrame
        From :func:`conflictstats.evaluate.claims_frame`.

    Returns
    -------
    Figure
        One block a claim: who says it, who counts what and where, the number or
        interval, and the verdict with its probability where there is one.

    Examples
    --------
    >>> from conflictstats.evaluate import Claim, Evidence, Subject
    >>> from conflictstats.evaluate import check_claim, claims_frame
    >>> from conflictstats.quantity import Reported
    >>> when = dict(start="2019-04-29", end="2019-06-10")
    >>> about = Subject(quantity="killed", area="Idlib", body="rescuers", **when)
    >>> claim = Claim(text="over 10", reported=Reported.more_than(10), subject=about)
    >>> table = Evidence(subject=about, bounds=Reported.between(2, 8))
    >>> figure = plot_claims(claims_frame([check_claim(claim, table)]))
    >>> figure.axes[0].texts[-1].get_text()
    'contradicts'
    """
    groups = list(checks.groupby(["claim", "claimed_by"], sort=False))
    rows = len(checks) + 1.6 * len(groups) + 1
    figure = new_figure("double", ROW_MM * rows + 4)
    axes = figure.subplots()
    axes.set(xlim=(0, 1), ylim=(rows, 0))
    axes.set_axis_off()
    heads = {"body": "who counts", "about": "where, until, of whom; or why not"}
    heads |= {"says": "says", "verdict": "and so"}
    for name, x in COLUMNS.items():
        axes.text(x, 0.5, heads[name], color=FAINT, va="center", fontsize=6)
    y = 1.0
    for (claim, by), block in groups:
        y += 0.6
        axes.axhline(y - 0.1, color="#cccccc", linewidth=0.5)
        axes.text(
            0, y + 0.5, plain(f"“{claim!s}”"), va="center", weight="bold", fontsize=6.5
        )
        axes.text(1, y + 0.5, plain(str(by)), va="center", ha="right", color=FAINT)
        y += 1
        for _, row in block.iterrows():
            _draw_row(axes, y + 0.5, row)
            y += 1
    return figure


def _draw_row(axes: Axes, y: float, row: pd.Series) -> None:
    """Draw one piece of evidence at height ``y``."""
    word, color, marker = VERDICTS[row["verdict"]]
    shown = row["verdict"] != "NOT_CHECKABLE"
    about = [row["area"], f"to {row['end']}", row["denominator"]]
    cells = {
        "body": row["body"],
        "about": ", ".join(part for part in about if part) if shown else row["reason"],
        "says": _says(row),
        "verdict": word + _chance(row),
    }
    for name, text in cells.items():
        axes.text(
            COLUMNS[name] + (0.02 if name == "verdict" else 0),
            y,
            plain(_cut(text, LONGEST[name])),
            va="center",
            fontsize=6,
            color=INK if shown else FAINT,
        )
    axes.plot(COLUMNS["verdict"] + 0.006, y, marker, color=color, markersize=4)


def _says(row: pd.Series) -> str:
    """Number or interval of the evidence."""
    if row["verdict"] == "NOT_CHECKABLE" or np.isnan(row["lower"]):
        return "–"
    share = row["quantity"].endswith("share")
    low, high = (
        f"{row[end]:.0%}" if share else f"{row[end]:,.0f}" for end in ("lower", "upper")
    )
    if np.isinf(row["upper"]) or (share and row["upper"] == 1 and row["lower"] < 1):
        return f"{low} or more"
    return low if low == high else f"{low} – {high}"


def _chance(row: pd.Series) -> str:
    """Probability that the claim holds, where it is neither 0 nor 1."""
    chance = row["probability"]
    return "" if np.isnan(chance) or chance in (0, 1) else f" (P = {chance:.2f})"


def _cut(text: str, longest: int) -> str:
    """Shorten text that would run into the next column."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
