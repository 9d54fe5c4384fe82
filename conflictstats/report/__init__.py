"""From results to files a reader can trace: figures, numbers, manifest, PDF report."""

from conflictstats.report.analysis import Analysis
from conflictstats.report.document import Document
from conflictstats.report.figures import save_figure
from conflictstats.report.hand import Hand, read_hand
from conflictstats.report.manifest import Manifest, changed_outputs
from conflictstats.report.numbers import Numbers
from conflictstats.report.pdf import render_report
from conflictstats.report.run import Run, run_analysis

__all__ = [
    "Analysis",
    "Document",
    "Hand",
    "Manifest",
    "Numbers",
    "Run",
    "changed_outputs",
    "read_hand",
    "render_report",
    "run_analysis",
    "save_figure",
]
