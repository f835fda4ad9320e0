"""The documentation site: ``python -m sphinx -W -b html docs docs/_build/html``.

It needs the extra ``docs``, and nothing from the network.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE / "_ext")]  # what is described are the sources here
os.environ["PYTHONPATH"] = os.pathsep.join(sys.path[:2])  # for the processes of the gallery, too
os.environ.setdefault("MPLBACKEND", "agg")

import scripts  # noqa: E402

import fastbp  # noqa: E402

project = "fastbp"
author = project_copyright = "The fastbp developers"
version = release = fastbp.__version__
extensions = [
    "docstrings",
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "_templates"]
templates_path = ["_templates"]
default_role = "py:obj"  # a name in single backticks leads to its place, where it has one

html_theme = "alabaster"
html_title = f"fastbp {version}"
html_static_path = ["_static"]
html_math_renderer = "mathml"
html_copy_source = False
html_sidebars = {"**": ["about.html", "searchfield.html", "navigation.html"]}
html_theme_options = {
    "description": "Backpropagation, compiled, behind scikit-learn estimators",
    "page_width": "1140px",
    "sidebar_width": "230px",
    "sidebar_collapse": True,
    "show_powered_by": False,
}

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say types
numpydoc_show_class_members = False

sphinx_gallery_conf = {
    "examples_dirs": [str(scripts.EXAMPLES)],
    "gallery_dirs": ["gallery"],
    "filename_pattern": scripts.runnable(),
    "ignore_pattern": "^_",  # what several scripts share
    "within_subsection_order": "FileNameSortKey",
    "reset_argv": "scripts.arguments",
    "default_thumb_file": str(HERE / "_static" / "network.png"),
    "backreferences_dir": "gallery/used",
    "doc_module": ("fastbp",),
    "download_all_examples": False,
    "show_signature": False,
    "parallel": min(2, os.cpu_count() or 1),
}
