"""The cells of the study: kinds of crises, who reports, and what is fitted."""

from dataclasses import replace

from conflictstats.evaluate.displacement_coverage import DisplacementCoverage
from conflictstats.models.displacement import StockFlow
from conflictstats.simulate.displacement_bodies import ReportingBody
from conflictstats.simulate.displacement_crisis import (
    BIAS_SD,
    COVERAGE_SD,
    POPULATION_SD,
    DisplacementCrisis,
)
from conflictstats.simulate.displacement_violence import GammaLag

DRAWS = 999

# -- who reports ----------------------------------------------------------------------

AGENCY = ReportingBody(
    name="agency",
    measures=("stock",),
    every=30,
    bias_sd=BIAS_SD,
    manners={"exact": 0.5, "more_than": 0.3, "nearly": 0.2},
)
ROUNDS = ReportingBody(
    name="rounds",
    measures=("stock", "returns"),
    every=28,
    bias_sd=BIAS_SD,
    coverage=((1, 714), (180, 357)),
    coverage_sd=COVERAGE_SD,
)
BULLETINS = ReportingBody(
    name="bulletins",
    measures=("flow", "cumulative"),
    every=14,
    window=21,
    gap=(90, 130),
    error=0.15,
    bias_sd=BIAS_SD,
    manners={"exact": 0.2, "more_than": 0.3, "at_least": 0.2, "range": 0.3},
)
TRACKER = ReportingBody(
    name="tracker",
    measures=("flow",),
    unit="movements",
    every=21,
    error=0.2,
    bias_sd=BIAS_SD,
    manners={"exact": 0.5, "range": 0.5},
)
ALL = (AGENCY, ROUNDS, BULLETINS, TRACKER)


def halved(day: int) -> tuple[ReportingBody, ...]:
    """All bodies; rounds halve their communities on this day."""
    rounds = replace(ROUNDS, coverage=((1, 714), (day, 357)))
    return (AGENCY, rounds, BULLETINS, TRACKER)


# -- kinds of crises ------------------------------------------------------------------

YEAR = DisplacementCrisis(
    days=365,
    population=2e6,
    population_sd=POPULATION_SD,
    initial=20_000,
    initial_sd=0.3,
    base=100,
    per_violence=50,
    bodies=ALL,
)
KINDS = {
    "year": YEAR,
    "100 days": replace(YEAR, days=100, bodies=halved(50)),
    "2 years": replace(YEAR, days=730, bodies=halved(365)),
    "stocks only": replace(YEAR, bodies=(AGENCY, replace(ROUNDS, measures=("stock",)))),
    "no response": replace(YEAR, per_violence=0),
    "gamma lag": replace(YEAR, lag=GammaLag(mean=30, shape=3)),
    "depletion": replace(YEAR, population=120_000, per_violence=100),
}
GEOMETRIC = StockFlow(draws=DRAWS)
GAMMA = StockFlow(lag="gamma", draws=DRAWS)

FIXED = [
    *(
        DisplacementCoverage(
            name=name.replace(" ", "-"),
            crisis=crisis,
            model=GAMMA if name == "gamma lag" else GEOMETRIC,
        )
        for name, crisis in KINDS.items()
    ),
    DisplacementCoverage(
        name="gamma-as-geometric", crisis=KINDS["gamma lag"], model=GEOMETRIC
    ),
]
PRIOR = DisplacementCoverage(
    name="prior",
    crisis=replace(YEAR, initial_sd=0.5),
    model=GEOMETRIC,
    from_priors=True,
)
CELLS = [*FIXED, PRIOR]

# -- in words -------------------------------------------------------------------------

TITLES = {
    "year": "all reports, a year",
    "100-days": "100 days",
    "2-years": "two years",
    "stocks-only": "stocks only",
    "no-response": "violence moves nobody",
    "gamma-lag": "gamma lag, known to be",
    "gamma-as-geometric": "gamma lag, read as geometric",
    "depletion": "people at risk run out",
    "prior": "parameters from the priors",
}
THIRDS = ("first third", "second third", "last third")
WITHIN = {f"response {days}": f"within {days} days" for days in (30, 90, 180)}
PANELS = {
    "Inflow": {f"inflow {n}": third for n, third in enumerate(THIRDS, 1)},
    "Response": WITHIN,
    "Stock": {f"stock {n}": f"end of {third}" for n, third in enumerate(THIRDS, 1)},
    "Returns": {"returns": "in all"},
}
"""By the title of a panel its quantities, each with its words."""
