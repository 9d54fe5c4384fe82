"""What a program says about a case, and how far two answers are apart."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Posterior of a case by one program.

    Attributes
    ----------
    peer, version : str
        Who answers.
    cpu_s : float
        CPU seconds of the fit alone.
    mean, sd : ndarray, shape (cells,)
        Log rate of the case's cells.
    hyper : dict
        Mean and sd of each hyperparameter; sd is nan where it is not given.
    log_evidence : float
        Log probability of the reports; nan where it is not given.
    integrates : bool
        Whether hyperparameters are integrated, rather than put at their mode.
    told : dict
        What else it says: status, R-hat, seed ...
    """

    peer: str
    version: str
    cpu_s: float
    mean: FloatArray
    sd: FloatArray
    hyper: dict[str, tuple[float, float]]
    log_evidence: float = np.nan
    integrates: bool = True
    told: dict[str, object] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Answer:
        """Read what a peer's script wrote."""
        text = json.loads(path.read_text("utf-8"))
        eta, hyper = text.pop("eta"), text.pop("hyper")
        evidence = text.pop("log_evidence", None)
        names = ("peer", "version", "cpu_s", "integrates")
        return cls(
            **{name: text.pop(name) for name in names},
            mean=np.array(eta["mean"]),
            sd=np.array(eta["sd"]),
            hyper={k: (v["mean"], v.get("sd", np.nan)) for k, v in hyper.items()},
            log_evidence=np.nan if evidence is None else evidence,
            told=text,
        )


@dataclass(frozen=True, slots=True)
class Distance:
    """How far an answer is from that of a referee.

    Attributes
    ----------
    mean : float
        Largest difference of posterior means, in the referee's posterior sds.
    sd : float
        Largest relative difference of posterior sds.
    """

    mean: float
    sd: float


def log_rates(ours: Answer, referee: Answer) -> Distance:
    """Compare the log rates of all cells of the case.

    Parameters
    ----------
    ours, referee : Answer
        Of the same case.

    Returns
    -------
    Distance
        The largest over cells.
    """
    away = np.abs(ours.mean - referee.mean) / referee.sd
    return Distance(float(away.max()), float(np.abs(ours.sd / referee.sd - 1).max()))


def hyperparameters(ours: Answer, referee: Answer) -> dict[str, Distance]:
    """Compare the hyperparameters that both name.

    Parameters
    ----------
    ours, referee : Answer
        Of the same case.

    Returns
    -------
    dict
        Distance by name.
    """
    both = [name for name in referee.hyper if name in ours.hyper]
    found = {}
    for name in both:
        (mean, sd), (centre, scale) = ours.hyper[name], referee.hyper[name]
        found[name] = Distance(abs(mean - centre) / scale, abs(sd / scale - 1))
    return found
