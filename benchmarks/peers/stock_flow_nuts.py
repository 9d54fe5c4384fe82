"""Posterior of the case by NUTS, with numpyro alone; see tests/reference/stock_flow."""

import csv
import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from numpyro.diagnostics import effective_sample_size
from numpyro.infer import MCMC, NUTS

HERE = Path(__file__).resolve().parents[2] / "tests" / "reference" / "stock_flow"
DAYS, LAGS, START, SEED = 84, 60, "2019-05-01", 20190501
POPULATION, INITIAL = (400e3, 0.05), (20e3, 0.5)
CHECKED = (6, 27, 48, 69, 83)
"""Days after which the stock is compared."""
FORTNIGHTS = range(0, DAYS, 14)
NAMES = [
    *("level", "per_unit", "half_life", "noise_sd", "return_rate", "return_noise_sd"),
    *("extra_moves", "initial", "population"),
    *(f"stock_{i}" for i in CHECKED),
    *(f"inflow_{i}" for i in FORTNIGHTS),
]


def columns_of(name):
    """Columns of a file as text."""
    with (HERE / name).open(encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    return {column: np.array([row[column] for row in rows]) for column in rows[0]}


def day_of(column):
    """Days since the first."""
    return (column.astype("datetime64[D]") - np.datetime64(START)).astype(int)


def factor(pieces, step, memory):
    """Cholesky factor of a stationary autoregression."""
    apart = step * np.abs(np.arange(pieces)[:, None] - np.arange(pieces))
    return jnp.array(np.linalg.cholesky(np.exp(-apart / memory)))


def positive(name, median, log_sd):
    """A log-normal number, whose log is kept."""
    score = numpyro.sample(f"{name}_z", dist.Normal(0, 1))
    return jnp.exp(numpyro.deterministic(name, np.log(median) + log_sd * score))


def normal(name, size):
    """Standard normal numbers."""
    return numpyro.sample(name, dist.Normal(0, 1).expand([size]))


def potential(deaths):
    """Persons who would flee a day."""
    scaled = deaths / deaths.mean()
    windows = [scaled[LAGS - 1 - k : LAGS - 1 - k + DAYS] for k in range(LAGS)]
    level = positive("level", 300.0, 2.0)
    share = jax.nn.sigmoid(2.0 * numpyro.sample("share_z", dist.Normal(0, 1)))
    weights = 2.0 ** (-jnp.arange(LAGS) / positive("half_life", 14.0, 1.0))
    spread = (weights / weights.sum()) @ np.array(windows)
    sd = positive("noise_sd", 0.5, 0.5)
    noise = jnp.repeat(jnp.exp(sd * (factor(12, 7, 28) @ normal("u", 12))), 7)
    numpyro.deterministic("per_unit", jnp.log(level * share / deaths.mean()))
    return level * noise * ((1 - share) + share * spread)


def hazard():
    """Rate of return, a day."""
    rate = positive("return_rate", -np.log(1 - 0.12) / 365.25, 1.2)
    sd = positive("return_noise_sd", 0.5, 0.5)
    noise = jnp.exp(sd * (factor(3, 28, 180) @ normal("v", 3)))
    return rate * jnp.repeat(noise, 28)


def course(would_flee, returning):
    """Stock, inflow and returns of each day."""
    start = positive("initial", *INITIAL)
    everybody = positive("population", *POPULATION)

    def step(state, moves):
        stock, left = state
        fled = left * -jnp.expm1(-moves[0] / everybody)
        home = stock * -jnp.expm1(-moves[1])
        after = (stock + fled - home, left - fled + home)
        return after, (after[0], fled, home)

    moves = jnp.stack([would_flee, returning], axis=1)
    return jax.lax.scan(step, (start, everybody - start), moves)[1]


def seen(said, stock, fled, home):
    """Add the likelihood of every report."""
    first, last = day_of(said["start"]), day_of(said["end"])
    low, exact = said["low"].astype(float), said["low"] == said["high"]
    body = (said["body"] == "B").astype(int)
    lean, error = 0.2 * normal("lean", 2), 0.1 * jnp.exp(0.5 * normal("error", 2))
    covered = np.log(0.5) + 0.3 * numpyro.sample("covered", dist.Normal(0, 1))
    extra = positive("extra_moves", 0.3, 0.7)
    for i, measure in enumerate(said["measure"]):
        flow = home if measure == "returns" else fled
        total = flow[first[i] : last[i] + 1].sum()
        middle = jnp.log(stock[last[i]] if measure == "stock" else total)
        middle += lean[body[i]] + covered * (said["coverage"][i] == "half")
        middle += jnp.log1p(extra) * (said["unit"][i] == "movements")
        off = (np.log(low[i]) - middle) / error[body[i]]
        point = jax.scipy.stats.norm.logpdf(off) - jnp.log(error[body[i]])
        above = jax.scipy.stats.norm.logcdf(-off)
        numpyro.factor(f"y{i}", point if exact[i] else above)


def model(said, deaths):
    """Joint density, and what is compared."""
    stock, fled, home = course(potential(deaths), hazard())
    for i in CHECKED:
        numpyro.deterministic(f"stock_{i}", jnp.log(stock[i]))
    for i in FORTNIGHTS:
        numpyro.deterministic(f"inflow_{i}", jnp.log(fled[i : i + 14].sum()))
    seen(said, stock, fled, home)


def main():
    """Draw, and write what is compared."""
    numpyro.enable_x64()
    deaths = columns_of("violence.csv")["deaths"].astype(float)
    kernel = NUTS(model, target_accept_prob=0.95, dense_mass=True)
    chains = {"num_warmup": 1500, "num_samples": 2000, "num_chains": 4}
    run = MCMC(kernel, **chains, chain_method="sequential", progress_bar=False)
    run.run(jax.random.PRNGKey(SEED), columns_of("reports.csv"), deaths)
    drawn = run.get_samples(group_by_chain=True)
    found = {
        name: {
            "mean": round(float(drawn[name].mean()), 5),
            "sd": round(float(drawn[name].std()), 5),
            "ess": round(float(effective_sample_size(np.array(drawn[name])))),
        }
        for name in NAMES
    }
    (HERE / "nuts.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
