# %% [markdown]
# What do other data say of the eight claims of the founding article?

# %%
from dataclasses import replace

import pandas as pd
import xarray as xr

from conflictstats.datasets import load_nw_syria_deaths, load_nw_syria_reports
from conflictstats.evaluate import Evidence, check_claim, claims_frame
from conflictstats.evaluate.claims import SUPPORTED_FROM
from conflictstats.evaluate.coded import claim_of, evidence_of, subject_of
from conflictstats.models.civilian_share import ReportedShares, ShareBounds
from conflictstats.models.flow import ReportedFlow
from conflictstats.models.incidents import Incidents
from conflictstats.plot.claims import plot_claims
from conflictstats.quantity import Reported
from conflictstats.report import Analysis, Numbers

study = Analysis.here(__file__)
rng = study.rng()
reports = study.use(load_nw_syria_reports()).frame.set_index("report_id", drop=False)
deaths = study.use(load_nw_syria_deaths()).frame
article = reports[reports["publisher"] == "Al Jazeera (Reuters)"]
claims = {key: claim_of(row) for key, row in article.iterrows()}
found: dict[str, list[Evidence]] = {key: [] for key in claims}

# %% Other reports, as a person matched them; the same agency is no second witness
typed = pd.read_csv(study.hand / "claim_evidence.csv", keep_default_na=False)
for row in typed.itertuples():
    other = reports.loc[row.report]
    if row.note.startswith("same agency"):
        evidence = Evidence(subject=subject_of(other), why_not=row.note)
    else:
        evidence = evidence_of(other, part_of=row.part_of)
    found[row.claim].append(evidence)
UCDP = "UCDP event table"
BY_WEEK = "the embedded table is by week: it cannot tell one day"
for key in ("R0069", "R0078", "R0089"):
    silent = replace(claims[key].subject, body=UCDP)
    found[key].append(Evidence(subject=silent, why_not=BY_WEEK))

# %% All reports of an incident but the claim's agency's: so many civilians at least
others = reports[reports["agency"] != "Reuters"]
counted = Incidents().fit(others, rng=rng).to_frame(SUPPORTED_FROM)
civilians = counted[counted["measure"] == "killed_civilian"].set_index("event_key")
for key in ("R0069", "R0089"):
    row = civilians.loc[reports.loc[key, "event_key"]]
    together = f"{row['n_bodies']} bodies together (civilians killed only)"
    found[key].append(
        Evidence(
            subject=replace(claims[key].subject, body=together),
            bounds=Reported.at_least(int(row["minimum"])),
        )
    )

# %% More than 1,500 killed: the event table up to the week before, and SOHR's total
FIRST, LAST = "2019-04-29", "2019-06-09"
FOUR = "four governorates"
begun = deaths[deaths["date_start"].between(FIRST, LAST)]
until = begun[begun["date_end"] <= LAST]
table = replace(claims["R0672"].subject, area=FOUR, start=FIRST, end=LAST, body=UCDP)
rate = xr.load_dataset(study.output / "rate.nc")["realised"]
low, government = until[["low", "deaths_government"]].sum()
high = begun["high"].sum()
best = rate.sel(time=slice(FIRST, LAST)).sum(["time", "place"])
found["R0672"] += [
    Evidence(subject=replace(table, body=f"{UCDP}, best"), draws=best),
    Evidence(
        subject=replace(table, body=f"{UCDP}, low to high"),
        bounds=Reported.between(int(low), int(high)),
    ),
    Evidence(
        subject=replace(table, denominator="government losses left out"),
        draws=best - government,
    ),
]
said = claims["R0672"].subject
sohr = ReportedFlow.from_dataset(xr.load_dataset(study.output / "sohr_total.nc"))
running = replace(said, start="2019-04-30", body="SOHR, running total")
total = sohr.total(running.start, running.end).isel(series=0, drop=True)
found["R0672"].append(Evidence(subject=running, draws=total))

# %% More than 300,000 fled: persons answer persons, movements do not
said = claims["R0674"].subject
fled = ReportedFlow.from_dataset(xr.load_dataset(study.output / "displacement.nc"))
for i, body in enumerate(fled.draws["body"].values):
    unit = str(fled.draws["unit"].values[i])
    start = "2019-05-01" if unit == "movements" else said.start
    counted = replace(said, start=start, body=str(body), quantity=f"{unit} displaced")
    total = fled.total(start, said.end).isel(series=i, drop=True)
    found["R0674"].append(Evidence(subject=counted, draws=total))

# %% More than half civilians: of whom, and where?
WHO = {"all": "of all dead", "known": "of those of known status"}
WHO |= {"without_government": "government losses left out"}
WHO |= {"without_nonstate": "armed opponents left out"}
said = replace(claims["R1110"].subject, start=FIRST, end=LAST, body=UCDP)
for area, rows in ((FOUR, until), ("Idlib", until[until["adm_1"] == "Idlib"])):
    for denominator in WHO:
        model = ShareBounds(denominator=denominator, replicates=2)
        lower, upper = model.fit(rows, rng=rng).params.values
        found["R1110"].append(
            Evidence(
                subject=replace(said, area=area, denominator=WHO[denominator]),
                bounds=Reported.between(lower, upper, unit="share"),
            )
        )

# %% What SOHR's own totals to the end of May leave of the share
own = ReportedShares().fit(reports.loc[["R0651", "R0652"]]).to_frame()
row = own[own["quantity"] == "civilian_share"].squeeze()
about = replace(
    evidence_of(reports.loc["R0651"]).subject,
    quantity=claims["R1110"].subject.quantity,
)
share = Reported.between(row["lower"], row["upper"], unit="share")
found["R1110"].append(Evidence(subject=about, bounds=share))

# %% Displaced of all people, by one body's own figures
PAIRS = {"R1085": ("R1082", "R1112"), "R1095": ("R1096", "R1112")}
for part, (whole, claim) in PAIRS.items():
    counted, all_of = (evidence_of(reports.loc[key]) for key in (part, whole))
    about = replace(counted.subject, quantity=claims[claim].subject.quantity)
    share = counted.bounds.share_of(all_of.bounds)
    found[claim].append(Evidence(subject=about, bounds=share))

# %%
checks = [check_claim(claims[key], each) for key in claims for each in found[key]]
frame = claims_frame(checks)
study.save_figure(plot_claims(frame), "claims")

# %%
numbers = Numbers()
shown = frame.copy()
shown["verdict"] = shown["verdict"].str.lower().str.replace("_", " ")
numbers.add_table(
    "claims",
    shown.replace(float("inf"), float("nan")),
    may_miss=["lower", "estimate", "upper", "probability"],
)
numbers.add("claims_checked", len(claims))
numbers.add("supported_from", SUPPORTED_FROM)
numbers.add("contradicted_to", 1 - SUPPORTED_FROM)
numbers.add("claims_evidence", len(frame))
for verdict in ("SUPPORTED", "CONTRADICTED", "UNDECIDED", "NOT_CHECKABLE"):
    name = f"claims_{verdict.lower()}"
    numbers.add(name, int((frame["verdict"] == verdict).sum()))
study.save_numbers(numbers)
