"""Several reports of one incident, by several bodies: one uncertain count."""

from conflictstats.models.incidents.fit import IncidentsFit, IncidentsStatus
from conflictstats.models.incidents.model import Incidents

__all__ = ["Incidents", "IncidentsFit", "IncidentsStatus"]
