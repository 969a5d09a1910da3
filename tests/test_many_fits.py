"""What a fit leaves in memory once its classifier is gone."""

import gc

import pytest
from helpers import make_texts

from skglove import GloveTextClassifier
from skglove.networks import TrainedBag, TrainedNetwork
from skglove.networks._stored_rows import StoredRows
from skglove.text import TokenIds

# What holds texts, in one form or the other, and what is made of them.
HOLDERS = (StoredRows, TokenIds, TrainedBag, TrainedNetwork)


def count(kinds=HOLDERS):
    gc.collect()
    return sum(isinstance(thing, kinds) for thing in gc.get_objects())


@pytest.mark.parametrize("network", ["bag", "flatten"])
def test_nothing_of_a_fit_is_left(network):
    texts, labels = make_texts()
    before = count()
    for _ in range(2):
        clf = GloveTextClassifier(4, network=network, sequence_length=20, epochs=1)
        clf.fit(texts, labels).predict(texts[:3])
        assert count() > before
        del clf
    assert count() == before


def test_no_graphs_of_tensorflow_are_left():
    import tensorflow as tf

    texts, labels = make_texts()
    counts = []
    for _ in range(3):
        GloveTextClassifier(4, epochs=1).fit(texts, labels)
        counts.append(count(tf.Graph))
    # What TensorFlow keeps of a process's first fit, and of no other.
    assert counts[1] == counts[2]
