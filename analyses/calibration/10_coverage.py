# %% [markdown]
# Which cells hold what they say? Drawn from the files of the long run.

# %%
import pandas as pd
from cells import CELLS, COMPONENTS, FAMILIES, STRATIFIED
from scipy import special

from conflictstats.evaluate import (
    calibration_of,
    calibration_table,
    coverage_band,
    ecdf_difference,
)
from conflictstats.evaluate.strata import STRATA, WARNED
from conflictstats.plot.calibration import plot_coverage, plot_ecdf_difference
from conflictstats.report import Analysis, Numbers

DRAWS = 399
WORSE = 0.85
"""Coverage of an interval that a study should find out."""
study = Analysis.here(__file__)
files = {path.stem: path for path in (study.folder / "results").glob("*.csv")}
fits = {
    cell.name: pd.read_csv(files[cell.name], comment="#")
    for cell in CELLS
    if cell.name in files
}
studies = {name: rows.query(f"not ({WARNED})") for name, rows in fits.items()}
warned = pd.concat([rows.query(WARNED) for rows in fits.values()])
table = calibration_table(studies, DRAWS, strata=STRATA, stratified=STRATIFIED)
table.to_csv(study.output / "calibration.csv", index=False, float_format="%.5g")
whole = table[table["stratum"] == "all"]

# %%
panels = {
    family: {f"{name}-{how}-rw1": how for name, how in FAMILIES if name == family}
    for family in dict(FAMILIES)
}
components = {cell.name: cell.name.removeprefix("negbin-exact-") for cell in COMPONENTS}
panels["negbin, exact; component"] = components
study.save_figure(plot_coverage(table, panels=panels), "coverage")
curves = {
    name: ecdf_difference(studies[name]["rank_total"].dropna(), DRAWS)
    for name in STRATIFIED
    if name in studies
}
study.save_figure(plot_ecdf_difference(curves), "ranks")

# %%
numbers = Numbers()
numbers.add("cells", len(studies))
numbers.add("stratified", len(curves))
numbers.add("fewest", min(len(rows) for rows in fits.values()))
numbers.add("most", max(len(rows) for rows in fits.values()))
numbers.add("fits", sum(len(rows) for rows in fits.values()))
numbers.add("warned", len(warned))
level = warned["rank_total"].fillna(warned["rank_mean"]).dropna()
numbers.add("warned_coverage", calibration_of(level, DRAWS).coverage)
numbers.add("rows", len(table))
numbers.add("failed", int((~table["passes"]).sum()))
numbers.add("least_coverage", whole["coverage"].min())
numbers.add("most_coverage", whole["coverage"].max())
numbers.add(
    "inside", int(whole["coverage"].between(whole["lower"], whole["upper"]).sum())
)
numbers.add("quantities", len(whole))
numbers.add("band_lower", whole["lower"].min())
numbers.add("band_upper", whole["upper"].max())
numbers.add("level", 0.9)
numbers.add("worse", WORSE)
fewest = min(len(rows) for rows in fits.values())
lower = coverage_band(fewest)[0]
numbers.add("found_out", float(special.bdtr(round(lower * fewest) - 1, fewest, WORSE)))
numbers.add_table(
    "worst",
    table.nsmallest(12, "p_value")[
        ["cell", "quantity", "stratum", "n", "coverage", "z_mean", "z_variance"]
    ],
)
study.save_numbers(numbers)
