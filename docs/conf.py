"""How the documentation is built: `make docs`, without a network."""

import sys
from pathlib import Path

import conflictstats as cs

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "conflictstats"
author = "The conflictstats developers"
copyright = author
release = version = cs.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_parser",
    "mathml",
    "notebooks",
]
exclude_patterns = ["_build", "_ext"]
templates_path = ["_templates"]

autosummary_generate = True
autodoc_member_order = "bysource"
autodoc_typehints = "none"
numpydoc_show_class_members = False
myst_heading_anchors = 3

html_theme = "pydata_sphinx_theme"
html_title = "conflictstats"
html_static_path = ["_static"]
html_css_files = ["conflictstats.css"]
html_math_renderer = "mathml"
html_show_sourcelink = False
html_copy_source = False
html_sidebars = {"index": []}
html_theme_options = {"navbar_end": ["theme-switcher"], "show_toc_level": 2}


def refer_by_public_name(app, env, node, contnode):
    """Link a name that is written with its module to the public name it has."""
    target = node.get("reftarget", "").removeprefix("conflictstats.").split(".")
    for i, name in enumerate(target):
        if name in cs._HOME:
            public = ".".join(["conflictstats", *target[i:]])
            domain = env.domains["py"]
            found = domain.resolve_xref(
                env, node["refdoc"], app.builder, "obj", public, node, contnode
            )
            if found is not None:
                return found
    return None


def setup(app):
    app.connect("missing-reference", refer_by_public_name)
