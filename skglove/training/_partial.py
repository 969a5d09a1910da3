"""Training the default network on one chunk of texts after another.

The network goes on from its weights and from what its optimizer has learned. The linear
parts have solvers that want all texts: they are solved again, on a random sample of
the texts seen so far and on the chunk. A chunk is scored before it is learned from,
which says how much each part counts.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from scipy.sparse import issparse, vstack

from .._key_index import find
from ..networks import TrainedBag
from ..networks._rows import frequent_bigrams, largest
from ..networks._stored_rows import StoredRows
from ..networks._top_terms import TopTerms
from ..text import TokenIds
from . import _bag
from ._linear import linear_fitter
from ._seen import Seen, sample_of
from ._shares import find_shares

# Texts that were scored before they were learned from, and values of their scores.
_MAX_SCORED, _MAX_SCORES = 2_000, 1 << 19
# What takes longest, the n-grams of characters, is learned again when there are so many
# times as many texts as when it was.
_MORE_TEXTS = 1.5


def train_bag_partially(
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
    """Train a bag network on a chunk of texts.

    Takes and returns what :func:`train` does.
    """
    rng = np.random.RandomState(seed)
    n_tokens, n_outputs = spec.n_tokens, spec.n_outputs
    has_tables = n_outputs <= _bag.MAX_TABLE_OUTPUTS
    has_linear = spec.network.linear and has_tables
    state = None if continued is None else continued.training_state
    seen = None if state is None else state["seen"]
    n_seen = 0 if seen is None else len(seen.ids)
    chunk = np.arange(n_seen, n_seen + len(ids))
    weight = np.ones(len(ids)) if sample_weight is None else sample_weight
    draws = rng.random_sample(len(ids))
    if seen is not None:
        ids, codes = _joined(seen.ids, ids), _stacked(seen.codes, codes)
        weight = np.concatenate([seen.weight, weight])
        draws = np.concatenate([seen.draws, draws])
    scale = weight.mean()
    weighs = None if (weight == scale).all() else weight / scale
    targets = _bag.targets_of(codes, n_outputs) if has_linear else None

    words = StoredRows.of_words(ids, n_tokens)
    if seen is None or has_tables:
        keys = frequent_bigrams(
            ids,
            n_tokens,
            min_texts=_bag.MIN_BIGRAM_TEXTS,
            max_bigrams=spec.network.max_bigrams,
        )
    if seen is not None:
        of_network = seen.bigram_keys[state["bigrams"]]
        keys = np.union1d(keys, of_network) if has_tables else seen.bigram_keys
    bigrams = StoredRows.of_bigrams(ids, n_tokens, keys)
    trained_on = chunk
    if seen is not None:
        state = _grown(state, seen.bigram_keys, keys, words, bigrams)
        n_known = len(of_network)
        n_replayed = min(n_seen, len(chunk))
        again = np.sort(rng.permutation(n_seen)[:n_replayed])
        trained_on = np.concatenate([again, chunk])
    network = _bag.NetworkPart(
        spec,
        words.chosen(trained_on),
        bigrams.chosen(trained_on),
        codes[trained_on],
        None if weighs is None else weighs[trained_on],
        n_bigrams=len(keys),
        matrix=matrix,
        known=known,
        validation=None,
        state=state,
        optimizer=optimizer,
        seed=rng.randint(1 << 31),
        **options,
    )

    def fit_both(rows, *, is_last, characters=None):
        """Fit the linear parts in a thread while the network trains.

        The network learns from those of the texts that it trains on.
        """
        of_network = np.flatnonzero(np.isin(trained_on, rows))
        with ThreadPoolExecutor(1) as thread:
            linear = thread.submit(fit_linear_parts, rows, characters)
            network.train(of_network, is_last=is_last)
            return network.folded(), linear.result()

    def scored(rows, folded, linear):
        """Add the scores of texts that were not learned from to those before."""
        found = _bag.part_scores(folded, linear, words[rows], bigrams[rows])
        of_rows = found, targets[rows], weight[rows]
        if seen is None or seen.scores is None:
            return of_rows
        return _latest(seen, *of_rows)

    everything = np.arange(len(ids))
    linear, shares, temperature = None, None, (0.0, 1.0)
    scores = score_targets = score_weight = None
    n_for_characters = 0 if seen is None else seen.n_for_characters
    if not has_linear:
        if seen is not None:
            network.weigh_new_words()
        network.train(np.arange(len(trained_on)), is_last=True)
        folded = network.folded() if has_tables else None
    else:
        fit_linear_parts = linear_fitter(
            words,
            bigrams,
            targets,
            weighs,
            vocabulary,
            rng.randint(1 << 31),
            matrix=matrix,
            known=known,
        )
        characters = None
        if seen is None:
            held = _bag.held_out(codes, rng)[:1]
            if held:
                kept = np.setdiff1d(everything, held[0])
                folded, linear = fit_both(kept, is_last=False)
                scores, score_targets, score_weight = scored(held[0], folded, linear)
        else:
            most = max(_bag.LEAST_HELD, _MAX_SCORES // n_outputs)
            rows = rng.permutation(chunk)[: min(_MAX_SCORED, most)]
            before = _without(network.folded(), network.used[n_known:])
            linear = _on_columns(seen.linear, seen.bigram_keys, keys)
            scores, score_targets, score_weight = scored(rows, before, linear)
            if len(ids) < _MORE_TEXTS * n_for_characters:
                characters = seen.linear.characters
        if characters is None:
            n_for_characters = len(ids)
        if seen is not None:
            network.weigh_new_words()
        folded, linear = fit_both(everything, is_last=True, characters=characters)
        shares = _bag.PRIOR
        n_scored = 0 if score_targets is None else len(score_targets)
        of_fit = None if seen is None else seen.of_fit
        if of_fit is not None and n_scored < _bag.LEAST_HELD:
            shares, *temperature = of_fit
        elif n_scored:
            shares, *temperature = find_shares(
                scores,
                score_targets,
                activation=spec.activation,
                prior=_bag.PRIOR,
                strength=_bag.PRIOR_WORTH,
                sample_weight=score_weight / score_weight.mean(),
            )
    top_terms = None
    if has_tables:
        tables = _bag.folded_tables(*folded, linear, shares, keys, *temperature)
        top_terms = TopTerms.of_training(tables, words, bigrams)
    else:
        tables = network.factors(keys)
    seen = Seen(
        **sample_of(ids, codes, weight, draws),
        n_texts=len(chunk) + (0 if seen is None else seen.n_texts),
        bigram_keys=keys,
        linear=linear,
        n_for_characters=n_for_characters,
        scores=scores,
        targets=score_targets,
        score_weight=score_weight,
        of_fit=None if seen is None else seen.of_fit,
    )
    state = {**network.state(), "seen": seen}
    network.give_back()
    return TrainedBag(spec, tables, top_terms, state), network.history


def _joined(ids, more):
    return TokenIds(
        np.concatenate([ids.flat, more.flat]),
        np.concatenate([ids.lengths, more.lengths]),
    )


def _stacked(codes, more):
    if issparse(codes):
        return vstack([codes, more], format="csr")
    return np.concatenate([codes, more])


def _latest(seen, scores, targets, weight):
    """Return scores, classes and weights of the texts that were scored last."""
    most = max(_bag.LEAST_HELD, _MAX_SCORES // targets.shape[1])
    kept = slice(-min(_MAX_SCORED, most), None)
    parts = zip(seen.scores, scores, strict=True)
    return (
        [np.concatenate(part)[kept] for part in parts],
        np.concatenate([seen.targets, targets])[kept],
        np.concatenate([seen.score_weight, weight])[kept],
    )


def _grown(state, known_keys, keys, words, bigrams):
    """Return the network's state with room for bigrams that it does not know yet.

    Those that most of the texts have take the places that are left. Words that are new
    start with their inverse document frequency.
    """
    from ._row_bag import inverse_frequencies

    n_texts, start = words.shape[0], dict(state["start"])
    used = find(keys, known_keys[state["bigrams"]])
    df = bigrams.document_counts()
    is_new = df >= _bag.MIN_BIGRAM_TEXTS
    is_new[used] = False
    new = np.flatnonzero(is_new)
    n_free = max(0, _bag.NETWORK_BIGRAMS - len(used))
    if len(keys) == len(known_keys) and (keys == known_keys).all():
        n_free = 0  # without tables of each class the bigrams stay in order
    new = new[largest(df[new], n_free)]
    start["bigram_idf"] = np.concatenate(
        [start["bigram_idf"], inverse_frequencies(df[new], n_texts)]
    )
    idf = inverse_frequencies(words.document_counts(), n_texts)
    start["idf"] = np.where(start["idf"] == 0, idf, start["idf"])
    return {**state, "start": start, "bigrams": np.concatenate([used, new])}


def _without(folded, bigrams):
    """Return a folded network without some of the bigrams."""
    parts, intercept = folded
    weight, table = (part.copy() for part in parts["bigrams"])
    weight[bigrams], table[bigrams] = 0, 0
    return {**parts, "bigrams": (weight, table)}, intercept


def _on_columns(linear, known_keys, keys):
    """Return linear parts with their bigrams in the order of other keys."""
    place = find(known_keys, keys)
    is_known = place >= 0

    def moved(values):
        new = np.zeros((len(keys), *values.shape[1:]), values.dtype)
        new[is_known] = values[place[is_known]]
        return new

    return replace(
        linear,
        bigram_weight=moved(linear.bigram_weight),
        bigram_tables=[moved(table) for table in linear.bigram_tables],
    )
