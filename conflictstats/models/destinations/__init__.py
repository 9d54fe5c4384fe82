"""Who goes where: shares of destinations over time, and gravity between pairs."""

from conflictstats.models.destinations.gravity import Gravity
from conflictstats.models.destinations.gravity_fit import GravityFit
from conflictstats.models.destinations.status import GravityStatus

__all__ = ["Gravity", "GravityFit", "GravityStatus"]
