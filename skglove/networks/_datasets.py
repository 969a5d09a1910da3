"""Datasets of generators that go when they are no longer used."""

import weakref
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import tensorflow as tf


def dataset_of(generator: Callable[[], Iterator], signature: Any) -> "tf.data.Dataset":
    """Return `tf.data.Dataset.from_generator` of a generator that holds data.

    TensorFlow keeps the function that it is given, and all that this refers to, for as
    long as the process lives: of each fit the training texts. Here it is given one
    that refers to the generator weakly. The dataset holds the generator.

    Parameters
    ----------
    generator : callable
        Makes an iterator at each pass over the dataset.

    signature : nested structure of tf.TypeSpec
        What it yields.

    Returns
    -------
    dataset : tf.data.Dataset
        What is made of it by `map`, `prefetch` and their like holds it, too.
    """
    import tensorflow as tf

    held = _Held(generator)
    reference = weakref.ref(held)
    dataset = tf.data.Dataset.from_generator(
        lambda: _started(reference), output_signature=signature
    )
    dataset.held_by_skglove = held
    return dataset


class _Held:
    """A generator that can be referred to weakly."""

    def __init__(self, generator):
        self.generator = generator


def _started(reference):
    """Return the iterator, one of nothing where the dataset is gone."""
    held = reference()
    return iter(()) if held is None else held.generator()
