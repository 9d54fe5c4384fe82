# %% [markdown]
# What do several reports of one incident add up to, and how well did the bulletins so
# far foretell the last figure?

# %%
from conflictstats.datasets import load_nw_syria_reports
from conflictstats.evaluate import leave_last_out
from conflictstats.models.incidents import Incidents
from conflictstats.panel.paths import MEASURES
from conflictstats.plot.incidents import plot_incidents
from conflictstats.report import Analysis, Numbers

LEVEL = 0.9
DIGITS = 3
study = Analysis.here(__file__)
numbers, rng = Numbers(), study.rng()
reports = study.use(load_nw_syria_reports())

# %%
fit = Incidents().fit(reports, rng=rng)
frame = fit.to_frame(LEVEL)
numbers.add("incidents_reports", fit.nobs)
numbers.add("incidents_counts", len(frame))
numbers.add("incidents_several", int((frame["n_reports"] > 1).sum()))
numbers.add("incidents_bodies_found", fit.params.sel(param="found").item())
numbers.add("incidents_correction", fit.params.sel(param="correction").item())
numbers.add("incidents_out_of_line", len(fit.out_of_line()))
numbers.add("incidents_status", fit.status.value)
for reason in ("undated", "copies", "same_day"):
    numbers.add(f"incidents_{reason}", int(fit.diagnostics[reason]))

# %% Figure: where it was and when
table = reports.frame
first = table.drop_duplicates("event_key").set_index("event_key")
day = first["period_end"].dt.strftime("%d %b").str.removeprefix("0")
names = (first["place"].str.split(";").str[0] + ", " + day).to_dict()
study.save_figure(plot_incidents(fit, most=16, level=LEVEL, names=names), "incidents")

# %% The last figure, left out: killed and civilians apart, then as one number
numbers.add("incidents_level", LEVEL)
dead = table[table["kind"].eq("incident") & table["measure"].isin(MEASURES)]
numbers.add("incidents_two_rows", int((dead["event_key"].value_counts() > 1).sum()))
together = dead.assign(measure="killed")
for name, rows in {"apart": table, "together": together}.items():
    left = leave_last_out(rows, rng=rng, level=LEVEL)
    scores = left.scores.round(DIGITS)
    numbers.add(f"last_{name}_figures", len(left.figures))
    numbers.add(f"last_{name}_incidents", left.figures["event_key"].nunique())
    inside = left.figures["last_figure"].between(
        left.figures["lower"], left.figures["upper"]
    )
    numbers.add(f"last_{name}_inside", inside.mean())
    units = dict.fromkeys(scores.columns, "people")
    numbers.add_table(f"last_{name}", scores.reset_index(), units=units)
    for rule, row in scores.iterrows():
        for part in ("crps", "rule_error", "difference", "lower", "upper"):
            numbers.add(f"last_{name}_{rule}_{part}", row[part])
    numbers.add(f"last_{name}_mean_error", scores["mean_error"].iloc[0])
study.save_numbers(numbers)
