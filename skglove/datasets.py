"""Text collections in the shape of scikit-learn's dataset loaders."""

import ast
import contextlib
import gc
import gzip
import importlib.util
import inspect
import re
import tarfile
import tempfile
import warnings
import zlib
from numbers import Integral
from pathlib import Path

import numpy as np
from sklearn.datasets import load_files
from sklearn.utils import Bunch, check_random_state, check_scalar

from . import pretrained

__all__ = ["fetch_imdb", "fetch_news20", "load_docstrings"]

# ---------------------------------------------------------------------------
# Docstrings of the installed packages
# ---------------------------------------------------------------------------

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


def load_docstrings(*, min_samples_per_class=100, return_X_y=False):
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
    labels, names, texts = _distinct_docstrings()
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


def _distinct_docstrings():
    """Labels, qualified names and cleaned texts of all docstrings worth keeping."""
    labels, names, texts = [], [], []
    files = [
        (path, label, module)
        for package in _PACKAGES
        for path, label, module in _source_files(package)
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
    return labels, names, texts


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


def _source_files(package):
    """Yield (path, subpackage, module) of a package's source files, sorted."""
    # Looking up a top-level name finds the package without running it.
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return
    root = Path(spec.submodule_search_locations[0])
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


# ---------------------------------------------------------------------------
# 20 Newsgroups
# ---------------------------------------------------------------------------

_NEWS20_FOLDER = "20_newsgroups"
_NEWS20_SEED = 1337
_NEWS20_TEST_FRACTION = 0.2


def fetch_news20(
    *,
    subset="all",
    remove=(),
    data_home=None,
    download_if_missing=True,
    return_X_y=False,
):
    """Load the original 20 Newsgroups posts, downloading them if needed.

    These are the 19,997 posts with their headers that the Keras examples on
    pre-trained word embeddings train on. :func:`sklearn.datasets.fetch_20newsgroups`
    loads another version of the collection: 18,846 posts, without duplicates and
    some headers, split by date.

    Parameters
    ----------
    subset : {"all", "train", "test"}, default="all"
        "all" gives the posts sorted by newsgroup and file name. "train" and "test"
        are the split of the Keras example [1]_: the sorted posts shuffled by
        ``RandomState(1337)``, and the last 20 % of them, rounded down, held out:
        15,998 and 3,999 posts.

    remove : tuple, default=()
        What to drop from each post, one of:

        - ``()``: nothing;
        - ``("headers",)``: all before the first blank line, as the blog post [2]_
          does. A post without one stays whole;
        - ``("first_ten_lines",)``: the first ten lines, as the Keras example does,
          whatever is on them.

    data_home : str or os.PathLike, default=None
        The folder with the data; None means ``$SKGLOVE_DATA``, or
        ``~/.cache/skglove`` where that is unset. Its folder ``20_newsgroups`` is
        read. If there is none, it is unpacked from ``news20.tar.gz`` in the same
        place, which stays there.

    download_if_missing : bool, default=True
        Whether to download the archive if neither it nor the folder is there.

    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    bunch : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : list of str of length n_samples
            The posts, decoded as Latin-1.
        target : ndarray of shape (n_samples,), dtype=int64
            The labels, as places in `target_names`.
        target_names : list of str of length 20
            The newsgroups, sorted.
        filenames : ndarray of shape (n_samples,), dtype=str
            The path of each post.
        DESCR : str
            The description of the dataset.

    (data, target) : tuple if ``return_X_y`` is True
        The list of posts and the array of labels described above.

    Raises
    ------
    ValueError
        If `subset` or `remove` is none of the above, or the archive is damaged or
        has members that lie outside its folder.
    FileNotFoundError
        If the data is not there, and could not be downloaded or
        `download_if_missing` is False.

    References
    ----------
    .. [1] F. Chollet, "Using pre-trained word embeddings", Keras code examples,
       2020. https://keras.io/examples/nlp/pretrained_word_embeddings/
    .. [2] F. Chollet, "Using pre-trained word embeddings in a Keras model", The
       Keras Blog, 2016.
       https://blog.keras.io/using-pre-trained-word-embeddings-in-a-keras-model.html
    .. [3] K. Lang, "NewsWeeder: Learning to filter netnews", Proceedings of the
       Twelfth International Conference on Machine Learning, 1995, pp. 331-339.

    Examples
    --------
    >>> from skglove.datasets import fetch_news20
    >>> train = fetch_news20(
    ...     subset="train", remove=("first_ten_lines",)
    ... )  # doctest: +SKIP
    >>> len(train.data), len(train.target_names)  # doctest: +SKIP
    (15998, 20)
    """
    _check_subset(subset)
    remover = _news20_remover(remove)
    folder = _corpus_folder(
        "news20.tar.gz", _NEWS20_FOLDER, data_home, download_if_missing
    )
    bunch = _read_texts(folder, encoding="latin-1")
    bunch.data = [remover(text) for text in bunch.data]
    if subset != "all":
        chosen = _news20_split(len(bunch.data), subset)
        bunch.data = [bunch.data[i] for i in chosen]
        bunch.target = bunch.target[chosen]
        bunch.filenames = bunch.filenames[chosen]
    if return_X_y:
        return bunch.data, bunch.target
    bunch.DESCR = _describe_fetched(
        "20 Newsgroups, the original posts",
        bunch,
        "Posts to 20 newsgroups of 1993, as collected by Ken Lang.",
        f"subset={subset!r}, remove={remove!r}",
    )
    return bunch


def _news20_remover(remove):
    """The function that does to a post what `remove` asks for."""
    removers = {
        (): lambda text: text,
        ("headers",): _without_headers,
        ("first_ten_lines",): _without_first_ten_lines,
    }
    if isinstance(remove, list | tuple) and tuple(remove) in removers:
        return removers[tuple(remove)]
    raise ValueError(
        "remove must be (), ('headers',) or ('first_ten_lines',), a tuple of at most "
        f"one; got {remove!r}."
    )


def _without_headers(text):
    """The post from its first blank line on."""
    return text[max(text.find("\n\n"), 0) :]


def _without_first_ten_lines(text):
    return "\n".join(text.split("\n")[10:])


def _news20_split(n_samples, subset):
    """Places, in sorted order, of the posts of the Keras example's split."""
    # The example shuffles two lists in place, each by a generator of its own with
    # the same seed: both come out in this order.
    order = check_random_state(_NEWS20_SEED).permutation(n_samples)
    n_train = n_samples - int(_NEWS20_TEST_FRACTION * n_samples)
    return order[:n_train] if subset == "train" else order[n_train:]


# ---------------------------------------------------------------------------
# IMDB reviews
# ---------------------------------------------------------------------------

_IMDB_FOLDER = "aclImdb"


def fetch_imdb(
    *, subset="train", data_home=None, download_if_missing=True, return_X_y=False
):
    """Load the Large Movie Review Dataset, downloading it if needed.

    50,000 English film reviews from IMDB, half of them negative (at most 4 of 10
    points) and half positive (at least 7) [1]_. The 50,000 reviews without labels
    that come with them are not loaded.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        The published split, 25,000 reviews each; "all" is "train" followed by
        "test". Each half lists negative reviews, then positive ones, by file name:
        shuffle before you cut a part off.

    data_home : str or os.PathLike, default=None
        The folder with the data; None means ``$SKGLOVE_DATA``, or
        ``~/.cache/skglove`` where that is unset. Its folder ``aclImdb`` is read. If
        there is none, it is unpacked from ``aclImdb_v1.tar.gz`` in the same place,
        which stays there.

    download_if_missing : bool, default=True
        Whether to download the archive if neither it nor the folder is there.

    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    bunch : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : list of str of length n_samples
            The reviews, with their HTML line breaks.
        target : ndarray of shape (n_samples,), dtype=int64
            0 for negative, 1 for positive.
        target_names : list of str of length 2
            ``["neg", "pos"]``.
        filenames : ndarray of shape (n_samples,), dtype=str
            The path of each review.
        DESCR : str
            The description of the dataset.

    (data, target) : tuple if ``return_X_y`` is True
        The list of reviews and the array of labels described above.

    Raises
    ------
    ValueError
        If `subset` is none of the above, or the archive is damaged or has members
        that lie outside its folder.
    FileNotFoundError
        If the data is not there, and could not be downloaded or
        `download_if_missing` is False.

    References
    ----------
    .. [1] A. L. Maas, R. E. Daly, P. T. Pham, D. Huang, A. Y. Ng and C. Potts,
       "Learning word vectors for sentiment analysis", Proceedings of the 49th
       Annual Meeting of the Association for Computational Linguistics, 2011,
       pp. 142-150. https://ai.stanford.edu/~amaas/data/sentiment/

    Examples
    --------
    >>> from skglove.datasets import fetch_imdb
    >>> train = fetch_imdb(subset="train")  # doctest: +SKIP
    >>> len(train.data), train.target_names  # doctest: +SKIP
    (25000, ['neg', 'pos'])
    """
    _check_subset(subset)
    folder = _corpus_folder(
        "aclImdb_v1.tar.gz", _IMDB_FOLDER, data_home, download_if_missing
    )
    halves = [
        _read_texts(
            folder / half,
            encoding="utf-8",
            categories=["neg", "pos"],
            allowed_extensions=[".txt"],
        )
        for half in (("train", "test") if subset == "all" else (subset,))
    ]
    bunch = Bunch(
        data=[text for half in halves for text in half.data],
        target=np.concatenate([half.target for half in halves]),
        target_names=halves[0].target_names,
        filenames=np.concatenate([half.filenames for half in halves]),
    )
    if return_X_y:
        return bunch.data, bunch.target
    bunch.DESCR = _describe_fetched(
        "Large Movie Review Dataset",
        bunch,
        "Film reviews from IMDB, negative or positive, as collected by Maas et al.",
        f"subset={subset!r}",
    )
    return bunch


# ---------------------------------------------------------------------------
# What the two have in common
# ---------------------------------------------------------------------------


def _check_subset(subset):
    if subset not in ("train", "test", "all"):
        raise ValueError(f"subset must be 'train', 'test' or 'all'; got {subset!r}.")


def _corpus_folder(archive_name, folder_name, data_home, download_if_missing):
    """The corpus's folder in the data home, unpacked now if it is not there."""
    folder = pretrained.data_home(data_home) / folder_name
    if not folder.is_dir():
        archive = pretrained.fetch_archive(
            archive_name, data_home=data_home, download=download_if_missing
        )
        _unpack(archive, folder)
    return folder


def _unpack(archive, folder):
    """Unpack the folder of that name from a tar archive: all of it, or nothing."""
    if not hasattr(tarfile, "data_filter"):
        raise RuntimeError(
            f"This Python cannot unpack {archive} safely: update it to 3.10.12, "
            f"3.11.4 or later, or unpack the archive by hand in {folder.parent}."
        )
    with tempfile.TemporaryDirectory(
        dir=folder.parent, prefix=f"{folder.name}-", suffix=".part"
    ) as temporary:
        try:
            with tarfile.open(archive) as tar:
                tar.extractall(temporary, filter=_refuse_outside)
        except tarfile.FilterError as error:
            raise ValueError(
                f"{archive} is not the published archive, and nothing of it was "
                f"unpacked: {error}"
            ) from error
        except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(
                f"{archive} is damaged or cut off, and nothing of it was unpacked "
                f"({error}): delete it, and get it again."
            ) from error
        unpacked = Path(temporary, folder.name)
        if not unpacked.is_dir():
            raise ValueError(f"{archive} has no folder {folder.name!r}.")
        try:
            unpacked.rename(folder)
        except OSError:
            # Another process may have unpacked it meanwhile.
            if not folder.is_dir():
                raise


def _refuse_outside(member, path):
    """tarfile's data filter, which takes absolute names for relative ones."""
    if member.name.startswith("/"):
        raise tarfile.AbsolutePathError(member)
    return tarfile.data_filter(member, path)


_NOT_WHOLE = (
    "There is no {}: the corpus has been taken apart. Delete or move its folder, and "
    "it will be unpacked from its archive anew."
)


def _read_texts(folder, *, encoding, categories=None, allowed_extensions=None):
    """Read a folder of folders of texts, sorted, one class a folder."""
    missing = [name for name in categories or () if not (folder / name).is_dir()]
    if missing:
        raise FileNotFoundError(_NOT_WHOLE.format(folder / missing[0]))
    bunch = load_files(
        folder,
        categories=categories,
        encoding=encoding,
        allowed_extensions=allowed_extensions,
        shuffle=False,
    )
    if not bunch.data:
        raise FileNotFoundError(_NOT_WHOLE.format(folder / "*" / "*"))
    return Bunch(
        # As Python's open() reads lines: load_files decodes the bytes as they are.
        data=[text.replace("\r\n", "\n").replace("\r", "\n") for text in bunch.data],
        target=bunch.target.astype(np.int64, copy=False),
        target_names=bunch.target_names,
        filenames=bunch.filenames,
    )


def _describe_fetched(title, bunch, what, how):
    """The DESCR text of a fetched corpus, with the counts of what was loaded."""
    return f"""\
{title}
{"-" * len(title)}

**Data Set Characteristics:**

:Number of Instances: {len(bunch.data):,}
:Number of Classes: {len(bunch.target_names)}
:Attributes: text

{what}
Loaded with {how}.
"""
