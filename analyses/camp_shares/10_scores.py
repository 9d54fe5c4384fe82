# %% [markdown]
# Who forecasts the next report of camps best? Drawn from the committed scores.

# %%
import pandas as pd

from conflictstats.plot.destination_scores import plot_destination_scores
from conflictstats.report import Analysis, Numbers

OURS, LAST = "destinations", "last share"
NAMES = {"mali2012": "Mali 2012", "burundi2015": "Burundi 2015"}
study = Analysis.here(__file__)
scores = pd.read_csv(study.folder / "results" / "scores.csv")
scores["crisis"] = scores["crisis"].replace(NAMES)
numbers = Numbers()

# %% Means by method, and the difference from ours date by date
rows = []
for key, name in NAMES.items():
    own = scores[scores["crisis"] == name]
    wide = own.pivot(index="date", columns="method", values=["difference", "log_score"])
    numbers.add(f"{key}_dates", len(wide))
    numbers.add(f"{key}_reports", int(own.loc[own["method"] == OURS, "reports"].sum()))
    status = own.loc[own["method"] == OURS, "status"].value_counts()
    numbers.add(f"{key}_approximate", int(status.get("APPROXIMATE", 0)))
    for method in (OURS, LAST, "gravity", "gravity with size"):
        nearer = wide["difference", OURS] < wide["difference", method]
        gain = wide["log_score", OURS] - wide["log_score", method]
        closer = wide["difference", method] - wide["difference", OURS]
        rows.append(
            {
                "crisis": name,
                "method": method,
                "difference": wide["difference", method].mean(),
                "middle": wide["difference", method].median(),
                "log_score": wide["log_score", method].mean(),
                "closer": closer.mean(),
                "closer_error": closer.sem(),
                "nearer": nearer.mean(),
                "gain": gain.mean(),
                "gain_error": gain.sem(),
                "better": (gain > 0).mean(),
            }
        )
        word = method.replace(" ", "_")
        for column, value in list(rows[-1].items())[2:]:
            numbers.add(f"{key}_{word}_{column}", value)
    numbers.add(f"{key}_lead", -rows[-3]["gain"])
numbers.add_table("scores", pd.DataFrame(rows))
study.save_figure(plot_destination_scores(scores, ours=OURS), "scores")
study.save_numbers(numbers)
