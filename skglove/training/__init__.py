"""Training networks."""

import numpy as np

from .._keras import clear_kernels, import_keras
from ._optimizer import new_optimizer


def train(
    spec,
    ids,
    codes,
    *,
    vocabulary,
    matrix,
    known,
    continued,
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
    keep_training_state,
    partially=False,
):
    """Build a network and train it, or go on training one.

    Parameters
    ----------
    spec : NetworkSpec
        What to build.

    ids : TokenIds
        The word ids of the training texts.

    codes : ndarray of shape (n_samples,) or csr_array of shape (n_samples, n_outputs)
        Their classes.

    vocabulary : list of str
        The word of each id.

    matrix : ndarray of shape (n_tokens, embedding_dim) or None
        The word vectors to start with, None for random ones.

    known : ndarray of shape (n_tokens,), dtype=bool, or None
        The words that have one.

    continued : TrainedNetwork, TrainedBag or None
        What to go on with, of the same specification.

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

    verbose : int
        As in `keras.Model.fit`.

    keep_training_state : bool
        Whether a later fit can go on where this one stops.

    partially : bool, default=False
        Whether these are not all texts but a chunk of them, and others come before or
        after. Only a bag makes a difference: it keeps some of the texts to learn from
        them again.

    Returns
    -------
    trained : TrainedNetwork or TrainedBag
        The trained network.

    history : dict of str to list of float
        Keras's history.
    """
    import_keras()  # before the modules that need it do
    n_texts = len(ids)
    first_step = 0 if continued is None else continued.n_steps
    if spec.network.name == "bag" and partially:
        from ._partial import train_bag_partially as train_it
        from ._seen import n_texts_trained_on

        n_texts = n_texts_trained_on(continued, n_texts)
    elif spec.network.name == "bag":
        from ._bag import train_bag as train_it
    else:
        from ._train import train_network as train_it
    n_steps = -(-n_texts // batch_size) * epochs
    try:
        return train_it(
            spec,
            ids,
            codes,
            vocabulary=vocabulary,
            matrix=matrix,
            known=known,
            continued=continued,
            sample_weight=sample_weight,
            validation=validation,
            optimizer=new_optimizer(
                optimizer,
                learning_rate,
                decay_over=n_steps if decay else None,
                first_step=first_step,
            ),
            batch_size=batch_size,
            epochs=epochs,
            patience=patience,
            callbacks=callbacks,
            seed=np.random.randint(1 << 31) if seed is None else seed,
            verbose=verbose,
            keep_training_state=keep_training_state,
        )
    except BaseException:
        clear_kernels()
        raise


__all__ = ["train"]
