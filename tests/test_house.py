"""The house rules that a linter cannot hold."""

import importlib
import inspect
import pkgutil
import re
import subprocess
from dataclasses import is_dataclass
from pathlib import Path

import numpy as np
import pytest
from numpydoc.docscrape import NumpyDocString

import conflictstats as cs

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 450
LONG = {
    "models/rates/fit.py": "the verbs of one fit; half of it is docstrings",
    "quantity/reported.py": "one class with its arithmetic; half of it is docstrings",
}
"""Files that are long, each with the reason why it is not two."""
VAGUE = {"utils", "helpers", "base", "impl", "manager", "misc", "common"}


MADE_BY_MODELS = "of"
"""Name of the constructors that label what a model found; users never call them."""


def public_names(module):
    """Names that users meet: what the package exports, or else all of the module."""
    package = importlib.import_module(module.__name__.rpartition(".")[0])
    exported = getattr(package, "__all__", None)
    if exported is None or package is cs:
        return {name for name in vars(module) if not name.startswith("_")}
    return set(exported)


def public_members():
    for info in pkgutil.walk_packages(cs.__path__, "conflictstats."):
        if any(part.startswith("_") or part == "cli" for part in info.name.split(".")):
            continue
        module = importlib.import_module(info.name)
        for name in public_names(module):
            member = vars(module).get(name)
            if getattr(member, "__module__", "") == module.__name__:
                yield f"{module.__name__}.{name}", member


def public_functions():
    """Functions and methods that a user can call, by their full name."""
    for name, member in public_members():
        if inspect.isfunction(member):
            yield name, member
        elif inspect.isclass(member):
            for own, method in vars(member).items():
                method = getattr(method, "__func__", method)
                hidden = own.startswith("_") or own == MADE_BY_MODELS
                if inspect.isfunction(method) and not hidden:
                    yield f"{name}.{own}", method


def taken_by(function):
    return {
        name: parameter
        for name, parameter in inspect.signature(function).parameters.items()
        if name not in ("self", "cls")
    }


FUNCTIONS = dict(sorted(public_functions()))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_docstring_names_every_argument_and_what_comes_back(name):
    function = FUNCTIONS[name]
    assert inspect.getdoc(function), f"{name} has no docstring"
    doc = NumpyDocString(inspect.getdoc(function))
    told = {n.strip(" *") for p in doc["Parameters"] for n in p.name.split(",")}
    assert told == set(taken_by(function))
    nothing = inspect.signature(function).return_annotation in (None, "None")
    assert nothing or doc["Returns"] or doc["Yields"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_settings_have_the_words_of_the_house(name):
    taken = taken_by(FUNCTIONS[name])
    assert not taken.keys() & {"alpha", "random_state", "confidence"}
    assert "seed" not in taken or name.startswith("conflictstats.report.")
    if "level" in taken:
        assert taken["level"].default in (0.9, None, inspect.Parameter.empty)
    if "rng" in taken:
        assert "Generator" in str(taken["rng"].annotation)


def test_no_file_is_long_without_a_reason():
    lines = {
        path.relative_to(ROOT / "conflictstats").as_posix(): len(
            path.read_text("utf-8").splitlines()
        )
        for path in ROOT.joinpath("conflictstats").rglob("*.py")
    }
    long = {path for path, count in lines.items() if count > LONGEST}
    assert long == set(LONG)


def test_no_module_is_a_drawer():
    names = {path.stem for path in ROOT.joinpath("conflictstats").rglob("*.py")}
    assert not {name.strip("_") for name in names} & VAGUE


def test_models_and_fits_cannot_be_changed():
    kinds = [
        "DynamicRate",
        "DynamicShare",
        "ShareBounds",
        "ReportedFlow",
        "CountingBodies",
    ]
    kinds += ["FoundShare", "Incidents", "ReportedShares"]
    kinds += ["AttributionBounds", "AttributionShare", "Destinations", "Gravity"]
    kinds = [*kinds, "Composition", "DecomposableGraphs", "LatentClass", "LogLinear"]
    kinds += ["ThresholdedLogLinear", "LincolnPetersen", "UncertainOddsRatio"]
    results = [*(f"{kind}Fit" for kind in kinds), "UnlistedFit", "Answer", "Comparison"]
    results += ["InternalConsistency", "LinkedEvents"]
    kinds += ["ChaoFloor", "FixedOddsRatio", "Heterogeneity", "SampleCoverage"]
    kinds += ["EventLinkage", "Meltt"]
    for name in [*kinds, *results]:
        found = getattr(cs, name)
        assert is_dataclass(found)
        assert found.__dataclass_params__.frozen, name
        assert hasattr(found, "__slots__"), name


def test_a_panel_and_a_fit_do_not_share_memory(rng):
    panel = cs.simulate.counts.random_walk_counts(6, rng=rng)
    fit = cs.DynamicRate(draws=20).fit(panel, rng=rng)
    before = fit.draws.copy(deep=True)
    panel["best"] += 100
    assert fit.draws.identical(before)
    assert np.isfinite(fit.draws["expected"]).all()


# -- what is published ---------------------------------------------------------------


def tracked():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git repository")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def texts():
    for path in tracked():
        content = path.read_bytes() if path.is_file() else b"\0"
        if b"\0" not in content:
            yield path, content.decode("utf-8")


# Written with a class of one letter, so that this file does not match itself.
MACHINE = re.compile(
    r"(?<![A-Za-z0-9_.])/(?:wo[r]k|fa[r]m|ro[o]t|t[m]p|ho[m]e)/[A-Za-z.]"
)
REGISTRY = re.compile(
    r"files\.pytho[n]hosted|pyp[i]\.org/simple|registr[y]\.npmjs|de[b]\.debian", re.I
)


@pytest.mark.parametrize("pattern", [MACHINE, REGISTRY], ids=["machine", "registry"])
def test_no_address_of_one_machine_or_registry_is_published(pattern):
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path, text in texts()
        for match in [pattern.search(text)]
        if match and not (pattern is MACHINE and path.suffix == ".lock")
    ]
    assert found == []


def test_the_patterns_find_what_they_are_for():
    assert MACHINE.search("see /" + "tmp/x")
    assert not MACHINE.search("https://example.org/" + "work/x")
    assert REGISTRY.search("https://py" + "pi.org/simple/numpy")


@pytest.mark.parametrize("name", cs._HOME)
def test_every_public_name_is_in_the_reference_and_has_an_example(name):
    page = ROOT.joinpath("docs", "reference", "index.rst").read_text("utf-8")
    assert re.search(rf"^   {name}$", page, re.M)
    assert NumpyDocString(inspect.getdoc(getattr(cs, name)))["Examples"]


def test_the_citation_and_the_changelog_are_of_this_version():
    yaml = pytest.importorskip("yaml")
    cited = yaml.safe_load(ROOT.joinpath("CITATION.cff").read_text("utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= cited.keys()
    assert cited["version"] == cs.__version__
    assert cited["license"] == "BSD-3-Clause"
    assert f"\n## [{cs.__version__}]" in ROOT.joinpath("CHANGELOG.md").read_text(
        "utf-8"
    )
