"""Training the default network: a Keras model and linear parts, and their shares."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
from scipy.sparse import issparse

from ..networks import TrainedBag
from ..networks._bag_factors import BagFactors
from ..networks._bag_tables import (
    BIGRAM_PARTS,
    WORD_PARTS,
    BagTables,
    half_precision,
)
from ..networks._rows import (
    frequent_bigrams,
    frequent_trigrams,
    largest,
    n_bigrams_of,
)
from ..networks._stored_rows import StoredRows
from ..networks._top_terms import TopTerms
from ._linear import learns_trigrams, linear_fitter
from ._seen import seen_in_fit
from ._shares import find_shares
from ._trainer import check_converged, fit_by_scikeras

MIN_BIGRAM_TEXTS = 2
# The linear part learns trigrams. More of them say little more.
_MAX_TRIGRAMS = 100_000
# The network learns vectors of the most frequent bigrams only: it is the part that
# takes the time.
NETWORK_BIGRAMS = 50_000
# Above this many classes, tables of every word for every class do not pay.
MAX_TABLE_OUTPUTS = 500
# Below this many texts all parts are fitted again, to all texts, once it is known how
# much each counts.
_FEW_TEXTS = 6_000
# From this many on none is fitted again: what was held back is next to nothing. Fits of
# three classes or more take longer than the network's, which they would keep waiting.
_MANY_TEXTS, _MANY_OF_CLASSES = 50_000, 10_000
# How many texts are held back to find the shares: few texts are all fitted to again,
# many cost accuracy where they are not. Of very few texts in all none are.
LEAST_HELD, MOST_HELD = 400, 1_000
_VERY_FEW_TEXTS = 10
# Few texts are held back in as many parts, one after the other.
_N_FOLDS = 3
# Of the network, support vectors, naive Bayes, near words, characters: what the shares
# are drawn to, and how many texts that is worth.
PRIOR = np.array([0.5, 1.5, 1.0, 1.0, 1.0])
PRIOR_WORTH = 1
_MAX_FREE_DIM = 50
_VALIDATED_AT_ONCE = 1_024


def train_bag(
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
    """Train a bag network.

    Takes and returns what :func:`train` does.
    """
    rng = np.random.RandomState(seed)
    n_tokens, n_outputs = spec.n_tokens, spec.n_outputs
    has_tables = n_outputs <= MAX_TABLE_OUTPUTS
    has_linear = spec.network.linear and has_tables
    targets = targets_of(codes, n_outputs) if has_linear else None
    words = StoredRows.of_words(ids, n_tokens)
    if continued is None:
        keys = _frequent_ngrams(
            ids, words, spec.network.max_bigrams, n_outputs if has_linear else None
        )
    else:
        keys = continued.tables.bigram_keys
    bigrams = StoredRows.of_bigrams(ids, n_tokens, keys)

    network = NetworkPart(
        spec,
        words,
        bigrams,
        codes,
        sample_weight,
        n_bigrams=n_bigrams_of(keys, n_tokens),
        matrix=matrix,
        known=known,
        validation=_validation_rows(validation, n_tokens, keys),
        state=None if continued is None else continued.training_state,
        optimizer=optimizer,
        seed=rng.randint(1 << 31),
        **options,
    )

    everything = np.arange(len(ids))
    temperature = 0.0, 1.0  # no other than 1
    if not has_linear:
        network.train(everything, is_last=True)
        if has_tables:
            folded, linear, shares = network.folded(), None, None
    else:
        fit_linear_parts = linear_fitter(
            words,
            bigrams,
            targets,
            sample_weight,
            vocabulary,
            rng.randint(1 << 31),
            matrix=matrix,
            known=known,
        )

        def fit_all_but_characters():
            """Leave alone what takes longest and has seen enough."""
            return fit_linear_parts(everything, fits[0].result().characters)

        is_again = len(ids) < _FEW_TEXTS
        held = held_out(codes, rng)
        kept = [np.setdiff1d(everything, part) for part in held]
        scores = []
        with _one_thread() as thread:
            # All are fitted there, one after another, while the network trains.
            fits = [thread.submit(fit_linear_parts, rows) for rows in kept]
            if is_again:
                fits.append(thread.submit(fit_linear_parts, everything))
            elif len(ids) < (_MANY_TEXTS if n_outputs == 1 else _MANY_OF_CLASSES):
                fits.append(thread.submit(fit_all_but_characters))
            for part, rows, fit in zip(held, kept, fits, strict=False):
                network.train(rows, is_last=not is_again)
                folded = network.folded()
                scores.append(
                    part_scores(folded, fit.result(), words[part], bigrams[part])
                )
            if is_again:
                network.train(everything, is_last=True)
                folded = network.folded()
            linear = fits[-1].result()
        shares = PRIOR
        if held:
            order = np.concatenate(held)
            shares, *temperature = find_shares(
                [np.concatenate(of_part) for of_part in zip(*scores, strict=True)],
                targets[order],
                activation=spec.activation,
                prior=PRIOR,
                strength=PRIOR_WORTH,
                sample_weight=None if sample_weight is None else sample_weight[order],
            )
    if has_tables:
        tables = folded_tables(*folded, linear, shares, keys, *temperature)
        top_terms = TopTerms.of_training(tables, words, bigrams)
    else:
        tables, top_terms = network.factors(keys), None
    state = None
    if keep_training_state:
        seen = seen_in_fit(
            ids,
            codes,
            sample_weight,
            rng,
            bigram_keys=keys,
            linear=linear if has_linear else None,
            shares=shares if has_linear else None,
            temperature=temperature,
        )
        state = {**network.state(), "seen": seen}
    network.give_back()
    return TrainedBag(spec, tables, top_terms, state), network.history


@contextmanager
def _one_thread():
    """Run what is submitted in a thread; after an error, nothing that has not begun."""
    thread = ThreadPoolExecutor(1)
    try:
        yield thread
    finally:
        thread.shutdown(cancel_futures=True)


def _frequent_ngrams(ids, words, max_bigrams, n_outputs):
    """Return the keys of the bigrams of training texts, and of trigrams of long ones.

    `n_outputs` is None where there is no linear part to learn from the trigrams.
    """
    n_tokens = words.shape[1]
    bigrams = frequent_bigrams(
        ids, n_tokens, min_texts=MIN_BIGRAM_TEXTS, max_bigrams=max_bigrams
    )
    if n_outputs is None or len(ids) >= _MANY_TEXTS:
        return bigrams
    if not learns_trigrams(words, n_outputs):
        return bigrams
    trigrams = frequent_trigrams(
        ids,
        n_tokens,
        bigrams,
        min_texts=MIN_BIGRAM_TEXTS,
        max_trigrams=_MAX_TRIGRAMS,
    )
    return np.concatenate([bigrams, trigrams])


def targets_of(codes, n_outputs):
    """Return the classes of each text as columns of bool, one for two classes."""
    if issparse(codes):
        return codes.toarray().astype(bool)
    if n_outputs == 1:
        return codes[:, np.newaxis] == 1
    return codes[:, np.newaxis] == np.arange(n_outputs)


def held_out(codes, rng):
    """Choose texts to find the shares on, as many of each class as it has.

    Returns
    -------
    parts : list of ndarray
        The numbers of the texts to hold back at a time: with few texts several times
        other ones, since a few say too little; none of very few.
    """
    n_texts = codes.shape[0]
    if n_texts < _VERY_FEW_TEXTS:
        return []
    if n_texts < _FEW_TEXTS:
        n_held = min(MOST_HELD, n_texts // _N_FOLDS)
        n_parts = min(_N_FOLDS, round(MOST_HELD / n_held))
    else:
        n_held, n_parts = min(MOST_HELD, max(LEAST_HELD, n_texts // 20)), 1
    order = rng.permutation(n_texts)
    if codes.ndim == 1:
        order = order[np.argsort(codes[order], kind="stable")]
    # Every so many-th text in the order of classes, from another one each time.
    step = n_texts / n_held
    first = rng.random_sample() + np.arange(n_parts) * step / n_parts
    places = (first[:, np.newaxis] + np.arange(n_held) * step).astype(int) % n_texts
    return [np.sort(order[part]) for part in places]


def _validation_rows(validation, n_tokens, keys):
    if validation is None:
        return None
    ids, codes = validation
    words = StoredRows.of_words(ids, n_tokens)
    return words, StoredRows.of_bigrams(ids, n_tokens, keys), codes


class NetworkPart:
    """The part that Keras trains."""

    def __init__(
        self,
        spec,
        words,
        bigrams,
        codes,
        sample_weight,
        *,
        n_bigrams,
        matrix,
        known,
        validation,
        state,
        optimizer,
        seed,
        **options,
    ):
        from ._kept_models import ModelForm, machine_for
        from ._row_bag import Start
        from ._row_batches import BatchForm, RowBatches, ShuffledPasses

        self.codes, self.sample_weight, self.options = codes, sample_weight, options
        n_texts = codes.shape[0]
        if state is None:
            df = bigrams.document_counts()[:n_bigrams]
            self.used = largest(df, NETWORK_BIGRAMS)
        else:
            self.used = state["bigrams"]
        self.n_ngrams = bigrams.shape[1]
        self.n_steps = -(-n_texts // options["batch_size"])
        self.passes = ShuffledPasses(n_texts, seed)
        # Of other texts the center of the bags is another, which the weights that it
        # goes on with do not know.
        if state is None:
            start = Start.of(words, df[self.used], matrix, known)
        else:
            start = Start(**state["start"])
        self.start = start
        n_outputs, batch_size = spec.n_outputs, options["batch_size"]
        if spec.from_scratch:
            free_dim = spec.embedding_dim
        else:
            # The head is linear: dimensions beyond the number of classes say nothing
            # new.
            free_dim = min(_MAX_FREE_DIM, max(16, n_outputs))
        rows = RowBatches(words, bigrams, self.used)
        is_small, of_validation = rows.are_one_part(batch_size), None
        if validation is not None:
            *more, more_codes = validation
            validation = RowBatches(*more, self.used), more_codes
            is_small = is_small and validation[0].are_one_part(_VALIDATED_AT_ONCE)
            of_validation = BatchForm.of(more_codes, None, _VALIDATED_AT_ONCE)
        form = ModelForm(
            n_tokens=len(start.idf),
            n_bigrams=len(start.bigram_idf),
            dim=start.unit.shape[1],
            n_outputs=n_outputs,
            free_dim=free_dim,
            bigram_dim=min(16, max(4, n_outputs)),
            dropout=spec.network.dropout,
            activation=spec.activation,
            batches=BatchForm.of(codes, sample_weight, batch_size),
            validation=of_validation,
        )
        watched = options["callbacks"] or options["verbose"] == 1
        may_keep = is_small and not watched
        self.machine = machine_for(form, start, seed, optimizer, may_keep=may_keep)
        self.machine.feed(rows, self.passes, codes, sample_weight, validation)
        self.model = self.machine.model
        # A whole epoch in one call of TensorFlow, unless somebody looks on.
        self.model.steps_per_execution = 1 if watched else self.n_steps
        if n_outputs > MAX_TABLE_OUTPUTS and issparse(codes):
            n_with = np.asarray(codes.sum(axis=0)).ravel()
            self.model.start_at_rates((n_with + 0.5) / (n_texts + 1))
        if state is not None:
            variables = zip(self.machine.variables, state["variables"], strict=True)
            for variable, value in variables:
                # Bigrams that are new start as they would in a new network.
                rest = variable.numpy()[len(value) :] if value.ndim else []
                variable.assign(np.concatenate([value, rest]) if len(rest) else value)
        self.first = None

    def weigh_new_words(self):
        """Start the words that no text had before at their weight in `start`."""
        words, _ = self.model.tables()
        is_new = (words[:, 1] == 0) & (self.start.idf > 0)
        words[is_new, 1] = self.start.idf[is_new]
        self.model.assign_words(words)

    def train(self, rows, *, is_last):
        """Train on some of the texts, from where the network started.

        An epoch has as many steps as one of all texts, whatever the rows, so that
        nothing is traced again. Callbacks see the last training only.
        """
        if self.first is not None:
            for variable, value in zip(self.machine.variables, self.first, strict=True):
                variable.assign(value)
        elif not is_last:
            self.first = [variable.numpy() for variable in self.machine.variables]
        self.passes.texts = rows
        self.machine.begin_passes()
        options = self.options
        if not is_last:
            if options["patience"] is None:
                self._train_unwatched()
                return
            options = {**options, "callbacks": None, "verbose": 0}
        weight = self.sample_weight
        self.history = fit_by_scikeras(
            self.model,
            lambda *_: (self.machine.batches, self.n_steps),
            rows,
            self.codes[rows],
            None if weight is None else weight[rows],
            validation=self.machine.validation,
            **options,
        )

    def _train_unwatched(self):
        """Make the steps that Keras's `fit` makes, without what it does between epochs.

        On a few texts, that takes longer than the steps.
        """
        model, batches = self.model, iter(self.machine.batches)
        model.make_train_function()
        n_calls = self.options["epochs"] * self.n_steps // model.steps_per_execution
        losses = [float(model.train_function(batches)["loss"]) for _ in range(n_calls)]
        check_converged(model, {"loss": losses})

    def folded(self):
        """Return the trained weights and tables of :meth:`RowBag.folded`.

        Those of bigrams among all that are known.
        """
        parts, intercept = self.model.folded()
        weight, table = parts["bigrams"]
        of_all = np.zeros(self.n_ngrams, np.float32)
        of_all[self.used] = weight
        tables = np.zeros((self.n_ngrams, table.shape[1]), np.float32)
        tables[self.used] = table
        return {**parts, "bigrams": (of_all, tables)}, intercept

    def factors(self, keys):
        """Return the trained network without tables of every class.

        Of the bigrams `keys` they have those that the network knows.
        """
        parts, kernel, intercept = self.model.factors()
        (weight, vectors), (free_weight, free) = parts["vectors"], parts["free"]
        bigram_weight, bigrams = parts["bigrams"]
        return BagFactors(
            vectors=vectors,
            free=free,
            word_squares=np.column_stack([weight, free_weight]) ** 2,
            bigrams=bigrams,
            bigram_squares=bigram_weight[:, np.newaxis] ** 2,
            bigram_keys=keys[self.used],
            kernel=kernel,
            intercept=intercept,
        )

    def state(self):
        """Return what a later fit goes on with."""
        return {
            "start": self.start._asdict(),
            "bigrams": self.used,
            "n_steps": int(self.model.optimizer.iterations.numpy()),
            "variables": self.machine.values(),
        }

    def give_back(self):
        """Leave the model to a later fit, once nothing more is asked of it."""
        self.machine.give_back()


def part_scores(folded, linear, words, bigrams):
    """Return the scores that each part gives sparse rows, the network first."""
    keys = np.arange(bigrams.shape[1])
    network = folded_tables(*folded, None, None, keys).logits_of_rows(words, bigrams)
    return [network, *linear.scores(words, bigrams)]


def folded_tables(parts, intercept, linear, shares, keys, power=0.0, typical=1.0):
    """Fold the network and the linear parts into one set of tables.

    Parameters
    ----------
    parts : dict of str to (ndarray, ndarray)
        Weights and tables of the network.

    intercept : ndarray of shape (n_outputs,)
        Its intercept.

    linear : LinearParts or None
        The linear parts, None for none.

    shares : sequence of 5 floats or None
        How much network, support vectors, naive Bayes, near words and characters count.

    keys : ndarray of shape (n_bigrams,), dtype=int64
        The bigrams.

    power, typical : float, default=0.0 and 1.0
        What makes probabilities of the logits; see `tempered`.

    Returns
    -------
    tables : BagTables
        The tables.
    """
    n_tokens, n_bigrams = len(parts["free"][0]), len(keys)
    n_outputs = len(intercept)
    of_network, *of_linear = (1,) if shares is None else shares
    words = dict.fromkeys(WORD_PARTS, _nothing(n_tokens, n_outputs))
    bigrams = dict.fromkeys(BIGRAM_PARTS, _nothing(n_bigrams, n_outputs))
    buckets = np.zeros((0, n_outputs + 1))
    for name in ("vectors", "free"):
        weight, table = parts[name]
        words[name] = weight, of_network * table
    weight, table = parts["bigrams"]
    bigrams["free"] = weight, of_network * table
    intercept = of_network * intercept
    if linear is not None:
        *of_words, of_near, of_characters = of_linear
        words["linear"] = linear.weight, _weighted_sum(of_words, linear.word_tables)
        characters = linear.characters
        # Near words have the norm of characters.
        words["characters"] = (
            characters.weight,
            of_characters * characters.table + of_near * linear.near_table,
        )
        # Not all parts have bigrams.
        of_bigrams = of_words[: len(linear.bigram_tables)]
        bigrams["linear"] = (
            linear.bigram_weight,
            _weighted_sum(of_bigrams, linear.bigram_tables),
        )
        squares = half_precision(characters.bucket_weight**2)
        buckets = np.column_stack([of_characters * characters.bucket_table, squares])
        intercept = (
            intercept
            + _weighted_sum(of_words, linear.intercepts)
            + of_near * linear.near_intercept
            + of_characters * characters.intercept
        )
    return BagTables(
        words=_side_by_side([words[name][1] for name in WORD_PARTS]),
        word_squares=_squares(words, WORD_PARTS),
        bigrams=_side_by_side([bigrams[name][1] for name in BIGRAM_PARTS]),
        bigram_squares=_squares(bigrams, BIGRAM_PARTS),
        bigram_keys=keys,
        buckets=buckets.astype(np.float32),
        intercept=intercept.astype(np.float32),
        power=power,
        typical=typical,
    )


def _nothing(n, n_outputs):
    return np.zeros(n, np.float32), np.zeros((n, n_outputs), np.float32)


def _weighted_sum(shares, tables):
    return sum(share * table for share, table in zip(shares, tables, strict=True))


def _squares(parts, names):
    """Return the squared weights of parts, in the precision that a norm needs."""
    return half_precision(_side_by_side([parts[name][0] for name in names]) ** 2)


def _side_by_side(arrays):
    return np.column_stack(arrays).astype(np.float32)
