"""Sphinx's configuration. Build with: sphinx-build -W -b html docs docs/_build."""

import os
from pathlib import Path

import skglove

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

project = "skglove"
author = "the skglove developers"
copyright = "2026, the skglove developers"
version = release = skglove.__version__

extensions = [
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "_templates", "gallery/*.md5", "gallery/*.json"]
html_theme = "pydata_sphinx_theme"
html_title = "skglove"
html_static_path = ["_static"]
html_css_files = ["skglove.css"]
templates_path = ["_templates"]
html_theme_options = {
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "header_links_before_dropdown": 5,
    # One line: a search field would wrap it.
    "navbar_persistent": ["search-button"],
    "secondary_sidebar_items": ["page-toc"],
}
html_show_sourcelink = False
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

# The gallery's options hold a function.
suppress_warnings = ["config.cache"]

autosummary_generate = True
toc_object_entries_show_parents = "hide"
# The types are in the docstrings, with shapes.
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
# Scikit-learn's metadata routing adds methods that no page is about.
autodoc_default_options = {
    "exclude-members": "set_fit_request, set_partial_fit_request, set_score_request"
}

sphinx_gallery_conf = {
    "examples_dirs": str(Path(__file__).parents[1] / "examples"),
    "gallery_dirs": "gallery",
    # Those that start a cluster are shown, and run by tests/scoring.
    "filename_pattern": r"/(?!score_with_)\w+\.py$",
    "download_all_examples": False,
    "show_memory": False,
    "remove_config_comments": True,
    # The quick form: a page must not take an hour.
    "reset_argv": lambda gallery_conf, script_vars: ["--quick"],
    "matplotlib_animations": False,
    "abort_on_example_error": True,
}
