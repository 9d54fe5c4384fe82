"""Single chains as other programs draw them: who is in which class is drawn in turn."""

import numpy as np
from numpy.random import Generator
from scipy import special

from conflictstats._typing import FloatArray
from conflictstats.numerics.latent_class.density import ClassDensity

FIRST_CLASSES, THEIR_SHARE = 4, 0.9
"""Classes that begin with most of everybody, and with how much of it together."""
FIRST_CONCENTRATION, HELD = 0.3, 500
"""Concentration times classes at first, and the sweeps for which it is kept."""


class Augmentation:
    """Data augmentation of Manrique-Vallier (2016) on cells, several chains at once.

    It begins as LCMCR does: chances are the shares of the lists in every class, four
    classes hold most of everybody, and the concentration is kept small for 500 sweeps.
    Where ``even``, all classes begin alike but for chances that are dispersed. With
    ``swaps`` labels of classes are swapped too, which LCMCR does not do.
    """

    def __init__(
        self,
        density: ClassDensity,
        chains: int,
        rng: Generator,
        *,
        swaps: int = 0,
        even: bool = False,
    ) -> None:
        self.density, self.swaps, self.rng = density, swaps, rng
        self.held = 0 if even else HELD
        self.cells = density.design[:, : density.n_lists]
        self.records = density.counts.astype(int)
        listed = density.counts @ self.cells[:-1] / density.n_observed
        away = rng.standard_normal((chains, density.n_lists, density.classes)) * even
        self.on = special.expit(special.logit(listed)[:, None] + away)
        few = np.arange(density.classes) < FIRST_CLASSES
        rest = (1 - THEIR_SHARE) / max(density.classes - FIRST_CLASSES, 1)
        weights = np.where(few, THEIR_SHARE / FIRST_CLASSES, rest) ** (not even)
        self.log_weight = np.tile(np.log(weights / weights.sum()), (chains, 1))
        first = 1.0 if even else FIRST_CONCENTRATION / density.classes
        self.concentration = np.full(chains, first)
        self.log_odds = np.zeros(chains)
        self.log_likelihood = np.zeros(chains)

    def sweep(self) -> None:
        """Classes of everybody, then chances, weights and concentration."""
        log_off = np.log1p(-self.on)
        joint = self.cells @ (np.log(self.on) - log_off)
        joint += (log_off.sum(axis=1) + self.log_weight)[:, None]
        np.exp(joint, out=joint)
        whole = joint.sum(axis=2)
        self.log_odds = special.logit(whole[:, -1])
        n = self.density.n_observed
        self.log_likelihood = np.log(whole[:, :-1]) @ self.density.counts
        self.log_likelihood -= n * np.log1p(-whole[:, -1])
        records = self.rng.multinomial(
            self.records, joint[:, :-1] / whole[:, :-1, None]
        )
        factor = self.rng.gamma(n, 1 / (1 - whole[:, -1]))
        held = records.sum(axis=1) + self.rng.poisson(factor[:, None] * joint[:, -1])
        marked = self.cells[:-1].T @ records
        on = self.rng.beta(1 + marked, 1 + held[:, None] - marked)
        self.on = np.clip(on, 1e-15, 1 - 1e-15)
        self._draw_weights(held)
        for _ in range(self.swaps):
            self._swap_labels()
        self.held = max(self.held - 1, 0)
        if not self.held:
            shape = self.density.shape + self.density.classes - 1
            rate = self.density.rate - self.log_weight[:, -1]
            self.concentration = self.rng.gamma(shape, 1 / rate)

    def _draw_weights(self, held: FloatArray) -> None:
        """Break the stick given everybody by class, (chains, classes)."""
        later = np.cumsum(held[:, :0:-1], axis=1)[:, ::-1] + self.concentration[:, None]
        taken = np.log(self.rng.gamma(1.0 + held[:, :-1]))
        left = np.log(self.rng.gamma(1 + later))
        left += np.log(self.rng.random(later.shape)) / later
        both = np.logaddexp(taken, left)
        self.log_weight = np.zeros_like(self.log_weight)
        self.log_weight[:, :-1] = taken - both
        self.log_weight[:, 1:] += np.cumsum(left - both, axis=1)

    def _swap_labels(self) -> None:
        """Offer to swap two labels in every chain; the concentration is summed out."""
        one, other = self.rng.choice(self.density.classes, 2, replace=False)
        order = np.arange(self.density.classes)
        order[[one, other]] = other, one
        offered = self.log_weight[:, order]
        gain = self._log_prior(offered) - self._log_prior(self.log_weight)
        taken = np.log(self.rng.random(len(gain))) < gain
        self.log_weight = np.where(taken[:, None], offered, self.log_weight)
        self.on = np.where(taken[:, None, None], self.on[:, :, order], self.on)

    def _log_prior(self, log_weight: FloatArray) -> FloatArray:
        """Log density of the weights as they stand in the stick, (chains,)."""
        left = np.logaddexp.accumulate(log_weight[:, ::-1], axis=1)[:, -2::-1]
        power = self.density.shape + self.density.classes - 1
        whole = np.log(self.density.rate - log_weight[:, -1])
        return -left.sum(axis=1) - power * whole
