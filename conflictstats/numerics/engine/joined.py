"""Paths that are put together: a cell sees the sum of a node of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from conflictstats._typing import FloatArray, IntArray
from conflictstats.errors import SettingError
from conflictstats.numerics.engine.components import Path, Precision

ANYWHERE = 0.37
"""Hyperparameters at which no tie of two nodes happens to be zero."""


@dataclass(frozen=True)
class Joined:
    r"""Independent paths over the same times, one beside the other.

    .. math:: x_t = (x^{(1)}_t, \ldots, x^{(K)}_t), \qquad
              \log p(x) = \sum_k \log p_k(x^{(k)})

    Each part has one or more nodes at each time, in the order of time. The nodes of the
    joined path are those of the first time, part after part, then those of the second,
    so that its precision stays a narrow band. Hyperparameters are those of the parts,
    one after the other. A cell that sees the sum of several parts has a node of each in
    :attr:`conflictstats.numerics.engine.design.Design.node`; :meth:`nodes_of` says
    which they are. A random walk with :func:`~conflictstats.numerics.engine.
    components.noise` is a walk that is overdispersed.

    Attributes
    ----------
    parts : sequence of Path
        The paths.
    length : int
        Number of times.

    Raises
    ------
    SettingError
        If the nodes of a part cannot be divided over the times.

    Examples
    --------
    >>> from conflictstats.numerics.engine.components import noise, random_walk
    >>> both = Joined((random_walk(3, start_mean=5.0), noise(3)), 3)
    >>> both.mean
    array([5., 0., 5., 0., 5., 0.])
    >>> both.nodes_of(1).ravel()
    array([1, 3, 5])
    """

    parts: Sequence[Path]
    length: int

    def __post_init__(self) -> None:
        """Refuse parts that are not over these times."""
        for number, part in enumerate(self.parts):
            if part.mean.size % self.length:
                raise SettingError(
                    f"part {number} has {part.mean.size} nodes, which are not as many "
                    f"at each of {self.length} times"
                )

    @property
    def mean(self) -> FloatArray:
        """Prior mean at every node."""
        out = np.zeros(sum(part.mean.size for part in self.parts))
        for number, part in enumerate(self.parts):
            out[self.nodes_of(number).ravel()] = part.mean
        return out

    @property
    def parameters(self) -> int:
        """As many as the parts have together."""
        return sum(part.parameters for part in self.parts)

    def nodes_of(self, part: int) -> IntArray:
        """Nodes of the joined path that are those of a part.

        Parameters
        ----------
        part : int
            Its number, from 0.

        Returns
        -------
        ndarray of int, shape (length, nodes at a time)
            In the order of the part's own nodes.
        """
        sizes = [path.mean.size // self.length for path in self.parts]
        begins = sum(sizes) * np.arange(self.length)[:, None]
        return begins + sum(sizes[:part]) + np.arange(sizes[part])

    def precision(self, theta: Float[np.ndarray, "stack m"]) -> Precision:
        """Precision at hyperparameters.

        Parameters
        ----------
        theta : ndarray, shape (stack, m)
            Those of the first part, then those of the second, and so on.

        Returns
        -------
        Precision
            One for each of the stack.
        """
        band = np.zeros((len(theta), self.mean.size, self._width))
        constant = np.zeros(len(theta))
        for number, part, columns in self._members:
            found = part.precision(theta[:, columns])
            self._laid(number, found.band, band)
            constant += found.log_constant
        return Precision(band, constant)

    def slopes(self, theta: Float[np.ndarray, "stack m"]) -> list[Precision]:
        """Derivatives in each hyperparameter.

        Parameters
        ----------
        theta : ndarray, shape (stack, m)
            As in :meth:`precision`.

        Returns
        -------
        list of Precision
            One for each.
        """
        out = []
        for number, part, columns in self._members:
            for slope in part.slopes(theta[:, columns]):
                band = np.zeros((len(theta), self.mean.size, self._width))
                self._laid(number, slope.band, band)
                out.append(Precision(band, slope.log_constant))
        return out

    @cached_property
    def _members(self) -> list[tuple[int, Path, slice]]:
        """Number of each part, the part, and where its hyperparameters stand."""
        ends = np.cumsum([0, *(part.parameters for part in self.parts)])
        own = [slice(a, b) for a, b in pairwise(ends.tolist())]
        return [(i, *two) for i, two in enumerate(zip(self.parts, own, strict=True))]

    @cached_property
    def _ties(self) -> list[tuple[IntArray, IntArray]]:
        """For each part, the pairs of its nodes that it ties: nearer and farther."""
        ties = []
        for part in self.parts:
            at = np.full((1, part.parameters), ANYWHERE)
            first, down = np.nonzero(part.precision(at).band[0])
            ties.append((first, first + down))
        return ties

    @cached_property
    def _width(self) -> int:
        """Diagonals of the joined band."""
        far = [0]
        for number, (first, second) in enumerate(self._ties):
            node = self.nodes_of(number).ravel()
            far.append(int((node[second] - node[first]).max(initial=0)))
        return max(far) + 1

    @cached_property
    def _targets(self) -> list[IntArray]:
        """For each part, where its ties stand in the joined band laid out flat."""
        targets = []
        for number, (first, second) in enumerate(self._ties):
            node = self.nodes_of(number).ravel()
            targets.append(node[first] * self._width + node[second] - node[first])
        return targets

    def _laid(self, part: int, band: FloatArray, into: FloatArray) -> None:
        """Lay a part's band (stack, n, k) into the joined one."""
        first, second = self._ties[part]
        flat = into.reshape(len(into), -1)
        flat[:, self._targets[part]] = band[:, first, second - first]
