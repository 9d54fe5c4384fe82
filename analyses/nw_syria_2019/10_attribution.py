# %% [markdown]
# Which side is said to have killed the civilians of each incident, and who disputes it?

# %%
from conflictstats.datasets import load_nw_syria_reports
from conflictstats.models.attribution import AttributionBounds, AttributionShare
from conflictstats.panel import attributions_of_reports, incidents_of_claims
from conflictstats.plot.attribution import plot_attribution
from conflictstats.report import Analysis, Numbers

READ = {"at least one claim is true": "some", "every claim is true": "every"}
study = Analysis.here(__file__)
claims = attributions_of_reports(study.use(load_nw_syria_reports()))
rng = study.rng()

# %% Bounds under both readings of the claims, and the model beside the first
found = {name: incidents_of_claims(claims, trust=way) for name, way in READ.items()}
bounds = {name: AttributionBounds().fit(each, rng=rng) for name, each in found.items()}
careful, trusting = bounds.values()
model = AttributionShare().fit(next(iter(found.values())), rng=rng)
study.save_figure(plot_attribution(bounds, model), "attribution")

# %%
numbers = Numbers()
numbers.add("attribution_incidents", careful.nobs)
numbers.add("attribution_deaths", float(careful.totals["whole"].sel(unit="deaths")))
for name in ("measure", "scope", "repeated"):
    numbers.add(f"attribution_left_out_{name}", claims.attrs[f"excluded_{name}"])
kinds = careful.totals["standings"].sel(unit="incidents")
for kind in kinds["standing"].values:
    name = str(kind).replace(" ", "_")
    numbers.add(f"attribution_{name}", int(kinds.sel(standing=kind)))
numbers.add("attribution_disputed", len(careful.disputed))
numbers.add("attribution_fit", model.status.value)

# %% Of incidents and of their dead, by side
ends = careful.to_frame().set_index(["side", "unit"])
ends["trusted_lower"] = trusting.bounds["lower"].to_series()
ends["trusted_upper"] = trusting.bounds["upper"].to_series()
ends["estimate"] = model.params.to_series()
numbers.add_table("attribution", ends.reset_index())
study.save_numbers(numbers)
