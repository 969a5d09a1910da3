"""Training a network on padded batches of ids."""

from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import numpy as np

from .._keras import building, clear_kernels
from ..networks import CallableNetwork, TrainedNetwork
from ..networks._batches import training_batches
from ._trainer import fit_by_scikeras


def train_network(
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
    seed,
    keep_training_state,
    **options,
):
    """Build a network and train it, or go on training one.

    Takes and returns what :func:`train` does. Should the training of a network that
    was trained before fail, it is as it was.
    """
    model = None if continued is None else continued.model
    with _kept_on_failure(spec, model):
        if model is None:
            start = spec.network.start(ids, spec.n_tokens, matrix, known)
            spec = replace(spec, sizes={} if start is None else start.sizes)
            with building(seed):
                model = spec.build(matrix, start)
            spec.compile(model, optimizer)
        else:
            _go_on(continued, optimizer)
        batch_size = options["batch_size"]
        if validation is not None:
            validation = training_batches(
                *validation, None, spec=spec, batch_size=batch_size
            )
        batches = partial(
            _batches_of_rows, ids, spec=spec, batch_size=batch_size, seed=seed
        )
        with spec.fast(model):
            history = fit_by_scikeras(
                model,
                batches,
                np.arange(len(ids)),
                codes,
                sample_weight,
                validation=validation,
                **options,
            )
    clear_kernels()
    return TrainedNetwork(spec, model, keep_optimizer=keep_training_state), history


def _batches_of_rows(ids, rows, codes, sample_weight, **options):
    """Return batches of some of the texts, which here are all of them."""
    batches = training_batches(ids[rows], codes, sample_weight, **options)
    return batches.repeat(), int(batches.cardinality())


def _go_on(trained, optimizer):
    """Compile a trained network for more of the same training."""
    spec, model = trained.spec, trained.model
    progress = trained.progress
    if isinstance(spec.network, CallableNetwork) and model.compiled:
        # Maybe by the function, in a way of its own.
        model.optimizer.learning_rate = optimizer.learning_rate
    else:
        # A new one, as a rise and a fall of the learning rate cannot be set again.
        spec.compile(model, optimizer, again=True)
    if progress is not None:
        progress.give_to(model.optimizer)


@contextmanager
def _kept_on_failure(spec, model):
    """Give a model back its weights and its optimizer's state if training fails."""
    if model is None:
        yield
        return
    variables = list(model.variables)
    optimizer = model.optimizer if model.compiled else None
    if optimizer is not None:
        variables += optimizer.variables
    before = [variable.numpy() for variable in variables]
    try:
        yield
    except BaseException:
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)
        if optimizer is not None and model.optimizer is not optimizer:
            spec.compile(model, optimizer, again=True)
        raise
