"""What Keras is given to train on."""

import numpy as np
import pytest
from helpers import make_classifier, make_texts, make_vectors

from skglove import GloveTextClassifier
from skglove.networks import Bag

TEXTS, LABELS = make_texts(n_per_class=5)


@pytest.mark.parametrize("network", ["bag", "conv"])
def test_a_training_makes_one_iterator_for_all_its_epochs(network, monkeypatch):
    import tensorflow as tf

    made, iterate = [], tf.data.Dataset.__iter__

    def count(dataset):
        made.append(dataset)
        return iterate(dataset)

    monkeypatch.setattr(tf.data.Dataset, "__iter__", count)
    if network == "conv":
        clf = make_classifier(epochs=3)
    else:
        clf = make_classifier(network=Bag(linear=False), epochs=3)
    clf.fit(TEXTS, LABELS)
    assert len(clf.history_["loss"]) == 3
    assert len(made) == 1


def test_every_epoch_has_all_texts():
    # With the optimizer standing still an epoch's accuracy is that of all texts.
    clf = make_classifier(epochs=3, batch_size=4, learning_rate=1e-12)
    clf.set_params(network__dropout=0.0).fit(TEXTS, LABELS)
    accuracy = np.mean(clf.predict(TEXTS) == LABELS)
    np.testing.assert_allclose(clf.history_["accuracy"], [accuracy] * 3, rtol=1e-6)


@pytest.mark.parametrize("network", ["bag", "flatten"])
def test_a_training_that_diverges_says_so(network):
    clf = GloveTextClassifier(
        make_vectors(), network=network, learning_rate=1e30, epochs=2, random_state=0
    )
    with pytest.raises(ValueError, match=r"diverged: .* Use a smaller learning_rate"):
        clf.fit(TEXTS, LABELS)
    assert not hasattr(clf, "classes_")
