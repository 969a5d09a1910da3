"""Shared models: files that anybody can load without running what is in them.

A pickle runs whatever its author wrote. A model that is handed on, or got from
somebody else, goes through :meth:`GloveTextClassifier.save` and :func:`load` instead:
the file is one of skops_, which holds numbers, strings and arrays and the name of one
type, and each of them is checked before anything is made of it. Nothing is imported by
a name in the file, and no code, pickle or Keras configuration is read.

What a file holds: the parameters, the vocabulary, the classes, the trained network, the
coverage and the history. What it does not hold: the training texts; the optimizer's
state, so that a warm start goes on with a fresh one; `memory`, which is a folder of one
machine. What cannot be plain is refused: a callable `network`, `standardize`,
`tokenizer` or `preprocessor`, callbacks, an optimizer that is an instance.

Alone, in a :class:`~sklearn.pipeline.Pipeline` and in a search the classifier also goes
through skops itself::

    skops.io.dump(search, "search.skops")
    skops.io.load("search.skops", trusted=skglove.TRUSTED_TYPES)

and so through MLflow::

    mlflow.sklearn.log_model(
        clf,
        name="model",
        serialization_format="skops",
        skops_trusted_types=skglove.TRUSTED_TYPES,
    )

.. _skops: https://skops.readthedocs.io
"""

import inspect
import os
import re
import sys
from collections.abc import Mapping
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ._fitted_state import (
    coverage_from_state,
    coverage_state,
    vocabulary_state,
    with_vocabulary,
)
from ._plain import (
    InvalidStateError,
    check_array,
    check_float,
    check_int,
    check_keys,
    check_option,
    pack_words,
    unpack_words,
)
from ._replace import replace_file
from ._skops_file import LARGEST_FILE, read_state
from ._targets import FORMS, Targets
from ._version import __version__
from .networks import (
    Network,
    network_from_state,
    network_state,
    trained_from_state,
)
from .text import FIRST_WORD_ID, TextVectorizer
from .text._validation import shown

if TYPE_CHECKING:
    from .classifier import GloveTextClassifier

# The one type of ours that a file names. Its path never changes.
_KIND = "skglove.classifier.GloveTextClassifier"

#: What `skops.io.load(..., trusted=skglove.TRUSTED_TYPES)` needs to be told to trust:
#: the classifier, and what scikit-learn's searches hold beside it.
TRUSTED_TYPES = [
    _KIND,
    "sklearn.metrics._classification.accuracy_score",
    "sklearn.metrics._classification.balanced_accuracy_score",
    "sklearn.metrics._classification.f1_score",
    "sklearn.metrics._classification.log_loss",
    "sklearn.metrics._classification.precision_score",
    "sklearn.metrics._classification.recall_score",
    "sklearn.metrics._ranking.roc_auc_score",
    "sklearn.metrics._scorer._PassthroughScorer",
    "sklearn.metrics._scorer._Scorer",
    "sklearn.model_selection._split.KFold",
    "sklearn.model_selection._split.StratifiedKFold",
    # With scikit-learn 1.6 steps of a pipeline hold what metadata they ask for.
    "sklearn.utils._metadata_requests.MetadataRequest",
    "sklearn.utils._metadata_requests.MethodMetadataRequest",
]

#: The version of the state. One that knows a later version loads all earlier ones.
FORMAT = 1

_MAX_BYTES = 1 << 30
_CLASSES_SHOWN = 30

# What `fit` sets.
_FITTED = {
    "_vectorizer",
    "_targets",
    "_network",
    "classes_",
    "vocabulary_",
    "coverage_",
    "history_",
    "n_iter_",
    "best_validation_score_",
    "feature_names_in_",
    "thresholds_",
}
_FITTED_ENTRIES = (
    "vectorizer",
    "targets",
    "network",
    "coverage",
    "history",
    "n_iter",
    "best_validation_score",
    "feature_names",
)
_FILE_ENTRIES = ("path", "member", "dim", "max_bytes", "size", "modified", "changed")
_KINDS = ("binary", "multiclass", "multilabel")


def get_state(classifier) -> dict:
    """Return a classifier as plain state.

    Parameters
    ----------
    classifier : GloveTextClassifier
        Fitted or not.

    Returns
    -------
    state : dict
        Of strings, numbers, bytes, arrays, lists and dicts of these.

    Raises
    ------
    TypeError
        If something about it is not plain, such as a callable `network`.
    """
    params = classifier.get_params(deep=False)
    for name in vars(classifier):
        if name not in params and name not in _FITTED:
            raise TypeError(
                f"The attribute {name} was set from outside and is not among what is "
                "saved. Delete it, or use pickle or joblib."
            )
    return {
        "format": FORMAT,
        "version": __version__,
        "parameters": {
            name: _pack_parameter(name, value)
            for name, value in params.items()
            if name != "memory"
        },
        "fitted": _pack_fitted(classifier) if hasattr(classifier, "_network") else None,
    }


def set_state(classifier, state: dict) -> None:
    """Give a classifier the state of `get_state`, or raise an error and do nothing.

    Parameters
    ----------
    classifier : GloveTextClassifier
        What gets the state.

    state : dict
        Nothing in it is believed.

    Raises
    ------
    InvalidStateError
        If types, shapes, lengths or ranges are not those that `get_state` gives, or
        the state is that of a later version.
    """
    if type(state) is not dict or "format" not in state:
        raise InvalidStateError("The state has no 'format'.")
    check_int(state["format"], "format", 1)
    if state["format"] > FORMAT:
        raise InvalidStateError(
            f"It was saved by skglove {shown(state.get('version'))} in the format "
            f"{state['format']}, of which skglove {__version__} knows those up to "
            f"{FORMAT}. Update skglove."
        )
    check_keys(state, "state", ("format", "version", "parameters", "fitted"))
    if type(state["version"]) is not str:
        raise InvalidStateError("version must be a str.")
    params = _unpack_parameters(type(classifier), state["parameters"])
    fitted = {} if state["fitted"] is None else _unpack_fitted(state["fitted"], {})
    vars(classifier).update(params, **fitted)


def get_pickled_state(classifier) -> dict:
    """Return what a pickle holds: plain state, and as they are things that are not."""
    fitted = set(vars(classifier)) & _FITTED
    others = {k: v for k, v in vars(classifier).items() if k not in fitted}
    if "_network" not in fitted:
        return {"attributes": dict(vars(classifier)), "fitted": None, "objects": {}}
    # The vectorizer's parameters may be functions.
    objects = {"vectorizer": classifier._vectorizer.get_params(deep=False)}
    return {
        "attributes": others,
        "fitted": _pack_fitted(classifier, objects),
        "objects": objects,
    }


def set_pickled_state(classifier, state: dict) -> None:
    """Give a classifier the state of `get_pickled_state`."""
    vars(classifier).update(state["attributes"])
    if state["fitted"] is not None:
        vars(classifier).update(_unpack_fitted(state["fitted"], state["objects"]))


def _pack_parameter(name, value):
    """Return a parameter of the classifier or of a Glove as plain state."""
    from .glove import Glove  # not to be loaded where a classifier is only read
    from .vectors import as_word_vectors

    if isinstance(value, Network):
        try:
            return {"network": network_state(value)}
        except TypeError:
            pass  # a class of the user's
    elif isinstance(value, Glove):
        # Only its parameters: a fit clones it.
        params = value.get_params(deep=False)
        return {"glove": {k: _pack_parameter(k, v) for k, v in params.items()}}
    elif name in ("embeddings", "init") and not isinstance(
        value, (str, os.PathLike, int, np.integer, type(None))
    ):
        return _pack_vectors(as_word_vectors(value))
    elif name == "callbacks" and value is not None and len(value) == 0:
        return None
    try:
        return _pack_value(value)
    except TypeError:
        reason = "A function is not saved, only where it could be imported from"
        if name == "optimizer":
            reason = "An instance of an optimizer is not saved; its name is"
        elif name == "callbacks":
            reason = "Callbacks are not saved"
        elif name == "random_state":
            reason = "Of random generators, RandomState() with its defaults is saved"
        elif not callable(value):
            reason = "Only numbers, strings, and lists and dicts of these are saved"
        raise TypeError(
            f"{name}={shown(value)} cannot be saved: {reason}, as the file must be "
            f"safe to load for those who do not know its author. Set {name} to what "
            "can be saved, or use pickle or joblib."
        ) from None


def _pack_value(value):
    """Return numbers, strings, lists, dicts and the like as plain state."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, os.PathLike):
        return {"path": os.fspath(value)}
    if type(value) in (list, tuple):
        return {type(value).__name__: _pack_list(value)}
    if isinstance(value, dict):
        return {"keys": _pack_list([*value]), "values": _pack_list([*value.values()])}
    if type(value) is np.random.RandomState:
        state = value.get_state(legacy=False)
        if state["bit_generator"] == "MT19937":
            return {
                "key": state["state"]["key"],
                "pos": int(state["state"]["pos"]),
                "has_gauss": int(state["has_gauss"]),
                "gauss": float(state["gauss"]),
            }
    raise TypeError(f"{shown(value)} is not plain.")


def _pack_list(values):
    """Return a list in one piece where its items are of one type."""
    values = [v.item() if isinstance(v, np.generic) else v for v in values]
    types = {type(value) for value in values}
    if types == {str}:
        return pack_words(values, errors="surrogatepass")
    if types == {float} or (
        types == {int} and all(-(2**63) <= value < 2**63 for value in values)
    ):
        return np.array(values)
    return [_pack_value(value) for value in values]


def _unpack_list(packed, name, depth):
    if type(packed) is dict:
        return unpack_words(packed, name, errors="surrogatepass")
    if type(packed) is np.ndarray:
        dtype = np.float64 if packed.dtype.kind == "f" else np.int64
        return check_array(packed, name, dtype, (None,), finite=False).tolist()
    if type(packed) is not list:
        raise InvalidStateError(f"{name} must be a list, got {shown(packed)}.")
    return [_unpack_value(value, name, depth - 1) for value in packed]


def _unpack_value(packed, name, depth=3):
    """Return what `_pack_value` was given."""
    if packed is None or type(packed) in (bool, int, float, str):
        return packed
    if type(packed) is not dict or not depth:
        raise InvalidStateError(f"{name} must be plain, got {shown(packed)}.")
    kind = [*packed]
    if kind == ["path"] and type(packed["path"]) is str:
        return Path(packed["path"])
    if kind == ["list"]:
        return _unpack_list(packed["list"], name, depth)
    if kind == ["tuple"]:
        return tuple(_unpack_list(packed["tuple"], name, depth))
    if kind == ["keys", "values"]:
        keys, values = (_unpack_list(packed[k], name, depth) for k in kind)
        if len(keys) != len(values):
            raise InvalidStateError(f"{name} has {len(keys)} keys to {len(values)}.")
        try:
            return dict(zip(keys, values, strict=True))
        except TypeError:
            raise InvalidStateError(f"{name} has keys that are lists.") from None
    if "pos" in packed:
        return _unpack_random_state(packed, name)
    raise InvalidStateError(f"{name} is of the unknown kind {shown(kind)}.")


def _unpack_random_state(packed, name):
    check_keys(packed, name, ("key", "pos", "has_gauss", "gauss"))
    key = check_array(packed["key"], f"{name}.key", np.uint32, (624,))
    # NumPy reads the key there without a look at its length.
    pos = check_int(packed["pos"], f"{name}.pos", 0, 624)
    has_gauss = check_int(packed["has_gauss"], f"{name}.has_gauss", 0, 1)
    gauss = check_float(packed["gauss"], f"{name}.gauss")
    random_state = np.random.RandomState()
    random_state.set_state(("MT19937", key, pos, has_gauss, gauss))
    return random_state


def _unpack_parameters(kind, packed):
    """Return the parameters of a class, those that are missing with their defaults."""
    signature = inspect.signature(kind.__init__)
    params = {
        name: parameter.default
        for name, parameter in signature.parameters.items()
        if name != "self"
    }
    check_keys(packed, "parameters", (), set(params) - {"memory"})
    for name, value in packed.items():
        params[name] = _unpack_parameter(name, value)
    return params


def _unpack_parameter(name, packed):
    if type(packed) is dict and [*packed] == ["network"]:
        return network_from_state(packed["network"])
    if type(packed) is dict and [*packed] == ["glove"] and name == "embeddings":
        from .glove import Glove

        return Glove(**_unpack_parameters(Glove, packed["glove"]))
    if type(packed) is dict and "vectors" in packed:
        return _unpack_vectors(packed, name)
    return _unpack_value(packed, name)


def _pack_vectors(vectors):
    """Return word vectors, or where their file is, as plain state."""
    state = vectors.__getstate__()
    if state["_source"] is None:
        return {"vectors": vectors.vectors, "words": pack_words(vectors.words)}
    source = state["_source"]
    size, modified, changed = state["_stamp"]
    return {
        "vectors": None,
        "path": os.fspath(source.path),
        "member": source.member,
        "dim": int(vectors.dim),
        "max_bytes": source.max_bytes,
        "size": size,
        "modified": modified,
        "changed": changed,
    }


def _unpack_vectors(packed, name):
    """Return the WordVectors of `_pack_vectors`; a file is not looked at."""
    from .vectors import WordVectors
    from .vectors._source import Source

    if packed["vectors"] is not None:
        check_keys(packed, name, ("vectors", "words"))
        words = unpack_words(packed["words"], f"{name}.words")
        shape = (len(words), None)
        rows = check_array(packed["vectors"], f"{name}.vectors", np.float32, shape)
        try:
            return WordVectors(words, rows)
        except ValueError as error:
            raise InvalidStateError(f"{name}: {error}") from None
    check_keys(packed, name, ("vectors", *_FILE_ENTRIES))
    path, member, max_bytes = (packed[k] for k in ("path", "member", "max_bytes"))
    if type(path) is not str or type(member) not in (str, type(None)):
        raise InvalidStateError(f"{name} must have the path of a file.")
    if max_bytes is not None:
        check_int(max_bytes, f"{name}.max_bytes", 0)
    dim, *stamp = (
        check_int(packed[k], f"{name}.{k}", 0)
        for k in ("dim", "size", "modified", "changed")
    )
    vectors = WordVectors.__new__(WordVectors)
    vectors.__setstate__(
        {
            "dim": dim,
            "_source": Source(Path(path), member, dim, max_bytes),
            "_stamp": tuple(stamp),
            "_words": None,
            "_vectors": None,
            "_index": None,
            "_neighbours": None,
        }
    )
    return vectors


def _pack_fitted(classifier, objects=None):
    """Return what `fit` has set as plain state.

    With `objects`, a dict, what is not plain is put there; without, it is refused.
    """
    vectorizer, targets = classifier._vectorizer, classifier._targets
    params = None
    if objects is None:
        params = {
            name: _pack_parameter(name, value)
            for name, value in vectorizer.get_params(deep=False).items()
        }
    feature_names = getattr(classifier, "feature_names_in_", None)
    return {
        "vectorizer": {
            "parameters": params,
            **vocabulary_state(vectorizer),
        },
        "targets": _pack_targets(targets, objects),
        "network": _pack_network(classifier._network, objects),
        "coverage": coverage_state(classifier.coverage_),
        "history": {
            name: np.array(values, dtype=np.float64)
            for name, values in classifier.history_.items()
        },
        "n_iter": int(classifier.n_iter_),
        "best_validation_score": (
            float(classifier.best_validation_score_)
            if hasattr(classifier, "best_validation_score_")
            else None
        ),
        "feature_names": (
            None if feature_names is None else [str(name) for name in feature_names]
        ),
        "thresholds": (
            np.asarray(classifier.thresholds_, dtype=np.float64)
            if hasattr(classifier, "thresholds_")
            else None
        ),
    }


def _unpack_fitted(state, objects):
    """Return the attributes that `fit` sets."""
    check_keys(state, "fitted", _FITTED_ENTRIES, ("thresholds",))
    vectorizer = _unpack_vectorizer(state["vectorizer"], objects.get("vectorizer"))
    targets = objects.get("targets") or _unpack_targets(state["targets"])
    network = objects.get("network")
    if network is None:
        _check_agreement(state["network"], vectorizer, targets)
        network = trained_from_state(state["network"])
    history = _unpack_history(state["history"])
    n_iter = check_int(state["n_iter"], "n_iter", 0)
    if len(history.get("loss", range(n_iter))) != n_iter:
        raise InvalidStateError(f"n_iter is {n_iter}, but the history is not as long.")
    attributes = {
        "_vectorizer": vectorizer,
        "_targets": targets,
        "_network": network,
        "classes_": targets.classes,
        "vocabulary_": vectorizer.vocabulary_,
        "coverage_": coverage_from_state(state["coverage"]),
        "history_": history,
        "n_iter_": n_iter,
    }
    score = state["best_validation_score"]
    if score is not None:
        check_float(score, "best_validation_score")
        attributes["best_validation_score_"] = score
    names = state["feature_names"]
    if names is not None:
        if type(names) is not list or len(names) != 1 or type(names[0]) is not str:
            raise InvalidStateError("feature_names must be a list of one str.")
        attributes["feature_names_in_"] = np.array(names, dtype=object)
    if targets.kind == "multilabel":
        thresholds = state.get("thresholds")
        attributes["thresholds_"] = (
            targets.default_thresholds
            if thresholds is None
            else check_array(
                thresholds, "thresholds", np.float64, (len(targets.classes),)
            )
        )
    return attributes


def _check_agreement(network, vectorizer, targets):
    """Raise an error unless vocabulary and classes are those of the network."""
    if type(network) is not dict:
        raise InvalidStateError(f"network must be a dict, got {shown(network)}.")
    for name, expected in (
        ("n_tokens", len(vectorizer.vocabulary_)),
        ("n_outputs", targets.n_outputs),
        ("activation", targets.activation),
        ("loss", targets.loss),
        ("sequence_length", vectorizer.sequence_length),
    ):
        if isinstance(expected, np.generic):
            expected = expected.item()
        if name in network or name == "n_tokens":
            check_option(network.get(name), f"network.{name}", (expected,))


def _pack_network(network, objects):
    try:
        # Of a network that goes on training a pickle also has what that takes.
        if objects is None or not network.keeps_training_state:
            return network.get_state()
    except TypeError as error:
        if objects is None:
            raise TypeError(
                f"The trained network cannot be saved: {error} A file that is safe to "
                "load cannot hold the code of another. Use pickle or joblib, or save "
                "model_ with Keras."
            ) from None
    objects["network"] = network
    return None


def _unpack_vectorizer(state, params):
    """Return the fitted vectorizer."""
    check_keys(state, "vectorizer", ("parameters", "words", "counts"))
    if params is None:
        params = _unpack_parameters(TextVectorizer, state["parameters"])
    vectorizer = TextVectorizer(**params)
    try:
        vectorizer._validate_params()
    except (ValueError, TypeError) as error:
        raise InvalidStateError(f"vectorizer: {error}") from None
    vocabulary = {name: state[name] for name in ("words", "counts")}
    return with_vocabulary(vectorizer, vocabulary)


def _pack_targets(targets, objects):
    classes = targets.classes
    if classes.dtype.kind == "O" and all(type(c) is str for c in classes.tolist()):
        classes = pack_words(classes.tolist(), errors="surrogatepass")
    elif classes.dtype.kind not in "biufU":
        if objects is None:
            raise TypeError(
                f"Classes of dtype {classes.dtype} cannot be saved: use strings or "
                "numbers as labels, or pickle or joblib."
            )
        objects["targets"] = targets
        return None
    return {"kind": targets.kind, "classes": classes, "form": targets.form}


def _unpack_targets(state):
    """Return the targets, without training labels."""
    check_keys(state, "targets", ("kind", "classes"), ("form",))
    form = check_option(state.get("form", "array"), "targets.form", FORMS)
    kind = check_option(state["kind"], "targets.kind", _KINDS)
    classes = state["classes"]
    if type(classes) is dict:
        words = unpack_words(classes, "classes", errors="surrogatepass")
        classes = np.empty(len(words), dtype=object)
        classes[:] = words
    elif not isinstance(classes, np.ndarray) or classes.dtype.kind not in "biufU":
        raise InvalidStateError(f"classes must be an array, got {shown(classes)}.")
    if classes.ndim != 1 or len(classes) < (1 if kind == "multilabel" else 2):
        raise InvalidStateError(f"classes has the shape {classes.shape}.")
    if (kind == "binary") != (len(classes) == 2) and kind != "multilabel":
        raise InvalidStateError(f"targets.kind is {kind!r} for {len(classes)} classes.")
    labels = [] if _has_no_characters(classes) else classes.tolist()
    # The columns of an indicator matrix are in an order of their own.
    in_order = len(labels) > 0 and len({*labels}) == len(labels)
    if kind != "multilabel":
        in_order = in_order and all(a < b for a, b in pairwise(labels))
    if not in_order:
        raise InvalidStateError("The classes must be sorted, each there once.")
    targets = Targets.__new__(Targets)
    vars(targets).update(kind=kind, classes=classes, form=form)
    return targets


def _has_no_characters(array):
    """Tell whether an array of str has numbers in it that no character has.

    NumPy raises a SystemError wherever it makes a str of one.
    """
    if array.dtype.kind != "U" or not array.dtype.itemsize:
        return False
    numbers = np.ascontiguousarray(array).view(array.dtype.byteorder + "u4")
    return bool((numbers > sys.maxunicode).any())


def _unpack_history(state):
    if type(state) is not dict:
        raise InvalidStateError(f"history must be a dict, got {shown(state)}.")
    history = {}
    for name, values in state.items():
        if type(name) is not str:
            raise InvalidStateError(f"history has the entry {shown(name)}.")
        values = check_array(
            values, f"history.{name}", np.float64, (None,), finite=False
        )
        history[name] = values.tolist()
    return history


def save(classifier: "GloveTextClassifier", path: str | os.PathLike[str]) -> None:
    """Save a classifier; see :meth:`GloveTextClassifier.save`."""
    kind = f"{type(classifier).__module__}.{type(classifier).__qualname__}"
    if kind != _KIND:
        raise TypeError(
            f"Only a GloveTextClassifier is saved, got {kind}: a file that is safe to "
            "load cannot hold the code of another class. Use pickle or joblib."
        )
    get_state(classifier)  # what cannot be saved is said before skops is asked for
    try:
        from skops.io import dumps
    except ImportError as error:
        raise ImportError(
            f"Saving needs skops, which could not be imported ({error}). Install it "
            'with: pip install "skglove[share]"'
        ) from error
    content = dumps(classifier)
    if len(content) > LARGEST_FILE:
        raise ValueError(
            f"The classifier takes {len(content):,} bytes; files of up to "
            f"{LARGEST_FILE:,} can be saved. Use joblib."
        )
    # Read before it takes the place of what is there: a later version of skops may
    # write what this version of skglove does not read.
    read_state(BytesIO(content), _KIND, max_bytes=len(content))
    replace_file(path, lambda file: file.write(content))


def load(
    path: str | os.PathLike[str], *, max_bytes: int = _MAX_BYTES
) -> "GloveTextClassifier":
    """Load a classifier that :meth:`GloveTextClassifier.save` has saved.

    Nothing in the file is believed: it may come from anybody. TensorFlow is only
    loaded once a network that needs it predicts.

    Parameters
    ----------
    path : str or PathLike
        The file.

    max_bytes : int, default=1_073_741_824
        Largest size of the file. What is loaded takes about as much memory.

    Returns
    -------
    classifier : GloveTextClassifier
        The classifier, as it was saved. Its `memory` is None.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is not a classifier that skglove has saved, is damaged, is larger
        than `max_bytes`, or was saved by a later version in a format that this one
        does not know.

    Examples
    --------
    >>> import tempfile, skglove
    >>> from skglove import GloveTextClassifier
    >>> clf = GloveTextClassifier(None, network="flatten", sequence_length=4, epochs=1)
    >>> clf = clf.fit(["a frog", "a toad", "a car", "a bus"], [0, 0, 1, 1])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     clf.save(f"{folder}/clf.skglove")
    ...     loaded = skglove.load(f"{folder}/clf.skglove")
    >>> bool((loaded.predict_proba(["frog"]) == clf.predict_proba(["frog"])).all())
    True
    """
    from .classifier import GloveTextClassifier  # which imports this module

    with open(path, "rb") as file:
        try:
            state = read_state(file, _KIND, max_bytes=max_bytes)
            classifier = GloveTextClassifier.__new__(GloveTextClassifier)
            classifier.__setstate__(state)
        except InvalidStateError as error:
            raise ValueError(
                f"{os.fspath(path)} cannot be loaded as a classifier that skglove has "
                f"saved. {error}"
            ) from None
    return classifier


def model_card(
    classifier: "GloveTextClassifier", scores: Mapping[str, float | str] | None = None
) -> str:
    """Describe a fitted classifier for those who get its file.

    Parameters
    ----------
    classifier : GloveTextClassifier
        Fitted.

    scores : mapping of str to float or str, default=None
        What was measured, by what it is and on what: `{"accuracy on the test part of
        IMDB": 0.912}`.

    Returns
    -------
    card : str
        Markdown. It has none of the training texts, but the most frequent words that
        the word vectors do not know.

    Raises
    ------
    NotFittedError
        If the classifier is not fitted.

    Examples
    --------
    >>> from skglove import GloveTextClassifier
    >>> from skglove.persistence import model_card
    >>> clf = GloveTextClassifier(None, network="flatten", sequence_length=4, epochs=1)
    >>> clf = clf.fit(["a frog", "a toad", "a car", "a bus"], [0, 0, 1, 1])
    >>> print(model_card(clf, {"accuracy on two texts": 0.5})[:46])
    # Text classifier
    <BLANKLINE>
    A `GloveTextClassifier` of
    """
    check_is_fitted(classifier)
    vectorizer = classifier._vectorizer
    n_words = np.count_nonzero(vectorizer.token_counts_[FIRST_WORD_ID:])
    classes = classifier.classes_.tolist()
    shown_classes = ", ".join(_code(label) for label in classes[:_CLASSES_SHOWN])
    if len(classes) > _CLASSES_SHOWN:
        shown_classes += f" and {len(classes) - _CLASSES_SHOWN} more"
    kind = {
        "binary": "one of two",
        "multiclass": f"one of {len(classes)}",
        "multilabel": f"any of {len(classes)}",
    }[classifier._targets.kind]
    coverage = classifier.coverage_
    parts = [
        "# Text classifier",
        f"A `GloveTextClassifier` of skglove {__version__}. It takes texts, a list of "
        f"`str`, and gives {kind} classes: {shown_classes}.",
        '```python\nimport skglove\n\nclf = skglove.load("model.skglove")\n'
        'clf.predict(["a text"])\n```',
        "## Training texts",
        f"{int(vectorizer.token_counts_.sum()):,} words in all, {n_words:,} different "
        f"ones kept; the vocabulary has {len(vectorizer.vocabulary_) - 2:,} words.",
        "Word vectors were learned from scratch, with the network."
        if coverage is None
        else f"What the word vectors know of them:\n\n```text\n{coverage}\n```",
        "## Training",
        f"{classifier.n_iter_} epochs; in the last one "
        + ", ".join(
            f"{name} {values[-1]:.4g}"
            for name, values in classifier.history_.items()
            if values
        )
        + ".",
    ]
    if scores:
        rows = [(name, _plain_score(score)) for name, score in scores.items()]
        parts += ["## Scores", _table(("", "score"), rows)]
    # Vectors in memory and the like are shortened.
    rows = [
        (f"`{name}`", _code(value)) for name, value in _shown_parameters(classifier)
    ]
    parts += ["## Parameters", _table(("parameter", "value"), rows)]
    return "\n\n".join(parts) + "\n"


def _shown_parameters(classifier):
    params = classifier.get_params(deep=False)
    return [(name, value) for name, value in params.items() if name != "memory"]


def _plain_score(score):
    return _cell(score if isinstance(score, str) else f"{score:.4g}")


def _table(names, rows):
    lines = [names, ("---",) * len(names), *((_cell(a), b) for a, b in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value):
    """Return text for a cell of a table: on one line, with no end in it."""
    return " ".join(str(value).split()).replace("|", r"\|")


def _code(value):
    """Return a value as code, whatever marks of Markdown are in it."""
    text = _cell(shown(value) if not isinstance(value, str) else value)
    text = text if len(text) <= 60 else text[:57] + "..."
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    space = " " if "`" in (text[:1], text[-1:]) else ""
    return f"{fence}{space}{text}{space}{fence}"
