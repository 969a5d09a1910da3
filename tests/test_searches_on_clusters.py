"""Searches and cross-validation on joblib's "dask" and "ray" backends."""

import pickle

import joblib
import numpy as np
import pytest
from helpers import dask_client, make_texts, make_vectors, ray_cluster
from sklearn.model_selection import GridSearchCV, cross_val_score

from skglove import GloveTextClassifier, WordVectors
from skglove.networks import Flatten

TEXTS, LABELS = make_texts()


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A file of word vectors of some size."""
    path = tmp_path_factory.mktemp("vectors") / "vectors.txt"
    words = make_vectors(dim=6)
    more = [f"w{i}" for i in range(20_000)]
    vectors = np.random.RandomState(0).normal(size=(len(more), 6)).round(4)
    WordVectors([*words.words, *more], np.concatenate([words.vectors, vectors])).save(
        path
    )
    assert path.stat().st_size > 1_000_000  # so that it gets an index
    return path


def make_classifier(path):
    """A classifier that reads the file."""
    return GloveTextClassifier(
        WordVectors.from_file(path), unseen_words=False, epochs=1, random_state=0
    )


# The layers of "flatten" are seeded by Keras, those of the default network are not.
FLATTEN = Flatten(dense_units=0)


def searched(path):
    """The scores of a search."""
    search = GridSearchCV(
        make_classifier(path),
        [{"back_off": [True, False]}, {"network": [FLATTEN]}],
        scoring="neg_log_loss",
        cv=2,
        n_jobs=2,
        refit=False,  # which this process would do
    ).fit(TEXTS, LABELS)
    return [*search.cv_results_["mean_test_score"], search.best_score_]


def crossed(path):
    """The scores of a cross-validation."""
    clf = make_classifier(path).set_params(network=FLATTEN)
    scoring = "neg_log_loss"
    return cross_val_score(clf, TEXTS, LABELS, scoring=scoring, cv=2, n_jobs=2)


@pytest.fixture(scope="module")
def expected(path):
    """What this process finds."""
    with joblib.parallel_config("sequential"):
        return searched(path)


@pytest.fixture
def client():
    """A client of one Dask worker: any other would load TensorFlow for the same."""
    with dask_client(n_workers=1) as client:
        yield client


def test_dask(expected, path, client):
    with joblib.parallel_config("dask"):
        np.testing.assert_allclose(searched(path), expected, rtol=1e-5)
        of_flatten = np.mean(crossed(path))
    np.testing.assert_allclose(of_flatten, expected[2], rtol=1e-5)


def test_ray(expected, path):
    pytest.importorskip("ray", reason="needs skglove[ray]")
    from ray.util.joblib import register_ray

    with ray_cluster(num_cpus=2):
        register_ray()
        with joblib.parallel_config("ray"):
            np.testing.assert_allclose(searched(path), expected, rtol=1e-5)


def test_a_file_of_vectors_is_not_sent(path):
    vectors = WordVectors.from_file(path)
    clf = GloveTextClassifier(vectors, epochs=1)
    sizes = [len(pickle.dumps(GloveTextClassifier(path, epochs=1)))]
    sizes.append(len(pickle.dumps(clf)))
    assert len(vectors.words) > 20_000  # now they are in memory
    sizes.append(len(pickle.dumps(clf)))
    copied = pickle.loads(pickle.dumps(clf))
    clf.embeddings.look_up(["frog"])
    sizes.append(len(pickle.dumps(clf)))
    assert max(sizes) < 1_000
    np.testing.assert_array_equal(copied.embeddings["frog"], vectors["frog"])
