"""Running totals of several counting bodies, and the ratios between their counts."""

from conflictstats.models.counting_bodies.fit import BodiesStatus, CountingBodiesFit
from conflictstats.models.counting_bodies.model import CountingBodies

__all__ = ["BodiesStatus", "CountingBodies", "CountingBodiesFit"]
