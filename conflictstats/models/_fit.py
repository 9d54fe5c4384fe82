"""What every fit offers, so that plots and reports need not ask which model."""

from enum import Enum
from typing import Protocol

import xarray as xr


class Fit(Protocol):
    """The shared face of all fits; a fit holds results and settings, never the data."""

    @property
    def params(self) -> xr.DataArray:
        """Estimates, dims (param, ...)."""
        ...

    @property
    def nobs(self) -> int:
        """Number of observations used."""
        ...

    @property
    def status(self) -> Enum:
        """How the estimation ended; the value is the sentence for people."""
        ...

    @property
    def draws(self) -> xr.DataArray | xr.Dataset:
        """Joint draws that carry the uncertainty, dims (draw, ...)."""
        ...

    def conf_int(self, level: float = 0.9) -> xr.Dataset:
        """Give ``estimate, lower, upper`` with attrs ``level`` and ``kind``."""
        ...

    def summary(self) -> str:
        """Give the text that people read first."""
        ...

    def to_dataset(self) -> xr.Dataset:
        """Give everything in one Dataset that netCDF can hold."""
        ...
