# %% [markdown]
# Which share of the deaths has a first bulletin found, and how sure is that?

# %%
import numpy as np
import pandas as pd

from conflictstats.datasets import load_nw_syria_reports
from conflictstats.models.bulletins import FoundShare
from conflictstats.panel import bulletin_paths
from conflictstats.plot.found import plot_found_share
from conflictstats.report import Analysis, Numbers

study = Analysis.here(__file__)
rng = study.rng()
reports = study.use(load_nw_syria_reports())
paths = bulletin_paths(reports)
numbers = Numbers()
key = ["event_key", "source_org", "measure"]

# %%
fit = FoundShare().fit(paths, rng=rng)
study.save_figure(plot_found_share(fit, paths), "found_share")

# %% The paths
first = paths[paths["lag"] == 0]
ends = paths.groupby(key).agg(lag=("lag", "max"), course=("course", "first"))
thinned = ends[ends["course"] != "fell"]
numbers.add("paths", len(first))
numbers.add("bodies", first["source_org"].nunique())
numbers.add("incidents", first["event_key"].nunique())
numbers.add("first_days", first["published"].nunique())
for course in ("grew", "unchanged", "fell"):
    numbers.add(course, int((ends["course"] == course).sum()))
numbers.add("ratio_all", first["of_last"].mean())
numbers.add("ratio_thinned", first.loc[first["course"] != "fell", "of_last"].mean())
numbers.add("thinned", len(thinned))
numbers.add("next_day", int((thinned["lag"] == 1).sum()))
numbers.add("longest", int(thinned["lag"].max()), unit="days")

# %% What is learned: shared numbers, bodies, and the Beta laws for others to use
numbers.add("level", 0.9)
shared = fit.conf_int(0.9).to_dataframe()
for name, row in shared.iterrows():
    for end in ("estimate", "lower", "upper"):
        numbers.add(f"{name}_{end}", row[end])
numbers.add_table("by_body", fit.to_frame(0.9).drop(columns=["level", "kind"]))
laws = [
    {"of": of, "a": law[0], "b": law[1], "mean": law[0] / sum(law)}
    for of, law in {
        "a series by another body": fit.beta_prior(),
        "one bulletin by another body": fit.beta_prior(bulletins=1),
        "a series by SOHR": fit.beta_prior("SOHR"),
        "one bulletin by SOHR": fit.beta_prior("SOHR", bulletins=1),
    }.items()
]
numbers.add_table("beta_laws", pd.DataFrame(laws))


# %% Refits: other paths, other priors
def refit(name: str, some: pd.DataFrame, **settings: tuple[float, float]) -> dict:
    """Summary of a refit, in exact moments."""
    other = FoundShare(draws=1000, **settings).fit(some, rng=np.random.default_rng(0))
    at = other.conf_int(0.9).sel(param="another_body")
    a, b = other.beta_prior()
    said = {"refit": name, "paths": other.nobs, "mean": a / (a + b), "a": a, "b": b}
    return said | {end: at[end].item() for end in ("lower", "upper")}


whole = paths.join(ends["lag"].rename("longest"), on=key)
day = first.assign(last=first["count"] / first["of_last"]).sort_values("last")
alone = day.drop_duplicates(["published", "source_org"], keep="last")[key]
rows = [
    refit("all paths", paths),
    refit("smallest count of a date", bulletin_paths(reports, of_date="min")),
    refit("one path a day and body", paths.merge(alone)),
    refit("second date on the next day", whole[whole["longest"] == 1]),
    refit("only paths that moved (biased)", paths[paths["course"] != "unchanged"]),
    refit("prior: little correlation", paths, correlation=(1.0, 4.0)),
    refit("prior: bodies alike", paths, between_bodies=(0.5, 0.05)),
    refit("prior: bodies far apart", paths, between_bodies=(2.0, 0.05)),
]
for what, by in (("path", key), ("day", ["published"])):
    labels = paths.merge(first[[*key, "published"]], on=key, suffixes=("_of", ""))
    group = labels.groupby(by).ngroup()
    left = [refit("", paths[(group != each).values]) for each in sorted(group.unique())]
    for word, end in (("lowest", min), ("highest", max)):
        found = end(left, key=lambda row: row["mean"])
        rows.append(found | {"refit": f"without one {what}: {word}"})
numbers.add_table("refits", pd.DataFrame(rows))
study.save_numbers(numbers)
