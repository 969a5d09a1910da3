"""Training a network: what is asked of scikeras and Keras."""

import copy
import threading
from functools import partial

from .networks import import_keras

# scikeras seeds Python's, NumPy's and TensorFlow's global generators for the time of a
# fit: fits in other threads must not draw from them meanwhile.
_TRAINING = threading.RLock()


def train(
    spec,
    matrix,
    ids,
    codes,
    *,
    sample_weight,
    validation,
    loss,
    optimizer,
    learning_rate,
    batch_size,
    epochs,
    patience,
    callbacks,
    seed,
    verbose,
):
    """Build a network and train it.

    Parameters
    ----------
    spec : NetworkSpec
        What to build.

    matrix : ndarray of shape (n_tokens, embedding_dim) or None
        The word vectors to start with.

    ids : ndarray of shape (n_samples, sequence_length), dtype=int32
        The word ids of the training texts.

    codes : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Their classes.

    sample_weight : ndarray of shape (n_samples,) or None
        Their weights.

    validation : tuple (ids, codes) or None
        What to validate on after each epoch.

    loss : str
        Keras's name of the loss.

    optimizer : str or keras.optimizers.Optimizer
        The optimizer, copied if it is an instance.

    learning_rate : float or None
        The learning rate, or None for the optimizer's own.

    batch_size, epochs, verbose : int
        As in `keras.Model.fit`.

    patience : int or None
        Number of epochs without a better validation accuracy after which to stop and
        go back to the best. None trains all epochs.

    callbacks : sequence of keras.callbacks.Callback or None
        Callbacks, copied before use.

    seed : int or None
        Seeds weights, dropout and the order of the texts.

    Returns
    -------
    model : keras.Model
        The trained model.

    history : dict of str to list of float
        Keras's history.
    """
    keras = import_keras()
    from scikeras.wrappers import KerasClassifier

    callbacks = [copy.deepcopy(callback) for callback in callbacks or ()]
    if patience is not None:
        callbacks.append(
            keras.callbacks.EarlyStopping(
                monitor="val_accuracy",
                mode="max",
                patience=patience,
                restore_best_weights=True,
            )
        )
    with _TRAINING:
        keras_classifier = KerasClassifier(
            model=partial(spec.build, matrix),
            loss=loss,
            optimizer=_copy_optimizer(optimizer, learning_rate),
            metrics=[_accuracy(loss)],
            batch_size=batch_size,
            epochs=epochs,
            callbacks=callbacks,
            random_state=seed,
            verbose=verbose,
        )
        keras_classifier.fit(
            ids, codes, sample_weight=sample_weight, validation_data=validation
        )
    return keras_classifier.model_, dict(keras_classifier.history_)


def _accuracy(loss):
    """Return the accuracy that goes with the loss, as Keras calls it in a history."""
    metrics = import_keras().metrics
    if loss == "binary_crossentropy":
        return metrics.BinaryAccuracy(name="accuracy")
    return metrics.SparseCategoricalAccuracy(name="accuracy")


def _copy_optimizer(optimizer, learning_rate):
    """Return an optimizer without state: one that has trained holds its moments."""
    optimizer = import_keras().optimizers.get(optimizer)
    config = optimizer.get_config()
    if learning_rate is not None:
        config["learning_rate"] = learning_rate
    return type(optimizer).from_config(config)
