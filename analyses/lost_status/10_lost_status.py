# %% [markdown]
# How often do bounds and a point hold the share when the unknown differ from the known?

# %%
import pandas as pd

from conflictstats.evaluate.lost_status import ANSWERS, lost_status_study
from conflictstats.plot.lost_status import plot_lost_status
from conflictstats.report import Analysis, Numbers

study = Analysis.here(__file__)
found = lost_status_study(rng=study.rng())
study.save_figure(plot_lost_status(found), "lost_status")

# %%
numbers = Numbers()
for name in ("share", "unknown", "level", "replicates", "n_events"):
    numbers.add(f"study_{name}", found.attrs[name])
covered = found["coverage"]
for answer in ANSWERS:
    of = covered.sel(answer=answer)
    numbers.add(f"{answer}_least", of.min().item())
    numbers.add(f"{answer}_alike", of.sel(odds_ratio=1.0).item())
table = covered.to_pandas().reset_index()
ends = pd.concat(
    [found[end].to_pandas().add_suffix(f"_{end}") for end in ("lower", "upper")], axis=1
)
numbers.add_table("lost_status", table.join(ends.reset_index(drop=True)))
study.save_numbers(numbers)
