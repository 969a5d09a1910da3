"""scikeras's classifier, fitted to texts in batches."""

import copy

import numpy as np
from scikeras.wrappers import KerasClassifier
from scipy.sparse import issparse
from sklearn.preprocessing import FunctionTransformer

from .._keras import import_keras

# The root of the largest number of float32. Keys of bigrams are below it.
_LARGEST_WEIGHT = 1.8e19


class Trainer(KerasClassifier):
    """Train a compiled model on the texts whose numbers `fit` gets.

    Parameters
    ----------
    model : keras.Model
        The model, compiled.

    batches : callable
        Takes numbers of texts, of shape (n,), their codes and their weights, which may
        be None. Returns a tf.data.Dataset of batches without end, of which Keras makes
        one iterator, where it makes two an epoch of what ends; and how many batches
        an epoch has.

    validation : tf.data.Dataset or None
        What to validate on after each epoch.

    **options
        Those of `scikeras.wrappers.KerasClassifier`.
    """

    def __init__(self, model, *, batches, validation, **options):
        super().__init__(lambda: model, **options)
        self.batches = batches
        self.validation = validation

    @property
    def target_encoder(self):
        """Leave the codes as they are.

        Numbered again by what is there, they would mean other classes where a class
        has weight zero or occurs in the validation part only.
        """
        return FunctionTransformer()

    def _fit_keras_model(self, X, y, sample_weight, warm_start, epochs, **_):
        """Train on batches made of the texts, and not on an array of all of them."""
        batches, n_steps = self.batches(X[:, 0], y, sample_weight)
        self.history_ = self.model_.fit(
            batches,
            steps_per_epoch=n_steps,
            epochs=epochs,
            shuffle=False,
            validation_data=self.validation,
            callbacks=self._fit_callbacks,
            verbose=self.verbose,
        ).history


def fit_by_scikeras(
    model,
    batches,
    rows,
    codes,
    sample_weight,
    *,
    validation,
    batch_size,
    epochs,
    patience,
    callbacks,
    verbose,
):
    """Train a compiled model, and return Keras's history.

    Parameters
    ----------
    model : keras.Model
        The model.

    batches, validation
        See :class:`Trainer`.

    rows : ndarray of shape (n_samples,)
        The numbers of the texts.

    codes : ndarray of shape (n_samples,) or csr_array of shape (n_samples, n_outputs)
        Their classes.

    sample_weight : ndarray of shape (n_samples,) or None
        Their weights.

    batch_size, epochs, verbose : int
        As in `keras.Model.fit`.

    patience : int or None
        Number of epochs without a better validation accuracy after which to stop and
        go back to the best. None trains all epochs.

    callbacks : sequence of keras.callbacks.Callback or None
        Callbacks, copied before use.

    Returns
    -------
    history : dict of str to list of float
        Keras's history.
    """
    _refuse_schedulers(model, callbacks or ())
    callbacks = [copy.deepcopy(callback) for callback in callbacks or ()]
    if patience is not None:
        callbacks.append(
            import_keras().callbacks.EarlyStopping(
                monitor="val_accuracy",
                mode="max",
                patience=patience,
                restore_best_weights=True,
            )
        )
    labels, batches_of = codes, batches
    if issparse(codes):
        # scikeras takes no sparse labels: it gets their numbers in their place.
        labels = np.arange(codes.shape[0])

        def batches_of(rows, numbers, weight):
            return batches(rows, codes[numbers], weight)

    trainer = Trainer(
        model,
        batches=batches_of,
        validation=validation,
        loss=model.loss,
        batch_size=batch_size,
        epochs=epochs,
        callbacks=callbacks,
        verbose=verbose,
    )
    try:
        trainer.fit(rows[:, None], labels, sample_weight=sample_weight)
    except TypeError as error:
        # Of a callback of the user's own it only shows when it does so.
        if "LearningRateSchedule" not in str(error):
            raise
        raise _set_twice("One of the callbacks") from error
    history = {
        name: [float(value) for value in values]
        for name, values in trainer.history_.items()
    }
    check_converged(model, history)
    return history


def check_converged(model, history):
    """Raise a ValueError if the training has left the numbers that float32 has.

    The squares of its weights must be numbers still.

    Parameters
    ----------
    model : keras.Model
        The trained model.

    history : dict of str to list of float
        Its history.
    """
    losses = history.get("loss", [])
    # In this form NaN is too large too.
    if np.isfinite(losses).all() and all(
        np.abs(weight).max(initial=0) <= _LARGEST_WEIGHT
        for weight in model.get_weights()
    ):
        return
    raise ValueError(
        f"The training diverged: the losses of its epochs are {losses}, or its weights "
        "grew to more than float32 can add up. Use a smaller learning_rate, or check "
        "sample_weight and class_weight."
    )


def _refuse_schedulers(model, callbacks):
    """Raise an error for Keras's callbacks that set a rate which the optimizer sets."""
    keras = import_keras()
    # Keras wraps the optimizer in one that scales the loss, for half precision.
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    if not isinstance(optimizer.get_config().get("learning_rate"), dict):
        return
    kinds = keras.callbacks.LearningRateScheduler, keras.callbacks.ReduceLROnPlateau
    for callback in callbacks:
        if isinstance(callback, kinds):
            raise _set_twice(f"The callback {type(callback).__name__}")


def _set_twice(who):
    return ValueError(
        f"{who} sets the learning rate, but the optimizer sets it at each step: "
        'optimizer="auto" raises it and lowers it to zero. Pass an optimizer without a '
        'schedule, such as optimizer="adam" with a learning_rate, or leave the '
        "callback out."
    )
