"""What several test modules build: texts, classifiers, networks and their ids."""

import logging
import os
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from skglove import GloveTextClassifier, WordVectors
from skglove.export import end_to_end_model
from skglove.networks import Conv, Flatten, NetworkSpec, TrainedNetwork
from skglove.text import TextVectorizer, TokenIds

WORDS = {
    "animal": ["frog", "toad", "newt", "fish", "bird"],
    "vehicle": ["car", "truck", "train", "ship", "plane"],
    "food": ["bread", "soup", "rice", "cake", "cheese"],
}
FILLERS = ["the", "a", "and", "of", "with", "near"]


def make_texts(n_per_class=12, classes=("animal", "vehicle", "food"), seed=0):
    """Texts of fillers and of words that tell the class."""
    rng = np.random.RandomState(seed)
    texts, labels = [], []
    for label in classes:
        for _ in range(n_per_class):
            words = [*rng.choice(WORDS[label], 4), *rng.choice(FILLERS, 4)]
            texts.append(" ".join(rng.permutation(words)))
            labels.append(label)
    order = rng.permutation(len(texts))
    return [texts[i] for i in order], [labels[i] for i in order]


def make_vectors(dim=6, seed=0):
    """A vector for each word that tells a class, none for the fillers."""
    rng = np.random.RandomState(seed)
    words = [word for group in WORDS.values() for word in group]
    return WordVectors(words, rng.normal(size=(len(words), dim)))


def small_conv(**params):
    """A "conv" that learns `make_texts` in a second."""
    defaults = {
        "filters": 16,
        "kernel_size": 1,
        "pool_size": 1,
        "dense_units": 16,
        "dropout": 0.5,
    }
    return Conv(**{**defaults, **params})


def make_classifier(**params):
    """A classifier that learns `make_texts` in a second."""
    defaults = {
        "embeddings": make_vectors(),
        "sequence_length": 10,
        "network": Flatten(),
        "optimizer": "rmsprop",
        "learning_rate": 0.01,
        "batch_size": 8,
        "epochs": 15,
        "random_state": 0,
    }
    return GloveTextClassifier(**{**defaults, **params})


def conv(**params):
    """A "conv" whose sizes all differ."""
    defaults = {
        "filters": 6,
        "kernel_size": 3,
        "pool_size": 2,
        "dense_units": 5,
        "dropout": 0.5,
        "trainable": True,
    }
    return Conv(**{**defaults, **params})


def make_spec(network=None, **params):
    """What `make_model` builds: `conv()` where no network is named."""
    defaults = {
        "network": conv() if network is None else network,
        "n_tokens": 30,
        "embedding_dim": 4,
        "from_scratch": False,
        "sequence_length": 40,
        "n_outputs": 3,
        "activation": "softmax",
        "loss": "sparse_categorical_crossentropy",
    }
    return NetworkSpec(**{**defaults, **params})


def make_ids(spec, seed=0):
    """A text of every length, in no order."""
    rng = np.random.RandomState(seed)
    lengths = rng.permutation(spec.sequence_length + 1)
    flat = rng.randint(1, spec.n_tokens, lengths.sum()).astype(np.int32)
    return TokenIds(flat, lengths)


def make_rows(spec, ids=None):
    """The same, padded as the network asks for: to `sequence_length`."""
    ids = make_ids(spec) if ids is None else ids
    return ids.padded(spec.sequence_length, spec.network.padding)


def ngram_of(key, n_tokens):
    """The two or three words of the key of a bigram or trigram."""
    if key < n_tokens**2:
        return divmod(key, n_tokens)
    pair, third = divmod(key - n_tokens**2, n_tokens)
    return *divmod(pair, n_tokens), third


def with_trigrams(keys, n_tokens, step=3):
    """Bigrams, and every so many-th of the trigrams that are made of two of them."""
    pairs = [ngram_of(key, n_tokens) for key in keys.tolist()]
    trigrams = [
        n_tokens**2 + (a * n_tokens + b) * n_tokens + d
        for a, b in pairs
        for c, d in pairs
        if b == c
    ]
    return np.concatenate([keys, np.array(trigrams[::step], dtype=np.int64)])


def make_model(spec, seed=0):
    """A network whose padding has a vector of its own and whose biases are not zero."""
    import keras

    keras.utils.set_random_seed(seed)
    shape = spec.n_tokens, spec.embedding_dim
    model = spec.build(np.random.RandomState(seed).normal(size=shape))
    for weight in model.weights:
        if weight.name == "bias":
            weight.assign(np.random.RandomState(seed).normal(size=weight.shape))
    return model


def make_network(vectorizer, **ends):
    """A small network over a vectorizer's ids: their order must show."""
    spec = make_spec(
        Flatten(dense_units=0, dropout=0, **ends),
        n_tokens=len(vectorizer.vocabulary_),
        sequence_length=vectorizer.sequence_length,
    )
    return TrainedNetwork(spec, make_model(spec), keep_optimizer=False)


def export(texts, padding="post", truncating="post", **options):
    """Return a function from texts to ids, a network and both as one model."""
    vectorizer = TextVectorizer(
        60, sequence_length=6, truncating=truncating, **options
    ).fit(texts)
    trained = make_network(vectorizer, padding=padding, truncating=truncating)

    def rows_of(texts):
        return vectorizer.transform(texts).padded(6, padding)

    return rows_of, trained.model, end_to_end_model(vectorizer, trained)


def gradients(model, call, rows, **options):
    """The gradients of a model's weights when it computes by `call`."""
    import tensorflow as tf

    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(call(rows, **options) ** 2)
    values = tape.gradient(loss, [w.value for w in model.trainable_weights])
    return [tf.convert_to_tensor(value).numpy() for value in values]


def dask_client(n_workers):
    """Return a client of Dask workers of one thread each, to be entered."""
    return pytest.importorskip("distributed").Client(
        n_workers=n_workers,
        threads_per_worker=1,
        dashboard_address=None,
        silence_logs="CRITICAL",
    )


@contextmanager
def ray_cluster(num_cpus):
    """Start Ray, whose workers can import skglove, and stop it."""
    import ray

    with pytest.MonkeyPatch.context() as patch:
        root = Path(__file__).parents[1]
        patch.setenv("PYTHONPATH", str(root), prepend=os.pathsep)
        patch.setenv("RAY_worker_niceness", "0")  # else other work comes first
        for attempt in range(3):
            try:
                ray.init(
                    num_cpus=num_cpus,
                    include_dashboard=False,
                    log_to_driver=False,
                    logging_level=logging.ERROR,
                    object_store_memory=100 << 20,
                )
                break
            except Exception as error:  # it waits for 30 seconds, and no longer
                ray.shutdown()
                if attempt == 2 or "timed out" not in str(error):
                    raise
        try:
            yield ray
        finally:
            ray.shutdown()
