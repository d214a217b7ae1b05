"""How `make docs` makes the site of this folder: Sphinx, furo, and what `extensions/` adds."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "src"), str(HERE.parent / "benchmarks")]

import pixmeans  # noqa: E402

project = "pixmeans"
author = "The pixmeans authors"
copyright = author
version = release = pixmeans.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "extensions.sections",
    "extensions.command_line",
    "extensions.pages",
]
exclude_patterns = ["_build", "extensions"]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb"}

# Links within a page and between pages are those that GitHub makes of headings, too.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
suppress_warnings: list[str] = []
nitpicky = False  # types of NumPy have no page here

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
python_use_unqualified_type_names = True
add_module_names = False
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
toc_object_entries_show_parents = "hide"
maximum_signature_line_length = 80

# Notebooks are committed without what they print; they run whenever the site is made, and an error ends that.
nb_execution_mode = "force"
nb_execution_timeout = 120
nb_execution_raise_on_error = True
nb_merge_streams = True

smartquotes = False  # what stands in quotes is to be typed
highlight_language = "none"
pygments_style = "friendly"
pygments_dark_style = "monokai"

html_theme = "furo"
html_title = "pixmeans"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#0063A0",
        "color-brand-content": "#0063A0",
        "color-brand-visited": "#0063A0",
    },
    "dark_css_variables": {
        "color-brand-primary": "#6CBFEF",
        "color-brand-content": "#6CBFEF",
        "color-brand-visited": "#6CBFEF",
    },
}

warnings.filterwarnings("ignore", category=DeprecationWarning, module="sphinx|myst|docutils")
