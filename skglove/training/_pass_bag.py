"""The Keras model of small fits: it is handed whole passes over the texts.

To start an iterator of tf.data takes 0.1 s, and a fit starts four or more. An epoch of
a few dozen texts takes 3 ms.
"""

import tensorflow as tf

from ._row_bag import RowBag


class PassBag(RowBag):
    """A bag network that takes its texts from where :meth:`feed` says.

    What Keras's `fit` iterates over only says when a pass begins.

    Parameters
    ----------
    start : Start
        What it starts with.

    batches, validation : BatchForm, and BatchForm or None
        How the texts of a pass are cut into batches.

    **options
        Those of :class:`RowBag`.
    """

    def __init__(self, start, *, batches, validation, **options):
        super().__init__(start, **options)
        self._forms = batches, validation
        self._passes = None

    def feed(self, passes):
        """Take the texts of each pass from an iterator."""
        self._passes = passes

    def validate_on(self, texts):
        """Validate on texts from now on."""
        self.validation = _tensors(texts, self._forms[1])

    def forget(self):
        """Let go of the texts, and of what it started with."""
        super().forget()
        self._passes = self.validation = None

    def make_train_function(self, force=False):
        """Trace a function of a pass, once for all fits."""
        if self.train_function is None or force:
            form, _ = self._forms
            run = _traced_once(self.train_step, form, self._results)
            self.train_function = lambda _: run(*_tensors(next(self._passes), form))

    def make_test_function(self, force=False):
        """Do the same for validation."""
        if self.test_function is None or force:
            _, form = self._forms
            run = _traced_once(self.test_step, form, self._results)
            self.test_function = lambda _: run(*self.validation)


def once():
    """Return what Keras iterates over where the model itself knows the texts."""
    return tf.data.Dataset.range(1)


def _tensors(texts, form):
    """Return tensors of the types that a form has."""
    return tf.nest.map_structure(
        lambda spec, values: tf.convert_to_tensor(values, spec.dtype),
        form.signature(),
        texts,
    )


def _traced_once(step, form, results):
    """Return a function of a pass that makes a step of each batch.

    It is traced at its first call. AutoGraph would take longer to rewrite the steps'
    code than a few thousand texts to train on.
    """

    @tf.function(autograph=False)
    def run(entries, columns):
        n_batches = form.n_batches(entries)

        def one_more(i):
            step(form.cut(entries, columns, i))
            return (i + 1,)

        first = tf.constant(0, tf.int64)
        tf.while_loop(lambda i: i < n_batches, one_more, (first,))
        return results()

    traced = None

    def call(entries, columns):
        nonlocal traced
        if traced is None:
            traced = run.get_concrete_function(*form.signature())
        return traced(entries, columns)

    return call
