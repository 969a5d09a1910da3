"""The Keras example "Using pre-trained word embeddings", step by step in plain Keras.

The other side of the benchmarks: what its reader does without skglove. Each function
is one step of the example (F. Chollet, 2020,
https://keras.io/examples/nlp/pretrained_word_embeddings/), with its settings and its
way of doing it, costs included. Two things differ from the published form:

- Files are read in sorted order, so that every machine has the same split.
- The embedding is frozen. The published run prints no non-trainable parameters: its
  `trainable=False` came to nothing with the Keras of that day.

Nothing here uses skglove.
"""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

MAX_TOKENS = 20_000
SEQUENCE_LENGTH = 200
BATCH_SIZE = 128
SPLIT_SEED = 1337
VALIDATION_FRACTION = 0.2


def load_posts(data_home):
    """Read the posts without their first ten lines.

    Returns the texts, their labels as numbers, and the names of the newsgroups.
    """
    texts, labels, names = [], [], []
    for number, folder in enumerate(sorted(Path(data_home, "20_newsgroups").iterdir())):
        names.append(folder.name)
        for path in sorted(folder.iterdir()):
            lines = path.read_text(encoding="latin-1").split("\n")
            texts.append("\n".join(lines[10:]))
            labels.append(number)
    return texts, labels, names


def split(texts, labels):
    """Shuffle texts and labels alike, and hold out the last fifth.

    Returns the training texts, their labels, the validation texts, their labels.
    """
    shuffled = []
    for values in (texts, labels):
        values = list(values)
        np.random.RandomState(SPLIT_SEED).shuffle(values)
        shuffled.append(values)
    n_train = len(texts) - int(VALIDATION_FRACTION * len(texts))
    texts, labels = shuffled
    return texts[:n_train], labels[:n_train], texts[n_train:], labels[n_train:]


def adapt(texts):
    """Learn the vocabulary: a TextVectorization layer adapted in batches."""
    layer = keras.layers.TextVectorization(
        max_tokens=MAX_TOKENS, output_sequence_length=SEQUENCE_LENGTH
    )
    layer.adapt(tf.data.Dataset.from_tensor_slices(texts).batch(BATCH_SIZE))
    return layer


def vectorize(layer, texts):
    """Turn texts into ids the example's way, all in one array.

    NumPy makes each row as wide as the longest text, at four bytes a character: the
    whole collection takes about 20 GB.
    """
    return layer(np.array([[text] for text in texts])).numpy()


def vectorize_in_batches(layer, texts):
    """The same ids without the wide array, for where the memory is not there."""
    batches = tf.data.Dataset.from_tensor_slices(texts).batch(BATCH_SIZE)
    return np.concatenate([layer(batch).numpy() for batch in batches])


def parse_vectors(path):
    """Read a text file of GloVe vectors into a dict, line by line."""
    vectors = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            word, numbers = line.split(maxsplit=1)
            vectors[word] = np.fromstring(numbers, "f", sep=" ")
    return vectors


def build_matrix(vocabulary, vectors):
    """Put the vectors of a vocabulary into a matrix, two rows longer than it.

    Returns the matrix, the number of words found, and the number of those not found.
    The published loop takes padding and `[UNK]` for words not found; they are left
    out of the count here.
    """
    dim = len(next(iter(vectors.values())))
    matrix = np.zeros((len(vocabulary) + 2, dim))
    hits, misses = 0, -2
    for row, word in enumerate(vocabulary):
        vector = vectors.get(word)
        if vector is None:
            misses += 1
        else:
            matrix[row] = vector
            hits += 1
    return matrix, hits, misses


def build_model(matrix, n_classes, dropout=0.5):
    """Build and compile the convolutional network over frozen vectors."""
    layers = keras.layers
    embedding = layers.Embedding(*matrix.shape, trainable=False)
    embedding.build((1,))
    embedding.set_weights([matrix])
    embedding.trainable = False  # whatever building did: frozen from here on
    ids = keras.Input((None,), dtype="int32")
    x = embedding(ids)
    for pooling in (
        layers.MaxPooling1D(5),
        layers.MaxPooling1D(5),
        layers.GlobalMaxPooling1D(),
    ):
        x = pooling(layers.Conv1D(128, 5, activation="relu")(x))
    x = layers.Dense(128, activation="relu")(x)
    x = layers.Dropout(dropout)(x)
    model = keras.Model(ids, layers.Dense(n_classes, activation="softmax")(x))
    model.compile(
        optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["acc"]
    )
    return model


def fit(model, x_train, y_train, x_val, y_val, epochs=20, verbose=0):
    """Train, and return Keras's history: a list of values for each metric."""
    history = model.fit(
        x_train,
        np.array(y_train),
        batch_size=BATCH_SIZE,
        epochs=epochs,
        validation_data=(x_val, np.array(y_val)),
        verbose=verbose,
    )
    return history.history
