"""The docstrings of the installed scientific packages, as texts to classify."""

import ast
import contextlib
import gc
import importlib.util
import inspect
import re
import warnings
from functools import lru_cache
from numbers import Integral
from pathlib import Path
from typing import Literal, overload

import numpy as np
from sklearn.utils import Bunch, check_scalar

_PACKAGES = ("keras", "numpy", "scipy", "sklearn")

# NumPy puts its main namespace together from these two.
_PUBLISHED_AS = {"numpy._core": "numpy", "numpy.lib": "numpy"}

# The sources of keras.backend implement other subpackages' functions for each
# backend and are hardly public. numpy.distutils is there below Python 3.12 only:
# with it the classes would depend on the version of Python.
_LEFT_OUT_SUBPACKAGES = frozenset({"keras.backend", "numpy.distutils"})

_LEFT_OUT_FOLDERS = frozenset(
    {"tests", "extern", "externals", "_vendored", "array_api_compat", "array_api_extra"}
)

_MIN_WORDS = 10


@overload
def load_docstrings(
    *,
    min_samples_per_class: int = ...,
    return_X_y: Literal[False] = ...,
) -> Bunch: ...


@overload
def load_docstrings(
    *,
    min_samples_per_class: int = ...,
    return_X_y: Literal[True],
) -> tuple[list[str], np.ndarray]: ...


def load_docstrings(
    *,
    min_samples_per_class: int = 100,
    return_X_y: bool = False,
) -> Bunch | tuple[list[str], np.ndarray]:
    """Load the docstrings of the installed scientific packages (classification).

    The texts are the docstrings of the public functions, classes and methods of
    Keras, NumPy, SciPy and scikit-learn as they are installed, each labelled with
    the subpackage it documents, such as ``scipy.stats`` or ``sklearn.linear_model``.
    Nothing is downloaded, and no package is imported for it: their source files are
    parsed, which takes a few seconds. What is written in C or Cython only is
    therefore not among them. Packages that are not installed are left out.

    The same versions of the packages give the same texts, classes and order on
    every run.

    Parameters
    ----------
    min_samples_per_class : int, default=100
        Subpackages with fewer docstrings than this are left out.

    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : list of str of length n_samples
            The docstrings, sorted by package, file and place in the file.
        target : ndarray of shape (n_samples,), dtype=int64
            The labels, as places in `target_names`.
        target_names : list of str of length n_classes
            The subpackages, sorted.
        names : list of str of length n_samples
            What each text documents, as module and object: for instance
            ``"scipy.stats._stats_py.pearsonr"``.
        DESCR : str
            The description of the dataset, with its counts.

    (data, target) : tuple if ``return_X_y`` is True
        The list of texts and the array of labels described above.

    Raises
    ------
    TypeError
        If `min_samples_per_class` is not an integer.
    ValueError
        If `min_samples_per_class` is below 1, or fewer than two subpackages
        have that many docstrings.

    Notes
    -----
    Which docstrings are taken:

    - A private module counts for the public subpackage it lies in:
      ``sklearn/neighbors/_nearest_centroid.py`` is ``sklearn.neighbors``. NumPy's
      main namespace, which is put together from ``numpy._core`` and
      ``numpy.lib``, is the class ``numpy``.
    - Left out are objects with a leading underscore, and what is defined inside
      a function; tests; vendored code; private subpackages such as
      ``scipy._lib``; ``keras.backend``, whose sources implement the other
      subpackages' functions; and ``numpy.distutils``, which not every version of
      Python has.
    - Docstrings of fewer than ten words are left out, and of equal texts
      (after the cleaning below, white space aside) only the first is kept.

    What gives the answer away is dropped from every text, whatever its class:

    - lines that import something, and ``.. currentmodule::`` lines;
    - the packages' names, and the subpackages' names where they are part of a
      dotted name: ``scipy.stats.norm.pdf`` becomes ``norm.pdf``, and so does
      ``stats.norm.pdf``;
    - placeholders that the package fills in when it is imported,
      ``%(example)s``.

    Examples
    --------
    >>> from skglove.datasets import load_docstrings
    >>> docs = load_docstrings()
    >>> "scipy.stats" in docs.target_names
    True
    >>> len(docs.data) == len(docs.target) == len(docs.names)
    True
    """
    check_scalar(min_samples_per_class, "min_samples_per_class", Integral, min_val=1)
    labels, names, texts = _distinct_docstrings(_roots())
    classes, inverse, counts = np.unique(
        labels, return_inverse=True, return_counts=True
    )
    kept_classes = np.flatnonzero(counts >= min_samples_per_class)
    if len(kept_classes) < 2:
        raise ValueError(
            f"min_samples_per_class={min_samples_per_class} leaves "
            f"{len(kept_classes)} of {len(classes)} subpackages, and a classification "
            "needs two: ask for fewer."
        )
    kept = np.flatnonzero(np.isin(inverse, kept_classes))
    data = [texts[i] for i in kept]
    target = np.searchsorted(kept_classes, inverse[kept]).astype(np.int64)
    if return_X_y:
        return data, target
    target_names = [str(name) for name in classes[kept_classes]]
    return Bunch(
        data=data,
        target=target,
        target_names=target_names,
        names=[names[i] for i in kept],
        DESCR=_describe_docstrings(data, target, target_names),
    )


def _roots():
    """The packages that are installed, and their folders."""
    # Looking up a top-level name finds the package without running it.
    specs = [(package, importlib.util.find_spec(package)) for package in _PACKAGES]
    return tuple(
        (package, Path(spec.submodule_search_locations[0]))
        for package, spec in specs
        if spec is not None and spec.submodule_search_locations
    )


@lru_cache(maxsize=1)  # a few megabytes that take seconds to parse
def _distinct_docstrings(roots):
    """Labels, qualified names and cleaned texts of all docstrings worth keeping."""
    labels, names, texts = [], [], []
    files = [
        (path, label, module)
        for package, root in roots
        for path, label, module in _source_files(package, root)
    ]
    clean = _cleaner({label for _, label, _ in files})
    with _collector_paused():
        docstrings = [
            (label, f"{module}.{name}", docstring)
            for path, label, module in files
            for name, docstring in _docstrings_of_file(path)
        ]
    seen = set()
    for label, name, docstring in docstrings:
        text = clean(docstring)
        words = text.split()
        key = " ".join(words)
        if len(words) < _MIN_WORDS or key in seen:
            continue
        seen.add(key)
        labels.append(label)
        names.append(name)
        texts.append(text)
    return tuple(labels), tuple(names), tuple(texts)


@contextlib.contextmanager
def _collector_paused():
    """Parsing makes millions of short-lived nodes, none of them in a cycle: looking
    for cycles among them would double the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _source_files(package, root):
    """Yield (path, subpackage, module) of a package's source files, sorted."""
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        if _LEFT_OUT_FOLDERS.intersection(parts) or _is_test(parts[-1]):
            continue
        label = _subpackage(root, package, parts)
        if label is not None:
            module = ".".join(part for part in parts if part != "__init__")
            yield path, label, f"{package}.{module}"


def _is_test(stem):
    return stem == "conftest" or stem.startswith("test_") or stem.endswith("_test")


def _subpackage(root, package, parts):
    """The public subpackage that a source file documents, or None."""
    if parts[0] == "src":
        # Keras keeps its code in keras/src; keras/<name> says what is public.
        parts = parts[1:]
        if len(parts) < 2 or not (root / parts[0]).is_dir():
            return None
    label = f"{package}.{parts[0]}"
    label = _PUBLISHED_AS.get(label, label)
    if label in _LEFT_OUT_SUBPACKAGES or label.startswith(f"{package}._"):
        return None
    return label


def _docstrings_of_file(path):
    """Yield (qualified name, docstring) of the public objects a file defines."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # another package's invalid escapes
            tree = ast.parse(path.read_bytes())
    except SyntaxError:  # a template, or written for a later Python
        return
    yield from _docstrings_of_body(tree.body, prefix="")


def _docstrings_of_body(body, prefix):
    """Yield (qualified name, docstring) for definitions, at any depth but in
    functions."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if node.name.startswith("_"):
                continue
            name = f"{prefix}{node.name}"
            docstring = ast.get_docstring(node)
            if docstring:
                yield name, docstring
            if isinstance(node, ast.ClassDef):
                yield from _docstrings_of_body(node.body, prefix=f"{name}.")
        elif isinstance(node, ast.If | ast.Try):
            yield from _docstrings_of_body(node.body, prefix)
            yield from _docstrings_of_body(node.orelse, prefix)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield from _added_docstrings(node.value)


def _added_docstrings(call):
    """Yield the docstrings that NumPy and SciPy give their C functions.

    Their calls are ``add_newdoc("ellipj", doc)``, ``add_newdoc(module, "ndarray",
    doc)`` and ``add_newdoc(module, "ndarray", ("argmax", doc))``; texts that are put
    together while the program runs are passed over.
    """
    if not (isinstance(call.func, ast.Name) and call.func.id == "add_newdoc"):
        return
    try:
        *_, name, added = (ast.literal_eval(argument) for argument in call.args)
    except ValueError:
        return
    if isinstance(added, tuple):
        attribute, added = added
        name = f"{name}.{attribute}"
    if not any(part.startswith("_") for part in name.split(".")):
        yield name, inspect.cleandoc(added)


_GIVEAWAY_LINE = re.compile(
    r"""^[ \t]*(?:
        (?:>>>|\.\.\.)[ \t]*(?:import|from[ \t]+[\w.]+[ \t]+import)[ \t].*
        | from[ \t]+[\w.]+[ \t]+import[ \t].*
        | import[ \t]+[\w.]+(?:[ \t]+as[ \t]+\w+)?[ \t]*$
        | \.\.[ \t]+currentmodule::.*
    )\n?""",
    re.MULTILINE | re.VERBOSE,
)
_DOTTED_NAME = re.compile(r"(?<![\w.])[A-Za-z]\w*(?:\.\w+)+")
_PACKAGE_NAME = re.compile(
    r"\b(?:keras|numpy|scipy|scikit-learn|sklearn)\b", re.IGNORECASE
)
_PLACEHOLDER = re.compile(r"%\(\w+\)s")


def _cleaner(labels):
    """A function that drops from a docstring what gives its subpackage away."""
    subpackages = {part for label in labels for part in label.split(".")}
    subpackages.update(_PACKAGES, ("src", "lib", "_core"))

    def shorten(match):
        parts = match[0].split(".")
        if parts[0] == "np" and parts[1] in subpackages:
            parts = parts[1:]
        while parts and parts[0] in subpackages:
            parts = parts[1:]
        return ".".join(parts)

    def clean(text):
        text = _GIVEAWAY_LINE.sub("", text)
        text = _DOTTED_NAME.sub(shorten, text)
        text = _PACKAGE_NAME.sub("", text)
        return _PLACEHOLDER.sub("", text).strip()

    return clean


def _describe_docstrings(data, target, target_names):
    """The DESCR text, with this corpus's counts."""
    counts = np.bincount(target, minlength=len(target_names))
    width = max(len(name) for name in target_names)
    table = "\n".join(
        f"    {name:<{width}}  {count:>5,}"
        for name, count in zip(target_names, counts, strict=True)
    )
    return f"""\
Docstrings of scientific Python packages
----------------------------------------

**Data Set Characteristics:**

:Number of Instances: {len(data):,}
:Number of Classes: {len(target_names)}
:Number of Words: {sum(len(text.split()) for text in data):,}
:Attributes: text

Docstrings of the public functions, classes and methods of Keras, NumPy, SciPy and
scikit-learn as installed, labelled with the subpackage they document. The
packages' names, import lines and the subpackages' names in dotted names are taken
out of the texts.

:Class Distribution:

{table}
"""
