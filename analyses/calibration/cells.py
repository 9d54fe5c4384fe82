"""The cells of the study: a model, and the same law written apart, each.

Every family under every mechanism that it takes, over a random walk, and every
component under exact negative binomial counts. ``bounds`` is no cell: it is no
likelihood, and gives no interval whose coverage could be counted.
"""

from dataclasses import replace

from conflictstats.evaluate import EngineCalibration, RateCalibration, SeriesModel
from conflictstats.models.rates import DynamicRate
from conflictstats.numerics import priors
from conflictstats.numerics.likelihood.mechanisms import MATRIX, Mechanism
from conflictstats.simulate.latent import LatentCounts
from conflictstats.simulate.latent_panel import LatentPanel
from conflictstats.simulate.latent_series import LatentSeries

DRAWS = 399
MISSING = 0.15
WORDS = {
    "confirmed": "at_least",
    "coarsened": "range",
    "rounded": "more_than",
    "floor": "at_least",
    "approximate": "about",
    "elicited": "coded",
}
"""The word of which each mechanism is a reading."""


def rate(
    name: str,
    prior: LatentCounts | LatentPanel,
    **settings: object,
) -> RateCalibration:
    """A rate with these settings."""
    model = DynamicRate(draws=DRAWS, **settings)
    return RateCalibration(name=name, model=model, prior=prior)


def reported(family: str, how: str) -> RateCalibration:
    """A rate from counts that are reported so."""
    readings = {WORDS[how]: how} if how in ("floor", "approximate") else {}
    length = {"n_time": (10, 20)} if how == "floor" else {}
    prior = LatentCounts(family=family, mechanism=how, missing=MISSING, **length)
    return rate(f"{family}-{how}-rw1", prior, family=family, mechanisms=readings)


# -- families that no rate has, from the pieces of the engine ------------------------

SCALES = {
    "poisson": ((0.0, 5.0), (1.0, 0.05), None),
    "negbin": ((0.0, 5.0), (1.0, 0.05), (3.0, 0.05)),
    "binomial": ((-1.0, 2.0), (1.0, 0.05), None),
    "betabinomial": ((-1.0, 2.0), (1.0, 0.05), (1.0, 9.0)),
    "gaussian": ((100.0, 50.0), (20.0, 0.05), (10.0, 0.05)),
    "lognormal": ((5.0, 1.5), (1.0, 0.05), (1.0, 0.05)),
}
"""Start, step and scatter of each family, as both sides state them."""
LAWS = {
    "negbin": priors.Overdispersion,
    "betabinomial": priors.Share,
    "gaussian": priors.StandardDeviation,
    "lognormal": priors.StandardDeviation,
}
"""Prior of the scatter."""


def engine(family: str, how: str, component: str = "rw1", **drawn: object) -> object:
    """A series under a family and a mechanism."""
    start, step, scatter = SCALES[family]
    readings = {} if how == "exact" else {WORDS[how]: Mechanism[how.upper()]}
    return EngineCalibration(
        name=f"{family}-{how}-{component}",
        model=SeriesModel(
            family=family,
            mechanisms=readings,
            component=component,
            start=start,
            step=priors.StandardDeviation(*step),
            scatter=LAWS[family](*scatter) if scatter else None,
        ),
        prior=LatentSeries(
            family=family,
            mechanism=how,
            component=component,
            missing=MISSING,
            start=start,
            step=step,
            **({"scatter": scatter} if scatter else {}),
            **drawn,
        ),
        draws=DRAWS,
    )


# Urns and wide sets of counts cost most.
SHORT = {
    "poisson": {"n_time": (20, 40)},
    "negbin": {"n_time": (10, 20)},
    "binomial": {"n_time": (10, 30)},
    "betabinomial": {"n_time": (8, 12), "most": 12},
    "gaussian": {"n_time": (10, 20)},
    "lognormal": {"n_time": (10, 20)},
}
FAMILIES = [
    (family, mechanism.name.lower())
    for family, takes in MATRIX.items()
    for mechanism in Mechanism
    if mechanism in takes
]
RATES = [
    reported(family, how)
    for family, how in FAMILIES
    if family in ("negbin", "poisson") and how != "elicited"
]
SERIES = [
    engine(family, how, **SHORT[family])
    for family, how in FAMILIES
    if how == "elicited" or family not in ("negbin", "poisson")
]

# -- components -----------------------------------------------------------------------

LINE = {"A": ("B",), "B": ("A", "C"), "C": ("B", "D"), "D": ("C",)}
MANY = {"n_place": 4, "n_time": (8, 15)}


def places(name: str, law: str, **settings: object) -> RateCalibration:
    """Four places that move together."""
    prior = LatentPanel(places=law, **settings, **MANY)
    return rate(f"negbin-exact-{name}", prior, places=law, **settings)


COMPONENTS = [
    # Growth that wanders passes e^40 in a hundred days.
    rate(
        "negbin-exact-rw2", LatentCounts(component="rw2", n_time=(20, 40)), walk="rw2"
    ),
    rate("negbin-exact-ar1", LatentCounts(component="ar1"), walk="ar1"),
    engine("negbin", "exact", component="iid", n_time=(20, 40)),
    rate(
        "negbin-exact-covariates",
        LatentPanel(covariates=2, n_time=(20, 40)),
        covariates="x1 + x2",
    ),
    rate("negbin-exact-gaps", LatentPanel(missing=0.6)),
    rate("negbin-exact-periods", LatentPanel(period_share=0.2, n_time=(12, 24))),
    rate("negbin-exact-exposure", LatentPanel(exposure=True), exposure="people"),
    *(
        rate(
            f"negbin-exact-{name}",
            LatentPanel(calendar=name, days=days, n_time=length),
            calendar=(name,),
        )
        for name, days, length in (("weekday", 1, (14, 40)), ("month", 7, (26, 60)))
    ),
    places("parallel", "parallel"),
    places("parallel-map", "parallel", neighbours=LINE),
    # Knorr-Held's types II, II to IV, I, and I to III.
    places("joint", "joint"),
    places("joint-map", "joint", neighbours=LINE),
    places("joint-noise", "joint", interaction="noise"),
    places("joint-noise-map", "joint", interaction="noise", neighbours=LINE),
]

CELLS = [*RATES, *SERIES, *COMPONENTS]

STRATIFIED = [
    *(f"negbin-{how}-rw1" for how in ("exact", "confirmed", "coarsened", "rounded")),
    *(f"poisson-{how}-rw1" for how in ("exact", "confirmed", "coarsened", "rounded")),
    "negbin-exact-rw2",
    "negbin-exact-ar1",
]
"""Cells that are tested by kind of data too: they have all kinds."""

# -- what CI runs ---------------------------------------------------------------------

SMOKE_DRAWS = 199
SMOKE = [
    RateCalibration(
        name="smoke-negbin",
        model=DynamicRate(draws=SMOKE_DRAWS),
        prior=LatentCounts(n_time=(6, 12)),
    ),
    *(
        replace(
            engine(family, "exact", n_time=(6, 10)),
            name=f"smoke-{family}",
            draws=SMOKE_DRAWS,
        )
        for family in ("poisson", "binomial")
    ),
]
"""Three cells in miniature, run in CI and only there."""
