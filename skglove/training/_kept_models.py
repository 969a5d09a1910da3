"""Models of small fits, which later fits of the same form train again.

To trace the steps of a training and to have TensorFlow optimize them takes longer than
a small fit's steps: `benchmarks/small_fits.py` shows how much. A search or a
cross-validation makes many fits of the same form. What differs between them lies in
variables, so that each starts as it would with a new model: it gives the same bits.
"""

import threading
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from .._keras import building, clear_kernels, import_keras
from ._lazy_adam import LazyAdam
from ._learning_rate import WarmupCosine
from ._pass_bag import PassBag, once
from ._row_bag import RowBag
from ._row_batches import BatchForm, in_order

# Of larger models the steps take longer than the tracing. With the moments of Adam, so
# many values are 12 MB.
_MOST_VALUES = 1 << 20
_MOST_KEPT = 6
_FEWEST_ROWS = 512


class ModelForm(NamedTuple):
    """What a fit must share with another to train the same model.

    Attributes
    ----------
    n_tokens, n_bigrams : int
        Rows of the tables.

    dim : int
        Dimensions of the word vectors.

    n_outputs, free_dim, bigram_dim, dropout
        See :class:`RowBag`.

    activation : {"softmax", "sigmoid"}
        What makes probabilities of its logits.

    batches, validation : BatchForm, and BatchForm or None
        What it is trained and validated on.
    """

    n_tokens: int
    n_bigrams: int
    dim: int
    n_outputs: int
    free_dim: int
    bigram_dim: int
    dropout: float
    activation: str
    batches: BatchForm
    validation: BatchForm | None

    @property
    def n_values(self):
        """How many values the tables have."""
        words = self.n_tokens * (2 + self.free_dim)
        return words + self.n_bigrams * (1 + self.bigram_dim)

    def rounded(self):
        """Return a form with room for more, which others are rounded to, too."""
        return self._replace(
            n_tokens=_power_of_two(self.n_tokens),
            n_bigrams=_power_of_two(self.n_bigrams),
        )

    def sizes(self):
        """Return the options of :class:`RowBag`."""
        return {
            "n_outputs": self.n_outputs,
            "free_dim": self.free_dim,
            "bigram_dim": self.bigram_dim,
            "dropout": self.dropout,
            "n_rows": (self.n_tokens, self.n_bigrams),
        }

    def compile(self, model, optimizer):
        """Compile the model."""
        losses, metrics = import_keras().losses, import_keras().metrics
        if self.activation == "sigmoid":
            loss = losses.BinaryCrossentropy(from_logits=True)
            accuracy = metrics.BinaryAccuracy(name="accuracy", threshold=0.0)
        else:
            loss = losses.SparseCategoricalCrossentropy(from_logits=True)
            accuracy = metrics.SparseCategoricalAccuracy(name="accuracy")
        model.compile(optimizer=optimizer, loss=loss, metrics=[accuracy])
        optimizer.build(model.trainable_variables)


class Machine:
    """A compiled model, and the batches that Keras trains and validates it on.

    Parameters
    ----------
    form : ModelForm
        What it is.

    start : Start
        What its training starts with.

    seed : int
        Seeds the model.

    optimizer : keras.optimizers.Optimizer
        The optimizer.
    """

    def __init__(self, form, start, seed, optimizer):
        self.form = form
        with building(seed):
            self.model = self._build(start, seed)
        form.compile(self.model, optimizer)

    def _build(self, start, seed):
        return RowBag(start, seed=seed, **self.form.sizes())

    def feed(self, rows, passes, codes, sample_weight, validation):
        """Set what the model is trained on.

        Parameters
        ----------
        rows : RowBatches
            The texts.

        passes, codes, sample_weight
            See :class:`RowBatches`.

        validation : tuple of RowBatches and labels, or None
            What it is validated on.
        """
        batch_size = self.form.batches.batch_size
        self.batches = rows(passes, codes, sample_weight, batch_size=batch_size)
        self.validation = None
        if validation is not None:
            rows, codes = validation
            batch_size = self.form.validation.batch_size
            self.model.validation = rows.one_pass(codes, batch_size=batch_size)
            self.validation = once()

    def begin_passes(self):
        """Begin with the first pass where the next training does."""

    @property
    def variables(self):
        """All that a training changes."""
        return [*self.model.variables, *self.model.optimizer.variables]

    def values(self):
        """Return the values of the variables."""
        return [variable.numpy() for variable in self.variables]

    def give_back(self):
        """Have what was compiled for it go with it: it is of one fit."""
        clear_kernels()


class KeptMachine(Machine):
    """One that later fits train again.

    Parameters
    ----------
    form, start, seed
        See :class:`Machine`.

    rate : dict
        The options of :class:`WarmupCosine`.
    """

    def __init__(self, form, start, seed, rate):
        self._schedule = WarmupCosine(**rate)
        super().__init__(form, start, seed, LazyAdam(self._schedule))
        self.batches = once().repeat()
        self.validation = None if form.validation is None else once()

    def _build(self, start, seed):
        forms = {"batches": self.form.batches, "validation": self.form.validation}
        return PassBag(start, seed=seed, **forms, **self.form.sizes())

    def begin(self, start, seed, rate):
        """Be as new."""
        self.model.begin(start, seed)
        self.model.reset_metrics()
        for variable in self.model.optimizer.variables:
            variable.assign(np.zeros(variable.shape))
        self._schedule.begin(**rate)

    def feed(self, rows, passes, codes, sample_weight, validation):
        """Set what the model is trained on; see :class:`Machine`."""
        batch_size = self.form.batches.batch_size
        self._parts = rows.parts(passes, codes, sample_weight, batch_size=batch_size)
        if validation is not None:
            rows, codes = validation
            batch_size = self.form.validation.batch_size
            (part,) = rows.parts(in_order(codes), codes, None, batch_size=batch_size)()
            self.model.validate_on(part)

    def begin_passes(self):
        """Begin with the first pass."""
        self.model.feed(self._parts())

    def values(self):
        """Return the values of the variables, without the rows that are room."""
        model, n_rows = self.model, {}
        for table, rows in zip(model.row_weights, model.tables(), strict=True):
            for variable in (table, *model.optimizer.moments_of(table)):
                n_rows[id(variable)] = len(rows)
        return [
            value[: n_rows[id(variable)]] if id(variable) in n_rows else value
            for variable, value in zip(self.variables, super().values(), strict=True)
        ]

    def give_back(self):
        """Let go of the texts, and wait for a fit of the same form."""
        self._parts = None
        self.model.forget()
        KEPT.add(self)


class KeptMachines:
    """The machines that no fit uses now: those used last, of some number and size.

    Parameters
    ----------
    n_most, most_values : int
        How many, and how many values their tables have in all.
    """

    def __init__(self, n_most, most_values):
        self.n_most, self.most_values = n_most, most_values
        self._machines, self._lock = [], threading.Lock()

    def take(self, form):
        """Return one that nobody else has from now on, or None."""
        with self._lock:
            for i in reversed(range(len(self._machines))):
                if self._machines[i].form == form:
                    return self._machines.pop(i)
        return None

    def add(self, machine):
        """Keep one, in the place of the one that has waited longest."""
        with self._lock:
            self._machines.append(machine)
            n_values = np.cumsum([m.form.n_values for m in reversed(self._machines)])
            n_kept = np.searchsorted(n_values, self.most_values, side="right")
            n_gone = max(0, len(self._machines) - min(self.n_most, n_kept))
            del self._machines[:n_gone]
        if n_gone:
            clear_kernels()

    def clear(self):
        """Keep none of those that wait."""
        with self._lock:
            self._machines.clear()


KEPT = KeptMachines(_MOST_KEPT, _MOST_VALUES)


def machine_for(form, start, seed, optimizer, *, may_keep):
    """Return a machine that is as new.

    Parameters
    ----------
    form : ModelForm
        What it shall be.

    start : Start
        What it starts with.

    seed : int
        Seeds the model.

    optimizer : keras.optimizers.Optimizer
        The optimizer.

    may_keep : bool
        Whether others may train the model again.

    Returns
    -------
    machine : Machine
        To be given back once its training has gone well.
    """
    may_keep = may_keep and _is_usual_tensorflow()
    rate = _warmup_cosine(optimizer) if may_keep else None
    rounded = form.rounded()
    if rate is None or rounded.n_values > _MOST_VALUES:
        return Machine(form, start, seed, optimizer)
    machine = KEPT.take(rounded)
    if machine is None:
        return KeptMachine(rounded, start, seed, rate)
    machine.begin(start, seed, rate)
    return machine


def _warmup_cosine(optimizer):
    """Return the options of the learning rate of "auto", None of other optimizers."""
    config = optimizer.get_config()
    rate = config.pop("learning_rate")
    if type(optimizer) is not LazyAdam or not isinstance(rate, dict):
        return None
    usual = LazyAdam(name=optimizer.name).get_config()
    del usual["learning_rate"]
    if config != usual or rate["class_name"] != WarmupCosine.__name__:
        return None
    return rate["config"]


def _is_usual_tensorflow():
    """Return whether models are now what they are at any other time."""
    settings = import_keras().config
    usual = settings.floatx() == settings.dtype_policy().name == "float32"
    return usual and not tf.distribute.has_strategy()


def _power_of_two(n):
    return 1 << (max(n, _FEWEST_ROWS) - 1).bit_length()
