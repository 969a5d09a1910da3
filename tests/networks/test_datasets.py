"""Datasets of generators: what they give, and that they go."""

import gc
import weakref

import numpy as np
import tensorflow as tf

from skglove.networks._datasets import dataset_of


class Data:
    """What a generator refers to."""

    def __init__(self):
        self.rows = np.arange(6, dtype=np.int32).reshape(3, 2)

    def __call__(self):
        yield from self.rows


def dataset_and_reference():
    data = Data()
    dataset = dataset_of(lambda: data(), tf.TensorSpec((2,), tf.int32))
    return dataset.map(lambda row: row + 1).prefetch(2), weakref.ref(data)


def test_each_pass_gives_all():
    dataset, _ = dataset_and_reference()
    gc.collect()
    for _ in range(2):
        assert [row.numpy().tolist() for row in dataset] == [[1, 2], [3, 4], [5, 6]]


def test_data_goes_with_the_dataset():
    dataset, reference = dataset_and_reference()
    assert len(list(dataset)) == 3
    gc.collect()
    assert reference() is not None
    del dataset
    gc.collect()
    assert reference() is None
