"""Which rows of several tables are the same event, and how sure that is."""

from conflictstats.linkage.linked import LinkedEvents
from conflictstats.linkage.meltt import Meltt
from conflictstats.linkage.model import EventLinkage
from conflictstats.linkage.status import LinkageStatus

__all__ = ["EventLinkage", "LinkageStatus", "LinkedEvents", "Meltt"]
