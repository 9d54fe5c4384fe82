"""Running totals of several counting bodies, and the ratios between their counts."""

from conflictstats.models.counting_bodies.fit import CountingBodiesFit
from conflictstats.models.counting_bodies.model import CountingBodies
from conflictstats.models.counting_bodies.status import BodiesStatus

__all__ = ["BodiesStatus", "CountingBodies", "CountingBodiesFit"]
