"""Log-linear laws for people who differ in how easily they are listed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from conflictstats import _check
from conflictstats._typing import FloatArray
from conflictstats.errors import SettingError
from conflictstats.models.undercount.estimate import UnlistedFit
from conflictstats.models.undercount.status import UndercountStatus
from conflictstats.models.undercount.usable import usable
from conflictstats.numerics.heterogeneity import SizeCounts, SizeFit, fit_sizes
from conflictstats.panel import Lists
from conflictstats.panel.lists import FEWEST

LAWS = {
    "none": "everybody is as easily listed as anybody else",
    "chao": "people differ in how easily they are listed, in whatever way: a lower "
    "bound",
    "darroch": "the log odds of being listed differ between people like a normal law "
    "among those listed on none",
    "poisson": "the log odds of being listed differ between people like a Poisson law "
    "among those listed on none",
    "gamma": "the log odds of being listed differ between people like a gamma law, to "
    "its negative side, among those listed on none",
}
"""What each law says of people."""
THETA = {"poisson": 2.0, "gamma": 3.5}
MOST_LISTS = 30
FLATTEST = 100.0
"""Variance of the logarithm from which there is no upper end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heterogeneity:
    r"""Log-linear law of people who differ in how easily they are listed.

    The models :math:`M_0`, :math:`M_t`, :math:`M_h` and :math:`M_{th}` of closed
    populations: the expected records of a combination :math:`x` are

    .. math:: \ln \mu_x = \gamma + \sum_j \beta_j x_j + \eta\, h(|x|), \qquad
              \hat N = n + e^{\hat \gamma}

    with, by ``law``, :math:`h(k)` = 0, :math:`k^2 / 2` (``"darroch"``),
    :math:`\theta^k - 1` (``"poisson"``), :math:`\ln \theta - \ln(\theta + k)`
    (``"gamma"``), or the columns :math:`(k - 2)_+, (k - 3)_+, \dots` (``"chao"``): any
    mixture makes the counts log-convex in :math:`k`, so with coefficients of these
    columns not below 0 the least number of unlisted is found. With no difference
    between people the law is that of independent lists.

    No data tell these laws apart on the unlisted: they agree on the listed and give
    numbers that differ by a multiple. Except for ``"chao"``, use them to see how much
    hangs on the law. They know no dependence between particular lists.

    Attributes
    ----------
    law : {"none", "chao", "darroch", "poisson", "gamma"}
        How people differ.
    lists_alike : bool
        Whether all lists reach the same share (:math:`M_h`), or each its own
        (:math:`M_{th}`).
    theta : float, optional
        Constant of the Poisson law (2 if not given) and of the gamma law (3.5).

    References
    ----------
    .. [1] Rivest, L.-P. and Baillargeon, S. (2007). Applications and extensions of
       Chao's moment estimator for the size of a closed population. *Biometrics* 63(4),
       999-1006. https://doi.org/10.1111/j.1541-0420.2007.00779.x
    .. [2] Baillargeon, S. and Rivest, L.-P. (2007). Rcapture: loglinear models for
       capture-recapture in R. *Journal of Statistical Software* 19(5), 1-31.
       https://doi.org/10.18637/jss.v019.i05
    .. [3] Darroch, J. N., Fienberg, S. E., Glonek, G. F. V. and Junker, B. W. (1993).
       A three-sample multiple-recapture approach to census population estimation with
       heterogeneous catchability. *Journal of the American Statistical Association*
       88(423), 1137-1148. https://doi.org/10.1080/01621459.1993.10476387

    Examples
    --------
    The lower bound for lists that reach different shares of people:

    >>> import conflictstats as cs
    >>> lists = cs.lists_of_cells(
    ...     cs.load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"]
    ... )
    >>> round(cs.Heterogeneity().fit(lists).answer().estimate, 1)
    8591.2
    """

    law: str = "chao"
    lists_alike: bool = False
    theta: float | None = None

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        _check.one_of(self.law, LAWS, "law")
        if self.theta is None:
            return
        if self.law not in THETA:
            raise SettingError(
                f"theta is for the laws {' and '.join(THETA)}; law is {self.law!r}"
            )
        _check.positive(self.theta, "theta")
        if self.law == "poisson" and self.theta == 1:
            raise SettingError("theta of the Poisson law must not be 1: nobody differs")

    @property
    def method(self) -> str:
        """Name of the model, as the field has it."""
        subscript = ("" if self.lists_alike else "t") + "h" * (self.law != "none")
        law = "" if self.law == "none" else f" {self.law.capitalize()}"
        return f"M{subscript or '0'}{law}"

    def fit(self, lists: Lists) -> UnlistedFit:
        """Estimate how many are on no list.

        Parameters
        ----------
        lists : Lists
            Records by combination of lists; strata are put together.

        Returns
        -------
        UnlistedFit
            A floor for the law ``"chao"``. Diagnostics have the ``deviance`` from all
            cells and its ``df``, and the coefficients of the law.
        """
        needed = FEWEST if self.law in ("none", "chao") else FEWEST + 1
        lists, status = usable(lists, least=needed, most=MOST_LISTS)
        unlisted = variance = np.nan
        diagnostics: dict[str, float] = {}
        if not status.refused and lists.by_number_of_lists[0]:
            found = self._found(lists)
            status = self._status(found, lists)
            diagnostics = self._diagnostics(found, lists)
            unlisted = float(np.exp(found.log_unlisted))
            variance = unlisted + unlisted**2 * found.log_variance
        elif not status.refused and self.law != "chao":
            status = UndercountStatus.NO_ESTIMATE
        if self.law == "chao" and not np.isfinite(variance):
            unlisted = variance = 0.0
        return UnlistedFit(
            model=self,
            method=self.method,
            n_observed=lists.n_observed,
            unlisted=unlisted,
            std_err=float(np.sqrt(variance)),
            kind="floor" if self.law == "chao" else "confidence",
            status=status,
            assumptions=self._assumed(),
            diagnostics=diagnostics,
        )

    def _found(self, lists: Lists) -> SizeFit:
        """Largest likelihood, from the counts that suffice."""
        on_list = np.array(list(lists.sizes.values()), float)
        by_size = np.concatenate([[0.0], lists.by_number_of_lists])
        columns = self._columns(lists.n_lists)
        return fit_sizes(SizeCounts(on_list, by_size), columns, alike=self.lists_alike)

    def _columns(self, n_lists: int) -> FloatArray:
        """What the law adds for each number of lists, (size, term)."""
        size = np.arange(n_lists + 1.0)[:, None]
        theta = self.theta or THETA.get(self.law, 1.0)
        if self.law == "chao":
            return np.maximum(size - np.arange(2.0, n_lists), 0.0)
        if self.law == "darroch":
            return size**2 / 2
        if self.law == "poisson":
            return theta**size - 1
        if self.law == "gamma":
            return np.log(theta) - np.log(theta + size)
        return np.zeros((n_lists + 1, 0))

    def _status(self, found: SizeFit, lists: Lists) -> UndercountStatus:
        """What the fit is worth."""
        if not found.found and lists.by_number_of_lists[1]:
            return UndercountStatus.NO_ESTIMATE
        if not found.found or found.log_variance > FLATTEST:
            return UndercountStatus.NO_END
        if self.law != "chao" and (found.terms == 0).any():
            return UndercountStatus.AT_ITS_EDGE
        return UndercountStatus.CONVERGED

    def _assumed(self) -> str:
        """What must be believed."""
        reach = "reach the same share" if self.lists_alike else "each reach a share"
        return f"lists work independently and {reach}; {LAWS[self.law]}"

    def _diagnostics(self, found: SizeFit, lists: Lists) -> dict[str, float]:
        """How far the cells are from the law, and its coefficients."""
        counts = lists.count
        deviance = 2 * (counts @ np.log(counts) - counts.sum() - found.loglik)
        lines = 1 if self.lists_alike else lists.n_lists
        params = 1 + lines + np.count_nonzero(found.terms)
        named = {f"eta_{at + 1}": float(eta) for at, eta in enumerate(found.terms)}
        return {
            "deviance": float(deviance),
            "df": float(2**lists.n_lists - 1 - params),
            "terms_set_to_0": float(np.count_nonzero(found.terms == 0)),
            **named,
        }
