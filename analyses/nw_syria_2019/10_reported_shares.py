# %% [markdown]
# What do a body's own totals and shares leave of "more than half of them civilians"?

# %%
import numpy as np

from conflictstats.datasets import load_nw_syria_reports
from conflictstats.models.civilian_share.reported_shares import ReportedShares
from conflictstats.plot.reported_shares import plot_reported_shares
from conflictstats.report import Analysis, Numbers

# Running totals of all dead and of all civilians: not those by one side's fire.
SERIES = ["sohr-total", "sohr-civ", "sohr-civshare", "rescuers-total"]
SERIES = [f"cum-{name}" for name in (*SERIES, "rescuers-civshare")]
LAST = "2019-06-11"
study = Analysis.here(__file__)
reports = study.use(load_nw_syria_reports()).frame
said = reports[reports["event_key"].isin(SERIES) & (reports["period_end"] <= LAST)]

# %% The statements that contradict each other; then without the earlier, a headline
conflicts = ReportedShares().fit(said, strict=False).conflicts
kept = said[said["report_id"] != conflicts["statement"].iloc[0]]
fit = ReportedShares().fit(kept)
study.save_figure(plot_reported_shares(fit), "reported_shares")

# %%
numbers = Numbers()
numbers.add("share_statements", fit.nobs)
numbers.add("share_statements_contradicting", len(conflicts))
for name, row in zip(("earlier", "later"), conflicts.itertuples(), strict=True):
    numbers.add(f"contradicting_{name}", row.low, unit="deaths")
    numbers.add(f"contradicting_{name}_day", np.datetime64(row.end, "D"))
table = fit.to_frame()
civilians = table[table["quantity"] == "killed_civilian"]
rescuers = civilians[civilians["body"] == "rescuers/residents"]
numbers.add("rescuers_civilians_at_least", rescuers["lower"].item(), unit="deaths")
share = table[(table["quantity"] == "civilian_share") & (table["body"] == "SOHR")]
month = share[share["end"] == "2019-05-31"]
numbers.add("sohr_share_month_lower", month["lower"].item())
numbers.add("sohr_share_month_upper", month["upper"].item())
study.save_numbers(numbers)
