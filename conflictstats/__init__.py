"""Statistics of armed conflict from what was reported, with honest uncertainty."""

from importlib.metadata import version

__version__ = version("conflictstats")
