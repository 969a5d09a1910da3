"""Counting the texts of a Dask collection, where its partitions are."""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import dask
import numpy as np
from dask.delayed import Delayed, delayed
from scipy.sparse import csr_array

from .._progress import progress
from ._corpus import (
    Vocabulary,
    add_pairs,
    counts_by_word,
    merge_counts,
    pairs_of,
    ranks_by_word,
    texts_of,
)

if TYPE_CHECKING:
    from ._corpus import Counting

# Results that one task adds up.
_PARTS_AT_ONCE = 8


def count_partitions(
    collection: Any, counting: "Counting"
) -> tuple[Vocabulary, csr_array]:
    """Count the words and the co-occurrences of a bag, series, frame or array.

    Returns
    -------
    vocabulary : Vocabulary
        The words.

    counts : csr_array of shape (n_words, n_words), dtype=int64
        The co-occurrences of each word with those to its left, as `cooccurrences`
        returns them.
    """
    if isinstance(collection, Delayed) or not hasattr(collection, "to_delayed"):
        raise TypeError(
            "Expected a Dask bag, series, frame of one column or array of texts, got "
            f"a {type(collection).__name__}. dask.bag.from_delayed makes a bag of one."
        )
    partitions = np.ravel(collection.to_delayed()).tolist()
    counted = [
        delayed(_words_of)(counting, partition, i)
        for i, partition in enumerate(partitions)
    ]
    counted = _kept("Counting words", counted, counting)
    totals = _tree(merge_counts, [delayed(counts_by_word)(part) for part in counted])
    # The words stay where the counting is: they would make a large graph.
    vocabulary, ranks = dask.persist(*_selected(counting, totals))
    parts = [delayed(pairs_of)(part, ranks, counting.window_size) for part in counted]
    del counted
    parts = _kept("Counting co-occurrences", parts, counting)
    return dask.compute(vocabulary, _tree(add_pairs, parts))


def _selected(counting, totals):
    vocabulary = delayed(counting.select)(totals)
    return vocabulary, delayed(ranks_by_word)(vocabulary)


def _words_of(counting, partition, i):
    return counting.words_of(texts_of(partition, f"Partition {i}"))


def _tree(add, parts):
    """Add up some parts at a time, so that no task needs all of them."""
    while len(parts) > 1:
        parts = [
            delayed(add)(parts[start : start + _PARTS_AT_ONCE])
            for start in range(0, len(parts), _PARTS_AT_ONCE)
        ]
    return parts[0]


def _kept(description, tasks, counting):
    """Compute what is needed again; on a cluster it stays on the workers."""
    kept = list(dask.persist(*tasks))
    if counting.verbose and find_spec("distributed"):
        from distributed import as_completed, futures_of

        futures = futures_of(kept)  # none without a client: then all is done
        if futures:
            with progress(description, unit="partitions", total=len(futures)) as bar:
                for _ in as_completed(futures):
                    bar.update(1)
    return kept
