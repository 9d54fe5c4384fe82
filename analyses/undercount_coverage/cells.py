"""The cells of the study: a population, a number of lists, and who is asked."""

from dataclasses import replace

from conflictstats.evaluate.undercount_coverage import UndercountCoverage
from conflictstats.models.undercount import (
    ChaoFloor,
    DecomposableGraphs,
    FixedOddsRatio,
    Heterogeneity,
    LatentClass,
    LincolnPetersen,
    LogLinear,
    SampleCoverage,
    ThresholdedLogLinear,
    UncertainOddsRatio,
)
from conflictstats.simulate.listed_population import ListedPopulation

N_LISTS = (3, 4, 5, 6)
POPULATIONS = {
    "independent": ListedPopulation(),
    "referral": ListedPopulation(tied={("A", "B"): 4.0}),
    "avoidance": ListedPopulation(tied={("A", "B"): 0.25}),
    "threeway": ListedPopulation(tied={("A", "B", "C"): 4.0}),
    "kinds": ListedPopulation(kinds=((0.5, 3.0), (0.5, 1 / 3))),
    "unlike": ListedPopulation(spread=1.0),
    "hidden": ListedPopulation(hidden=0.1),
}
"""By name: what is not as in independent lists of people who are all alike."""

QUICK = [
    (("pairs of lists",), LincolnPetersen()),
    (("Chao floor",), ChaoFloor()),
    (("Chao floor, lists unlike",), Heterogeneity()),
    (("sample coverage",), SampleCoverage()),
    (("people differ (Darroch)",), Heterogeneity(law="darroch")),
    (("pairs one by one",), LogLinear(selection="stepwise", average=False)),
    (("thresholded",), ThresholdedLogLinear(draws=1000)),
    (("decomposable graphs",), DecomposableGraphs()),
    (("no interaction of all",), FixedOddsRatio()),
    (("odds ratio about 1",), UncertainOddsRatio(odds_ratio=1.0, log_sd=0.7)),
]
ALL_MODELS = [
    (("best by BIC", "average by BIC"), LogLinear(average=False)),
    (("best by AIC", "average by AIC"), LogLinear(selection="aic", average=False)),
]
FIVE = ALL_MODELS[:1]
SAMPLED = LogLinear(average=False, interval="bootstrap", replicates=400, reselect=20)
BOOTSTRAP = [(("best by BIC, bootstrap",), SAMPLED)]
CLASSES = [(("latent classes",), LatentClass(classes=5, draws=1000))]


def cells(group: str, methods: list, n_lists: tuple, people: int = 1000) -> list:
    """A cell for each population and number of lists."""
    return [
        UndercountCoverage(
            name=f"{name}-{size}-{people}-{group}",
            population=replace(population, n_lists=size, people=people),
            methods=methods,
        )
        for size in n_lists
        for name, population in POPULATIONS.items()
    ]


FAST = [
    *cells("quick", QUICK + ALL_MODELS, (3, 4)),
    *cells("quick", QUICK, (5, 6)),
    *cells("quick", QUICK + ALL_MODELS, (4,), people=300),
]
SLOW = [
    *cells("models", FIVE, (5,)),
    *cells("bootstrap", BOOTSTRAP, (3, 4)),
    *cells("classes", CLASSES, N_LISTS),
]
CELLS = [*FAST, *SLOW]
FLOORS = ("Chao floor", "Chao floor, lists unlike")
"""Methods that are right if they are not above the number."""

# -- in words -------------------------------------------------------------------------

TITLES = {
    "independent": "independent",
    "referral": "referral\nA, B: odds × 4",
    "avoidance": "avoidance\nA, B: odds ÷ 4",
    "threeway": "three-way\nA, B, C: × 4",
    "kinds": "two kinds\nodds × 3, ÷ 3",
    "unlike": "people differ\nnormal, sd 1",
    "hidden": "hidden\na tenth",
}
WORLDS = {
    **dict.fromkeys(["independent", "referral", "avoidance", "threeway"], "tied"),
    **dict.fromkeys(["kinds", "unlike"], "unlike"),
    "hidden": "hidden",
}
"""Whether lists are tied at most, people differ, or some are out of reach."""
METHODS = {
    "pairs of lists": "pairs of lists: range",
    "Chao floor": "Chao floor: not above",
    "Chao floor, lists unlike": "lists unlike: not above",
    "sample coverage": "sample coverage",
    "people differ (Darroch)": "people differ (Darroch)",
    "best by BIC": "best by BIC, profile",
    "best by BIC, bootstrap": "best by BIC, bootstrap",
    "average by BIC": "average by BIC",
    "best by AIC": "best by AIC, profile",
    "average by AIC": "average by AIC",
    "pairs one by one": "pairs one by one",
    "thresholded": "thresholded",
    "decomposable graphs": "decomposable graphs",
    "latent classes": "latent classes",
    "no interaction of all": "no interaction of all",
    "odds ratio about 1": "odds ratio ½ to 2",
}
"""What a method is called in figures; the first three are no intervals."""
