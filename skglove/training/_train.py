"""Training a network: what is asked of scikeras and Keras."""

import copy
from contextlib import ExitStack, contextmanager

from ..networks._batches import fed_by_batches
from ..networks._spec import GLOBAL_STATE, import_keras


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

    ids : ndarray of shape (n_samples, sequence_length), dtype=int32
        The word ids of the training texts.

    codes : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Their classes.

    model : keras.Model or None
        The model to go on with, of the same specification. Should the training fail
        it is as it was before.

    matrix : ndarray of shape (n_tokens, embedding_dim) or None
        The word vectors to start with, None for random ones.

    start : BagStart or None
        What a bag network starts with.

    sample_weight : ndarray of shape (n_samples,) or None
        Weights of the texts.

    validation : tuple (ids, codes) or None
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
    from scikeras.utils.random_state import (
        tf_disable_op_determinism,
        tf_enable_op_determinism,
    )
    from scikeras.wrappers import KerasClassifier
    from sklearn.preprocessing import FunctionTransformer

    class Trainer(KerasClassifier):
        # Codes are final: numbered again by what is there, they would mean other
        # classes where a class has weight zero or is in the validation part only.
        target_encoder = property(lambda self: FunctionTransformer())

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

    with ExitStack() as stack:
        stack.enter_context(GLOBAL_STATE)
        stack.enter_context(_kept_on_failure(model))
        # TensorFlow looks at its environment the first time it is asked whether its
        # operations are deterministic. Were it scikeras to ask first, which has set
        # that variable by then, they would stay so after the fit.
        if not tf_enable_op_determinism():
            tf_disable_op_determinism()

        def build():
            built = spec.build(matrix, start) if model is None else model
            stack.enter_context(spec.shortened(built))
            stack.enter_context(fed_by_batches(built))
            return spec.compile(built, _copy_optimizer(optimizer, learning_rate))

        if model is not None and model.compiled and learning_rate is not None:
            model.optimizer.learning_rate = learning_rate
        trainer = Trainer(
            model=build,
            loss=spec.loss,
            batch_size=batch_size,
            epochs=epochs,
            callbacks=callbacks,
            random_state=seed,
            verbose=verbose,
        )
        trainer.fit(ids, codes, sample_weight=sample_weight, validation_data=validation)
    history = {
        name: [float(value) for value in values]
        for name, values in trainer.history_.items()
    }
    return trainer.model_, history


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
