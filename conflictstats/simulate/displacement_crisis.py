"""Crises that never happened: who fled, who came back, and who said how many.

Written without the model of displacement, from its equations, in loops over days.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats._typing import FloatArray
from conflictstats.errors import DimensionError, SettingError
from conflictstats.events.displacement import displacement_table
from conflictstats.simulate.displacement_bodies import (
    AT_A_DAY,
    Asked,
    ReportingBody,
    Spoken,
)
from conflictstats.simulate.displacement_violence import Bursts, GeometricLag, Lag

WEEK, MONTH = 7, 28
INFLOW_MEMORY, RETURN_MEMORY = 28.0, 180.0
"""Days in which the correlation of a multiplier falls to 1/e."""
FLOWS = {"flow": "inflow", "cumulative": "inflow"}
PLACE = "crisis"
REPORTED = (
    *("report_id", "body", *Asked._fields, "unit", "place"),
    *("coverage", "n_assessed", *Spoken._fields),
)

YEAR = 365.25

PRIORS = {
    "inflow_sd": (0.5, 0.5),
    "returning": (-float(np.log(1 - 0.12)) / YEAR, 1.2),
    "returning_sd": (0.5, 0.5),
}
"""Median and standard deviation of the log of each parameter."""
LEVEL, SHARE_SD, HALF_LIFE = (300.0, 2.0), 2.0, (14.0, 1.0)
"""Of persons who flee a day at the mean of violence; standard deviation of the log odds
of the part that violence has in them; days in which half of it goes."""
EXTRA_MOVEMENTS, ERROR = (0.3, 0.7), (0.1, 0.5)
BIAS_SD, COVERAGE_SD, POPULATION_SD = 0.2, 0.3, 0.05


class DrawnCrisis(NamedTuple):
    """What happened, and what is known of it.

    Attributes
    ----------
    truth : Dataset, dims (time,) and (body,)
        ``inflow, returns, departures`` (persons in a day), ``stock`` and ``at_risk``
        (persons at its end), by body ``bias``, and what was settled before:
        ``population`` and ``initial``, persons.
    violence : DataArray, dims (time,)
        Violence of each day, and of days before the first.
    reports : DataFrame
        As :func:`conflictstats.events.displacement_table` returns it.
    """

    truth: xr.Dataset
    violence: xr.DataArray
    reports: pd.DataFrame


BODIES = (
    ReportingBody(
        name="UNHCR",
        measures=("stock",),
        every=30,
        bias_sd=BIAS_SD,
        manners={"exact": 0.5, "more_than": 0.3, "nearly": 0.2},
    ),
    ReportingBody(
        name="IOM",
        measures=("stock", "returns"),
        every=28,
        bias_sd=BIAS_SD,
        coverage=((1, 714), (180, 357)),
        coverage_sd=COVERAGE_SD,
    ),
    ReportingBody(
        name="OCHA",
        measures=("flow", "cumulative"),
        every=14,
        window=21,
        gap=(90, 130),
        bias_sd=BIAS_SD,
        manners={"exact": 0.2, "more_than": 0.3, "at_least": 0.2, "range": 0.3},
    ),
)
"""Bodies unlike each other: rhythm, measure, words, a gap and a change of coverage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplacementCrisis:
    r"""A crisis with known flows, and bodies that report on it.

    .. math:: \lambda_t = e^{u_t} \Bigl(\text{base} + \theta \sum_{l=0}^{179} w_l
              V_{t-l}\Bigr), \quad I_t = N_{t-1} (1 - e^{-\lambda_t / P})

    .. math:: S_t = S_{t-1} + I_t - R_t - X_t, \quad N_t = N_{t-1} - I_t + R_t, \quad
              R_t + X_t = (1 - e^{-\rho e^{v_t} - \chi}) S_{t-1}

    People displaced S and at risk N, who are real numbers, people who flee I, return R
    and go elsewhere X, these two in proportion to their rates :math:`\rho e^{v_t}` and
    :math:`\chi`. With no end of people at risk :math:`I_t = \lambda_t`. The
    multipliers are first-order autoregressions, :math:`u` over weeks with correlation
    1/e at 28 days, :math:`v` over four weeks each with 1/e at 180 days, and stationary
    from the first day on.

    Attributes
    ----------
    days : int
        Length.
    start : str
        First day.
    population : float
        P, persons, displaced or at risk at the start; infinite by default.
    population_sd : float
        Standard deviation of the log of P, if P is drawn.
    initial, initial_sd : float
        Persons displaced before the first day, and the sd of their log likewise.
    base : float
        Persons a day who flee without violence.
    per_violence : float
        :math:`\theta`, persons who flee in the end after one unit of violence.
    lag : GeometricLag or GammaLag
        w, when they go.
    inflow_sd, returning_sd : float
        Standard deviations of u and v.
    returning, departing : float
        :math:`\rho` and :math:`\chi`, rates a day.
    movements : float
        Movements a person who flees makes.
    violence : Bursts
        Violence, where none is given.
    before : int
        Days before the first of which violence is known; it is nothing before that.
    bodies : sequence of ReportingBody
        Who reports.

    Examples
    --------
    Nobody is lost:

    >>> drawn = DisplacementCrisis(initial=500).draw(np.random.default_rng(1))
    >>> people = drawn.truth.sum("time")
    >>> stock = 500 + people["inflow"] - people["returns"] - people["departures"]
    >>> bool(abs(stock - drawn.truth["stock"][-1]) < 1e-6)
    True
    """

    days: int = 365
    start: str = "2020-01-01"
    population: float = np.inf
    population_sd: float = 0.0
    initial: float = 0.0
    initial_sd: float = 0.0
    base: float = 100.0
    per_violence: float = 50.0
    lag: Lag = field(default_factory=GeometricLag)
    inflow_sd: float = 0.5
    returning: float = 1e-3
    returning_sd: float = 0.5
    departing: float = 0.0
    movements: float = 1.3
    violence: Bursts = field(default_factory=Bursts)
    before: int = 180
    bodies: Sequence[ReportingBody] = BODIES

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        if not self.population > self.initial:
            raise SettingError(
                f"population must be above the initial {self.initial:g} displaced, got "
                f"{self.population!r}; inf is one without end"
            )
        names = ("base", "per_violence", "returning", "departing", "initial", "before")
        wrong = {name: value for name in names if (value := getattr(self, name)) < 0}
        if self.days < 1 or wrong:
            raise SettingError(
                "a crisis has one day or more and no negative number; got "
                f"{self.days} days and {wrong}"
            )

    def draw_violence(self, rng: np.random.Generator) -> xr.DataArray:
        """Draw the violence of each day, from so many days before the first.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness; the only one.

        Returns
        -------
        DataArray, dims (time,)
            Acts of violence, or deaths.
        """
        first = pd.Timestamp(self.start) - pd.Timedelta(days=self.before)
        time = pd.date_range(first, periods=self.before + self.days, unit="us")
        acts = self.violence.draw(time.size, rng)
        return xr.DataArray(acts, {"time": time}, name="violence")

    def draw(
        self, rng: np.random.Generator, *, violence: xr.DataArray | None = None
    ) -> DrawnCrisis:
        """Draw what happened, and what was said of it.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness; the only one.
        violence : DataArray, dims (time,), optional
            Violence of each day, from ``before`` days ahead of the first; drawn if it
            is not given.

        Returns
        -------
        DrawnCrisis
            The truth, the violence and the reports.

        Raises
        ------
        DimensionError
            If violence is given and has not one number for each of these days.
        """
        known = self.draw_violence(rng) if violence is None else violence
        if known.shape != (self.before + self.days,):
            raise DimensionError(
                f"violence has shape {known.shape}, expected one number for each of "
                f"{self.before} days before and {self.days} days of the crisis; give "
                "those, or set before and days"
            )
        time = pd.date_range(self.start, periods=self.days, unit="us")
        people = self._people(known.values, rng)
        bias = [rng.normal(body.bias, body.bias_sd) for body in self.bodies]
        truth = xr.Dataset(
            {name: ("time", column) for name, column in people.items()}
            | {"bias": ("body", np.array(bias))},
            {"time": time, "body": [body.name for body in self.bodies]},
        ).assign(population=self.population, initial=self.initial)
        said = [
            row
            for body, wrong in zip(self.bodies, bias, strict=True)
            for row in self._reports(body, wrong, people, rng)
        ]
        reports = pd.DataFrame(said, columns=list(REPORTED))
        for end in ("start", "end"):
            reports[end] = time.take(reports[end].to_numpy(int) - 1)
        return DrawnCrisis(truth, known, displacement_table(reports))

    def drawn_from_priors(
        self, violence: xr.DataArray, rng: np.random.Generator
    ) -> "DisplacementCrisis":
        """Draw the parameters of a crisis like this from their priors.

        Length and who reports when stay; so do the initial stock and the population
        where their standard deviation is 0, and departures. What is drawn for each
        body and for its coverage has the standard deviations of the prior; a body with
        ``bias_sd`` of 0 stays without.

        Parameters
        ----------
        violence : DataArray, dims (time,)
            Violence of the crisis, whose mean the response is scaled by.
        rng : numpy.random.Generator
            Source of randomness; the only one.

        Returns
        -------
        DisplacementCrisis
            With other numbers.
        """

        def around(median: float, sd: float) -> float:
            """Draw a log-normal number."""
            return float(median * np.exp(sd * rng.standard_normal()))

        drawn: dict[str, Any] = {
            name: around(*belief) for name, belief in PRIORS.items()
        }
        level, odds = around(*LEVEL), around(1.0, SHARE_SD)
        drawn["base"] = level / (1 + odds)
        drawn["per_violence"] = level * odds / (1 + odds) / float(violence.mean())
        initial = around(self.initial, self.initial_sd)
        bodies = [
            replace(
                body,
                error=around(*ERROR),
                bias_sd=BIAS_SD if body.bias_sd else 0.0,
                coverage_sd=COVERAGE_SD,
            )
            for body in self.bodies
        ]
        return replace(
            self,
            **drawn,
            initial=initial,
            population=around(self.population, self.population_sd),
            lag=GeometricLag(half_life=around(*HALF_LIFE)),
            movements=1 + around(*EXTRA_MOVEMENTS),
            bodies=bodies,
        )

    def _people(
        self, acts: FloatArray, rng: np.random.Generator
    ) -> dict[str, FloatArray]:
        """Flows of each day and people at its end, shape (days,) each."""
        pushed = _multiplier(self.days, WEEK, INFLOW_MEMORY, self.inflow_sd, rng)
        pulled = _multiplier(self.days, MONTH, RETURN_MEMORY, self.returning_sd, rng)
        weights = self.lag.weights
        names = ("inflow", "returns", "departures", "stock", "at_risk")
        state = {name: np.zeros(self.days) for name in names}
        stock, at_risk = self.initial, self.population - self.initial
        for day in range(self.days):
            recent = acts[self.before + day :: -1][: weights.size]
            moved = weights[: recent.size] @ recent
            wanted = pushed[day] * (self.base + self.per_violence * moved)
            inflow = wanted
            if np.isfinite(self.population):
                inflow = at_risk * -np.expm1(-wanted / self.population)
            rate = self.returning * pulled[day] + self.departing
            left = -np.expm1(-rate) * stock
            departures = left * self.departing / rate if rate else 0.0
            returns = left - departures
            stock += inflow - returns - departures
            at_risk += returns - inflow
            for name, value in zip(
                names, (inflow, returns, departures, stock, at_risk), strict=True
            ):
                state[name][day] = value
        return state

    def _reports(
        self,
        body: ReportingBody,
        bias: float,
        people: dict[str, FloatArray],
        rng: np.random.Generator,
    ) -> Iterator[tuple[object, ...]]:
        """What a body said, in the columns of :data:`REPORTED`; days by number."""
        shares = body.log_shares(rng)
        for asked in body.asked(self.days):
            measure, assessed = asked.measure, body.assessed(asked.end)
            wrong = bias + body.error * rng.standard_normal() + shares[assessed]
            found = self._counted(people, asked, body.unit) * np.exp(wrong)
            yield (
                f"{body.name} {measure} {asked.end}",
                body.name,
                *asked,
                "share" if measure == "fraction" else body.unit,
                PLACE,
                assessed and f"{assessed} communities",
                assessed,
                *body.say(found, measure, rng),
            )

    def _counted(self, people: dict[str, FloatArray], asked: Asked, unit: str) -> float:
        """True number that a report is of."""
        if asked.measure in AT_A_DAY:
            stock = people["stock"][asked.end - 1]
            return float(
                stock / (self.population if asked.measure == "fraction" else 1)
            )
        name = FLOWS.get(asked.measure, asked.measure)
        total = people[name][asked.start - 1 : asked.end].sum()
        return float(total * (self.movements if unit == "movements" else 1))


def _multiplier(
    days: int, cell: int, memory: float, sd: float, rng: np.random.Generator
) -> FloatArray:
    """Exponential of a stationary autoregression over cells of so many days."""
    tie = np.exp(-cell / memory)
    log, path = sd * rng.standard_normal(), np.zeros(days)
    for day in range(days):
        if day and day % cell == 0:
            log = tie * log + sd * np.sqrt(1 - tie**2) * rng.standard_normal()
        path[day] = np.exp(log)
    return path
