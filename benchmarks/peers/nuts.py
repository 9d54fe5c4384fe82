"""Posterior of one comparison case by NUTS in numpyro, hyperparameters integrated.

    python nuts.py FOLDER [--draws 1500] [--warmup 500] [--chains 4] [--seed 1]
                   [--accept 0.9]

Reads ``case.json`` and ``reports.csv``, writes ``nuts.json``. It imports nothing of
conflictstats: the model is written a second time, from the equations in the README of
the reference values.
"""

import argparse
import csv
import json
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from jax.flatten_util import ravel_pytree
from jax.scipy.special import gammaln, logsumexp
from numpyro.diagnostics import effective_sample_size, split_gelman_rubin
from numpyro.infer import MCMC, NUTS
from numpyro.infer.util import initialize_model
from scipy import optimize

numpyro.enable_x64()
OPEN = np.inf
TOP = {"step_sd", "spread", "place_sd", "u", "found"}
"""Hyperparameters; everything else is Gaussian given them."""


def read_reports(path, places):
    """Observations as padded arrays: cells and log weights, bounds, thinned."""
    with path.open() as lines:
        rows = list(csv.DictReader(lines))
    number = np.array([int(row["observation"]) for row in rows])
    _, first, count = np.unique(number, return_index=True, return_counts=True)
    cell = np.zeros((first.size, count.max()), int)
    log_weight = np.full(cell.shape, -np.inf)
    for i, (start, n) in enumerate(zip(first, count, strict=True)):
        for j, row in enumerate(rows[start : start + n]):
            cell[i, j] = int(row["time"]) * places + int(row["place"])
            log_weight[i, j] = np.log(float(row["weight"]))
    low = np.array([float(rows[i]["low"]) for i in first])
    high = np.array([float(rows[i]["high"] or OPEN) for i in first])
    thinned = np.array([row == "1" for row in (rows[i]["thinned"] for i in first)])
    return cell, log_weight, low, high, thinned


def log_rise(count, size):
    """Log of Gamma(count + size) / (Gamma(size) size^count), without cancellation."""
    large = jnp.maximum(size, 10.0)
    both = count + large
    tail = (1 / both - 1 / large) / 12 - (both**-3 - large**-3) / 360
    tail += (both**-5 - large**-5) / 1260
    stirling = (both - 0.5) * jnp.log1p(count / large) - count + tail
    small = jnp.minimum(size, 10.0)
    plain = gammaln(count + small) - gammaln(small) - count * jnp.log(small)
    return jnp.where(size > 10, stirling, plain)


def log_pmf(count, log_mean, size):
    """Log probability of counts; Poisson where the size is None."""
    mean = jnp.exp(log_mean)
    ways = count * log_mean - gammaln(count + 1)
    if size is None:
        return ways - mean
    return ways + log_rise(count, size) - (size + count) * jnp.log1p(mean / size)


def log_chance(low, high, log_mean, size):
    """Log probability of [low, high], count by count; an open end by its complement."""
    open_end = np.isinf(high)
    first = np.where(open_end, 0.0, low)
    last = np.where(open_end, low - 1, high)
    steps = np.arange(int((last - first).max(initial=0)) + 1)
    count = first[:, None] + steps
    size = None if size is None else size[:, None]
    each = log_pmf(count, log_mean[:, None], size)
    inside = logsumexp(jnp.where(count <= last[:, None], each, -jnp.inf), axis=1)
    safe = jnp.where(open_end & (low > 0), jnp.minimum(inside, -1e-14), -1.0)
    beyond = jnp.where(low > 0, jnp.log(-jnp.expm1(safe)), 0.0)
    return jnp.where(open_end, beyond, inside)


def walk_of(length, pull, step_sd):
    """Sample u_1 ~ N(0, 1), u_t = pull u_(t-1) + noise of sd ``step_sd``, shape (T,).

    What is sampled is the noise in units of its sd.
    """
    with numpyro.plate("cell", length):
        noise = numpyro.sample("noise", dist.Normal())

    def move(before, fresh):
        now = pull * before + step_sd * fresh
        return now, now

    if np.isscalar(pull):
        return noise[0] + jnp.cumsum(step_sd * noise.at[0].set(0.0))
    _, later = jax.lax.scan(move, noise[0], noise[1:])
    return jnp.concatenate([noise[:1], later])


def trend_of(case):
    """Sample the trend, shape (T,), with the hyperparameters that it needs."""
    prior, length = case["priors"], case["length"]
    mean, sd = prior["start_mean"], prior["start_sd"]
    step_sd = numpyro.sample("step_sd", dist.Exponential(prior["step_rate"]))
    if case["trend"] == "ar1":
        rate = prior["correlation_rate"]
        far = 1 - np.exp(-np.sqrt(2) * rate)
        u = numpyro.sample("u", dist.Uniform())
        distance = -jnp.log1p(-far * u) / rate
        correlation = numpyro.deterministic("correlation", 1 - distance**2)
        level = numpyro.sample("level", dist.Normal())
        fresh = jnp.sqrt(1 - correlation**2)
        return mean + sd * level + step_sd * walk_of(length, correlation, fresh)
    if case["trend"] == "rw2":
        with numpyro.plate("cell", length):
            noise = numpyro.sample("noise", dist.Normal())
        slope = prior["slope_sd"] * noise[1] + jnp.cumsum(
            step_sd * noise[1:].at[0].set(0.0)
        )
        moves = jnp.concatenate([jnp.zeros(1), jnp.cumsum(slope)])
        return mean + sd * noise[0] + moves
    drift = 0.0
    if case["trend"] == "drift":
        drift = numpyro.sample("drift", dist.Normal(0, prior["slope_sd"]))
    return mean + sd * walk_of(length, 1.0, step_sd / sd) + drift * jnp.arange(length)


def model(case, reports):
    """The whole model: trend, places, observations."""
    cell, log_weight, low, high, thinned = reports
    prior = case["priors"]
    eta = trend_of(case)[:, None]
    if case["places"] > 1:
        place_sd = numpyro.sample("place_sd", dist.Exponential(prior["place_rate"]))
        with numpyro.plate("place", case["places"]):
            effect = numpyro.sample("effect", dist.Normal(0, place_sd))
        eta = eta + effect
    eta = numpyro.deterministic("eta", eta.ravel())
    parts = eta[cell] + log_weight
    log_mean = logsumexp(parts, axis=1)
    size = None
    if case["family"] == "negbin":
        spread = numpyro.sample("spread", dist.Exponential(prior["spread_rate"]))
        log_ratio = 2 * log_mean - logsumexp(2 * parts, axis=1)
        size = jnp.exp(log_ratio) * spread**-2
    if thinned.any():
        found = numpyro.sample("found", dist.Beta(*prior["found"]))
        log_mean = log_mean + jnp.where(thinned, jnp.log(found), 0.0)
    exact = low == high
    told = log_pmf(low[exact], log_mean[exact], None if size is None else size[exact])
    numpyro.factor("exact", told.sum())
    if not exact.all():
        rest = None if size is None else size[~exact]
        told = log_chance(low[~exact], high[~exact], log_mean[~exact], rest)
        numpyro.factor("intervals", told.sum())


def summary(draws):
    """Mean, sd and Monte Carlo error of one quantity, shape (chains, draws)."""
    ess = float(effective_sample_size(draws))
    return {
        "mean": float(draws.mean()),
        "sd": float(draws.std(ddof=1)),
        "mcse": float(draws.std(ddof=1) / np.sqrt(ess)),
    }


def laplace(case, reports, key):
    """Start and metric of the sampler: Laplace at the best hyperparameters.

    The mode of everything together is no use: with its noise in units of its sd, the
    walk fits too well there.
    """
    info = initialize_model(key, model, model_args=(case, reports))
    first = info.param_info.z
    top = {name: first[name] * 0.0 for name in first if name in TOP}
    rest = {name: first[name] * 0.0 for name in first if name not in TOP}
    (h, unravel_top), (z, unravel) = ravel_pytree(top), ravel_pytree(rest)

    def lost(z, h):
        return info.potential_fn(unravel(z) | unravel_top(h))

    value, slope = jax.jit(lost), jax.jit(jax.grad(lost))
    bend, cross = jax.jit(jax.hessian(lost)), jax.jit(jax.jacfwd(jax.grad(lost), 1))
    best = {"z": np.asarray(z)}

    def settle(h):
        inner = optimize.minimize(
            value, best["z"], (h,), jac=slope, hess=bend, method="trust-exact"
        )
        best["z"] = inner.x
        return inner.x

    def marginal(h):
        return float(value(settle(h), h)) + np.linalg.slogdet(bend(best["z"], h))[1] / 2

    h = optimize.minimize(
        marginal,
        np.full(h.size, -1.0),
        method="Nelder-Mead",
        options={"xatol": 0.02, "fatol": 0.01},
    ).x
    spread = np.linalg.inv(curvature(marginal, h))
    z = settle(h)
    within = np.linalg.inv(bend(z, h))
    follow = -within @ cross(z, h)
    covariance = np.block(
        [
            [spread, spread @ follow.T],
            [follow @ spread, within + follow @ spread @ follow.T],
        ]
    )
    number = jnp.arange(h.size + z.size, dtype=float)
    order, whole = ravel_pytree(
        unravel_top(number[: h.size]) | unravel(number[h.size :])
    )
    order = np.asarray(order, int)
    return np.concatenate([h, z])[order], covariance[np.ix_(order, order)], whole


def curvature(f, at, step=0.3):
    """Hessian of a smooth function by differences, its eigenvalues held above .1."""
    k = at.size
    moves = step * np.eye(k)
    hessian = np.empty((k, k))
    for i in range(k):
        for j in range(i + 1):
            ends = [
                a * b * f(at + a * moves[i] + b * moves[j])
                for a in (1, -1)
                for b in (1, -1)
            ]
            hessian[i, j] = hessian[j, i] = sum(ends) / (4 * step**2)
    values, vectors = np.linalg.eigh(hessian)
    return (vectors * np.maximum(values, 0.1)) @ vectors.T


def sampler(case, reports, given):
    """NUTS with the metric of Laplace's approximation, chains started around it."""
    key = jax.random.PRNGKey(given.seed)
    mode, covariance, unravel = laplace(case, reports, key)
    rng = np.random.default_rng(given.seed)
    apart = rng.multivariate_normal(mode, 2 * covariance, size=given.chains)
    kernel = NUTS(
        model,
        target_accept_prob=given.accept,
        dense_mass=True,
        inverse_mass_matrix=jnp.asarray(covariance),
        adapt_mass_matrix=False,
    )
    mcmc = MCMC(
        kernel,
        num_warmup=given.warmup,
        num_samples=given.draws,
        num_chains=given.chains,
        chain_method="vectorized",
        progress_bar=False,
    )
    first = jax.vmap(unravel)(jnp.asarray(apart))
    mcmc.run(key, case, reports, init_params=first)
    return mcmc


def main():
    """Sample a case and write its moments."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    settings = (("draws", 1500), ("warmup", 500), ("chains", 4), ("seed", 1))
    for name, default in settings:
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--accept", type=float, default=0.9)
    given = parser.parse_args()
    case = json.loads((given.folder / "case.json").read_text())
    reports = read_reports(given.folder / "reports.csv", case["places"])
    before = time.process_time()
    mcmc = sampler(case, reports, given)
    found = {k: np.asarray(v) for k, v in mcmc.get_samples(group_by_chain=True).items()}
    spent = time.process_time() - before
    eta = found["eta"]
    named = ("step_sd", "spread", "found", "place_sd", "correlation", "drift")
    hyper = {name: found[name] for name in named if name in found}
    logged = ("step_sd", "spread", "place_sd")
    hyper |= {f"log_{name}": np.log(hyper[name]) for name in logged if name in hyper}
    every = [*np.moveaxis(eta, -1, 0), *hyper.values()]
    cells = [t * case["places"] + p for t, p in case["cells"]]
    at = [summary(eta[..., cell]) for cell in cells]
    answer = {
        "peer": "numpyro NUTS",
        "version": f"numpyro {numpyro.__version__}, jax {jax.__version__}",
        "integrates": True,
        "seed": given.seed,
        "cpu_s": round(spent, 2),
        "chains": given.chains,
        "draws": given.draws,
        "warmup": given.warmup,
        "accept": given.accept,
        "divergences": int(mcmc.get_extra_fields()["diverging"].sum()),
        "largest_rhat": float(max(split_gelman_rubin(x) for x in every)),
        "smallest_ess": float(min(effective_sample_size(x) for x in every)),
        "eta": {name: [each[name] for each in at] for name in ("mean", "sd", "mcse")},
        "hyper": {name: summary(draws) for name, draws in hyper.items()},
        "log_evidence": None,
    }
    (given.folder / "nuts.json").write_text(json.dumps(answer, indent=1) + "\n")


if __name__ == "__main__":
    main()
