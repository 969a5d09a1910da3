"""Training a network: what is asked of scikeras and Keras."""

import copy
from contextlib import contextmanager

import numpy as np

from .._keras import building, import_keras


def train(
    spec,
    ids,
    codes,
    *,
    model,
    matrix,
    start,
    sample_weight,
    validation,
    optimizer,
    learning_rate,
    decay,
    batch_size,
    epochs,
    patience,
    callbacks,
    seed,
    verbose,
):
    """Build a network and train it, or go on training one.

    Parameters
    ----------
    spec : NetworkSpec
        What to build.

    ids : TokenIds
        The word ids of the training texts.

    codes : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Their classes.

    model : keras.Model or None
        The model to go on with, of the same specification. Should the training fail
        it is as it was before.

    matrix : ndarray of shape (n_tokens, embedding_dim) or None
        The word vectors to start with, None for random ones.

    start : object or None
        What the network starts with beside, as :meth:`Network.start` returned it.

    sample_weight : ndarray of shape (n_samples,) or None
        Weights of the texts.

    validation : tuple (TokenIds, codes) or None
        What to validate on after each epoch.

    optimizer : str or keras.optimizers.Optimizer
        The optimizer, copied if it is an instance.

    learning_rate : float or None
        The learning rate, or None for the optimizer's own.

    decay : bool
        Whether `learning_rate` is the highest of a rise and a fall.

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
    from ._trainer import Trainer

    callbacks = [copy.deepcopy(callback) for callback in callbacks or ()]
    if decay:
        from ._learning_rate import WarmupCosine

        n_steps = -(-len(ids) // batch_size) * epochs
        callbacks.insert(0, WarmupCosine(learning_rate, n_steps))
    if patience is not None:
        callbacks.append(
            keras.callbacks.EarlyStopping(
                monitor="val_accuracy",
                mode="max",
                patience=patience,
                restore_best_weights=True,
            )
        )
    with _kept_on_failure(model):
        if model is not None and model.compiled and learning_rate is not None:
            model.optimizer.learning_rate = learning_rate
        if model is None:
            with building(seed):
                model = spec.build(matrix, start)
        spec.compile(model, _copy_optimizer(optimizer, learning_rate))
        trainer = Trainer(
            model=model,
            spec=spec,
            ids=ids,
            validation=validation,
            seed=np.random.randint(1 << 31) if seed is None else seed,
            loss=spec.loss,
            batch_size=batch_size,
            epochs=epochs,
            callbacks=callbacks,
            verbose=verbose,
        )
        with spec.fast(model):
            rows = np.arange(len(ids))[:, np.newaxis]
            trainer.fit(rows, codes, sample_weight=sample_weight)
    history = {
        name: [float(value) for value in values]
        for name, values in trainer.history_.items()
    }
    return model, history


@contextmanager
def _kept_on_failure(model):
    """Give a model back its weights and its optimizer's state if training fails."""
    if model is None:
        yield
        return
    variables = list(model.variables)
    if model.compiled:
        variables += model.optimizer.variables
    before = [variable.numpy() for variable in variables]
    try:
        yield
    except BaseException:
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)
        raise


def _copy_optimizer(optimizer, learning_rate):
    """Return an optimizer without state: one that has trained holds its moments."""
    keras = import_keras()
    if optimizer == "lazy_adam":
        from ._lazy_adam import LazyAdam

        optimizer = LazyAdam()
    optimizer = keras.optimizers.get(optimizer)
    config = optimizer.get_config()
    if learning_rate is not None:
        config["learning_rate"] = learning_rate
    return type(optimizer).from_config(config)
