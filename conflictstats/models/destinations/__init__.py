"""Who goes where: shares of destinations over time, and gravity between pairs."""

from conflictstats.models.destinations.fit import DestinationsFit
from conflictstats.models.destinations.gravity import Gravity
from conflictstats.models.destinations.gravity_fit import GravityFit
from conflictstats.models.destinations.model import Destinations
from conflictstats.models.destinations.status import DestinationsStatus, GravityStatus

__all__ = [
    "Destinations",
    "DestinationsFit",
    "DestinationsStatus",
    "Gravity",
    "GravityFit",
    "GravityStatus",
]
