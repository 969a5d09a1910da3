"""Callbacks that set the learning rate, beside an optimizer that does."""

import keras
import numpy as np
import pytest
from helpers import make_texts

from skglove import GloveTextClassifier
from skglove.networks import Bag, ParallelConv


class Halve(keras.callbacks.Callback):
    """A user's own."""

    def on_epoch_begin(self, epoch, logs=None):
        self.model.optimizer.learning_rate = 0.5**epoch


def make(network, **params):
    return GloveTextClassifier(
        4, network=network, sequence_length=8, epochs=2, random_state=0, **params
    )


# Those of Keras are known by name; a user's own shows when it does so.
@pytest.mark.parametrize(
    ("network", "callback"),
    [
        ("bag", keras.callbacks.LearningRateScheduler(lambda epoch: 0.01)),
        ("bag", keras.callbacks.ReduceLROnPlateau()),
        ("bag", Halve()),
        (ParallelConv(filters=4), Halve()),
    ],
    ids=lambda c: c if isinstance(c, str) else type(c).__name__,
)
def test_two_that_set_the_rate_are_refused(network, callback):
    name = "One of the callbacks"
    if not isinstance(callback, Halve):
        name = f"The callback {type(callback).__name__}"
    clf = make(network, callbacks=[callback])
    with pytest.raises(ValueError, match=f'{name} sets .* optimizer="adam"'):
        clf.fit(*make_texts())
    assert not hasattr(clf, "classes_")


@pytest.mark.parametrize(
    "network",
    [Bag(linear=False), ParallelConv(filters=4)],
    ids=["bag", "parallel_conv"],
)
def test_callback_alone_sets_the_rate(network):
    texts, labels = make_texts()
    probabilities = []
    for rate in (0.0, 0.01):
        callback = keras.callbacks.LearningRateScheduler(lambda *_, rate=rate: rate)
        clf = make(network, optimizer="adam", callbacks=[callback]).fit(texts, labels)
        assert clf.history_["learning_rate"] == pytest.approx([rate] * 2)
        probabilities.append(clf.predict_proba(texts))
    assert not np.allclose(*probabilities)
