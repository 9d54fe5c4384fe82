import ast
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import conflictstats as cs

HEAVY = ("scipy.stats", "statsmodels", "matplotlib.pyplot")
MEASURE = """
import resource, sys
{code}
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime)
print([name for name in {heavy} if name in sys.modules])
"""


def measured(code):
    """CPU seconds of the code in a fresh interpreter, and what it loaded."""
    run = subprocess.run(
        [sys.executable, "-c", MEASURE.format(code=code, heavy=HEAVY)],
        capture_output=True,
        check=True,
        text=True,
    )
    seconds, loaded = run.stdout.splitlines()[-2:]
    return float(seconds), ast.literal_eval(loaded)


def test_import_is_cheap():
    best = min(measured("import conflictstats as cs") for _ in range(3))
    assert best[0] < 0.5
    assert best[1] == []


def test_public_names_load_nothing_heavy_but_themselves():
    code = "import conflictstats as cs; cs.load_kosovo_lists(); cs.save_figure"
    assert measured(code)[1] == []


@pytest.mark.parametrize("name", cs.__all__)
def test_every_public_name_is_there(name):
    assert getattr(cs, name) is not None
    assert name in dir(cs)


def test_type_checkers_see_the_names_that_are_lazy():
    tree = ast.parse(Path(cs.__file__).read_text("utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    imported = {
        (alias.asname, statement.module)
        for statement in guarded.body
        for alias in statement.names
    }
    lazy = {(name, "conflictstats") for name in cs._MODULES}
    lazy |= {(name, f"conflictstats.{home}") for name, home in cs._HOME.items()}
    assert imported == lazy


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'load_moon'"):
        cs.load_moon  # noqa: B018


def test_version_is_that_of_the_package():
    assert cs.__version__ == version("conflictstats")
