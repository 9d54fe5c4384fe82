"""The cells of the study: a model, and the same law written apart, each."""

from conflictstats.evaluate import RateCalibration
from conflictstats.models.rates import DynamicRate
from conflictstats.simulate.latent import LatentCounts

DRAWS = 399
MECHANISMS = ("exact", "confirmed", "coarsened", "rounded")


def cell(
    name: str, *, prior: dict[str, object] | None = None, **settings: object
) -> RateCalibration:
    """A rate with these settings; its data are drawn with those of ``prior``."""
    return RateCalibration(
        name=name,
        model=DynamicRate(draws=DRAWS, **settings),
        prior=LatentCounts(**(prior or {})),
    )


CELLS = [
    *(
        cell(f"negbin-{how}-rw1", prior={"mechanism": how, "missing": 0.15})
        for how in MECHANISMS
    ),
    *(
        cell(
            f"poisson-{how}-rw1",
            prior={"mechanism": how, "missing": 0.15, "family": "poisson"},
            family="poisson",
        )
        for how in MECHANISMS
    ),
    cell("negbin-exact-ar1", prior={"component": "ar1"}, walk="ar1"),
    # Growth that wanders passes e^40 in a hundred days.
    cell(
        "negbin-exact-rw2", prior={"component": "rw2", "n_time": (20, 40)}, walk="rw2"
    ),
]
"""Every cell has data of all strata: few and many deaths, short and long series."""
