"""On what a measurement was made."""

import platform
from pathlib import Path


def processor() -> str:
    """Name the processor.

    Returns
    -------
    str
        As the kernel or the interpreter knows it.
    """
    known = Path("/proc/cpuinfo")
    if known.is_file():
        for line in known.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
