"""GloveTextClassifier beside the published Keras example, on 20 Newsgroups.

Prints coverage, parameters, accuracy, time and peak memory of both sides, measured in
the same run, each in a process of its own; and what scikit-learn's tools make of the
classifier.

    python benchmarks/newsgroups.py --quick          # 2,000 posts: does it run?
    python benchmarks/newsgroups.py                  # in full: needs 21 GiB free
    python benchmarks/newsgroups.py --spare-memory   # the same where less is free

The example's steps are those of `published_example.py`. Posts and vectors come from
the data home (`$SKGLOVE_DATA`, else `~/.cache/skglove`).
"""

# This process imports nothing large: on Linux a child's peak memory starts at the
# peak of the process that started it.
import argparse
import hashlib
import math
import sys
import tempfile

from measuring import (
    SEED,
    example_posts,
    measure,
    memory_gib,
    print_surroundings,
    run_process,
    run_stage_or_report,
    skglove_classifier,
    skglove_posts,
    unpack_vectors,
)

QUICK_POSTS = 2_000
WIDE_ARRAY_GIB = 21


# What runs in a process of its own ---------------------------------------------------


def import_skglove(args):
    """Is TensorFlow loaded by importing skglove?"""
    import skglove  # noqa: F401

    return {"tensorflow": "tensorflow" in sys.modules}


def vectorize_skglove(args):
    """Texts to ids, by skglove."""
    from skglove.text import TextVectorizer

    x_train, _, x_val, _ = skglove_posts(args.posts)

    def vectorize():
        vectorizer = TextVectorizer(max_tokens=20_000, sequence_length=200)
        ids = vectorizer.fit_transform(x_train), vectorizer.transform(x_val)
        return [of_part.padded(200) for of_part in ids]

    ids, measured = measure(vectorize)
    return {"ids": digest(ids), **measured}


def vectorize_example(args):
    """Texts to ids, as the example does it."""
    import published_example as example

    x_train, _, x_val, _ = example_posts(args.posts)

    def vectorize():
        layer = example.adapt(x_train)
        return example.vectorize(layer, x_train), example.vectorize(layer, x_val)

    ids, measured = measure(vectorize)
    return {"ids": digest(ids), **measured}


def fit_skglove(args):
    """From texts to the trained network, by skglove."""
    # So that neither side's time holds the import of TensorFlow.
    import keras  # noqa: F401
    import numpy as np

    x_train, y_train, x_val, y_val = skglove_posts(args.posts)
    clf = skglove_classifier(args)
    clf, measured = measure(lambda: clf.fit(x_train, y_train, X_val=x_val, y_val=y_val))
    embedding = np.asarray(clf.model_.get_layer("embedding").embeddings)
    expected = clf.embeddings.matrix_for(clf.vocabulary_)
    coverage = clf.coverage_
    return {
        "posts": [len(x_train), len(x_val)],
        "data": digest([x_train, y_train, x_val, y_val]),
        "dim": embedding.shape[1],
        "vocabulary": len(clf.vocabulary_),
        "rows": len(embedding),
        "hits": coverage.n_words_found,
        "misses": coverage.n_words - coverage.n_words_found,
        "trainable": count_parameters(clf.model_.trainable_weights),
        "frozen": embedding.tobytes() == expected.tobytes(),
        "accuracy": clf.history_["val_accuracy"][-5:],
        **measured,
    }


def fit_example(args):
    """From texts to the trained network, as the example does it."""
    import keras
    import numpy as np
    import published_example as example

    keras.utils.set_random_seed(SEED)
    x_train, y_train, x_val, y_val = example_posts(args.posts)
    vectorize = example.vectorize_in_batches if args.batched else example.vectorize

    def fit(vectors_path):
        layer = example.adapt(x_train)
        vocabulary = layer.get_vocabulary()
        vectors = example.parse_vectors(vectors_path)
        matrix, hits, misses = example.build_matrix(vocabulary, vectors)
        model = example.build_model(matrix, n_classes=max(y_train) + 1)
        ids = vectorize(layer, x_train), vectorize(layer, x_val)
        history = example.fit(model, ids[0], y_train, ids[1], y_val, args.epochs)
        return vocabulary, matrix, hits, misses, model, history

    with tempfile.TemporaryDirectory() as folder:
        path = unpack_vectors(args.embeddings, folder)
        (vocabulary, matrix, hits, misses, model, history), measured = measure(
            lambda: fit(path)
        )
    (embedding,) = model.layers[1].get_weights()
    return {
        "data": digest([x_train, y_train, x_val, y_val]),
        "vocabulary": len(vocabulary),
        "rows": len(embedding),
        "hits": hits,
        "misses": misses,
        "trainable": count_parameters(model.trainable_weights),
        "frozen": embedding.tobytes() == matrix.astype(np.float32).tobytes(),
        "accuracy": history["val_acc"][-5:],
        **measured,
    }


def use_sklearn(args):
    """The same scores from one process and from two, the same fit twice?

    Scores are log losses: a network trained for a few steps can be right equally often
    by chance, but not equally sure.
    """
    import numpy as np
    from sklearn.model_selection import GridSearchCV, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    x_train, y_train, x_val, _ = skglove_posts(args.posts)
    clf = skglove_classifier(args)
    # Only these posts' words, so that not every fit has to read the file.
    clf.set_params(embeddings=known_vectors(clf.embeddings, x_train))
    options = {"scoring": "neg_log_loss", "cv": 2, "error_score": "raise"}
    grid = {"network__dropout": [0.2] if args.quick else [0.2, 0.5]}

    def grid_search(n_jobs):
        search = GridSearchCV(clf, grid, n_jobs=n_jobs, refit=False, **options)
        results = search.fit(x_train, y_train).cv_results_
        return [results[f"split{i}_test_score"].tolist() for i in range(2)]

    def cross_validate(n_jobs):
        pipeline = make_pipeline(FunctionTransformer(), clf)
        scores = cross_val_score(pipeline, x_train, y_train, n_jobs=n_jobs, **options)
        return scores.tolist()

    first, second = (clf.fit(x_train, y_train).predict_proba(x_val) for _ in range(2))
    return {
        "grid_search": [grid_search(1), grid_search(2)],
        "cross_val": [cross_validate(1), cross_validate(2)],
        "same_predictions": np.array_equal(first.argmax(1), second.argmax(1)),
        "same_probabilities": np.array_equal(first, second),
    }


STAGES = {
    stage.__name__: stage
    for stage in (
        import_skglove,
        vectorize_skglove,
        vectorize_example,
        fit_skglove,
        fit_example,
        use_sklearn,
    )
}


def known_vectors(vectors, texts):
    """The vectors of the words that occur in the texts."""
    from skglove import WordVectors
    from skglove.text import TextVectorizer

    words = TextVectorizer(max_tokens=None).fit(texts).vocabulary_
    matrix = vectors.matrix_for(words)
    known = matrix.any(axis=1)
    return WordVectors([words[i] for i in known.nonzero()[0]], matrix[known])


def digest(values):
    """A digest of lists of texts or of numbers, to compare the two sides by."""
    import numpy as np

    sha = hashlib.sha256()
    for value in values:
        if isinstance(value[0], str):
            sha.update("\0".join(value).encode())
        else:
            sha.update(np.asarray(value, dtype=np.int64).tobytes())
    return sha.hexdigest()


def count_parameters(weights):
    return sum(math.prod(weight.shape) for weight in weights)


# What starts them and reports --------------------------------------------------------


def run(stage, args, *, posts=None, epochs=None, batched=False):
    """Run a stage in a process of its own and return what it found."""
    options = ["--stage", stage, "--embeddings", args.embeddings]
    options += ["--posts", posts] if posts else []
    options += ["--epochs", epochs] if epochs else []
    options += ["--batched"] if batched else []
    options += ["--quick"] if args.quick else []
    print(f"running {stage} ...", file=sys.stderr, flush=True)
    return run_process(__file__, *options)


def report(args):
    """Run all stages and print the figures."""
    posts = QUICK_POSTS if args.quick else None
    epochs = args.epochs or (2 if args.quick else 20)
    free = memory_gib("MemAvailable")
    batched = not args.quick and (args.spare_memory or free < WIDE_ARRAY_GIB)
    wide_posts = QUICK_POSTS if batched else posts
    print_surroundings(free)

    imported = run("import_skglove", args)
    fits = (
        run("fit_skglove", args, posts=posts, epochs=epochs),
        run("fit_example", args, posts=posts, epochs=epochs, batched=batched),
    )
    own = run("vectorize_skglove", args, posts=posts)
    sides = (
        run("vectorize_skglove", args, posts=wide_posts) if batched else own,
        run("vectorize_example", args, posts=wide_posts),
    )
    checks = run("use_sklearn", args, posts=QUICK_POSTS, epochs=1 if args.quick else 3)

    n_train, n_val = fits[0]["posts"]
    print(f"posts:      {n_train:,} to train on, {n_val:,} to validate on")
    print(f"embeddings: {args.embeddings}, {fits[0]['dim']} dimensions, frozen")
    print(f"epochs:     {epochs}, batches of 128, rmsprop; seed {SEED}")
    print(f"same posts, labels and order on both sides: {same(fits, 'data')}")
    print(f"same ids on both sides: {same(sides, 'ids')}")

    goals = not args.quick and fits[0]["dim"] == 50 and epochs == 20
    print_row("", "skglove", "example", "to reach" if goals else "")
    for name, show, goal in (
        ("words found / not", coverage, "18,019 / 1,979"),
        ("vocabulary", lambda fit: f"{fit['vocabulary']:,}", ""),
        ("embedding rows", lambda fit: f"{fit['rows']:,}", "as the vocabulary"),
        ("trainable parameters", lambda fit: f"{fit['trainable']:,}", "215,316"),
        ("embedding unchanged", lambda fit: yes(fit["frozen"]), "yes, bit for bit"),
        ("accuracy, last epochs", accuracies, ""),
        ("  their mean", mean_accuracy, "within 0.03"),
        ("whole fit, time", duration, ""),
        ("whole fit, peak memory", peak, "under 2 GiB"),
    ):
        print_row(name, *map(show, fits), goal if goals else "")
    if batched:
        print(
            "! The example's ids were made in batches here: its own way needs "
            f"{WIDE_ARRAY_GIB} GiB,\n! and {free:.1f} GiB were free"
            f"{' and to be spared' if args.spare_memory else ''}. Its own fit takes "
            "more time and memory than this."
        )
        print_row(f"vectorizing {n_train + n_val:,}", duration(own), "not measured", "")
        print_row("  peak memory", peak(own), "not measured", "")
    n_vectorized = wide_posts or n_train + n_val
    print_row(f"vectorizing {n_vectorized:,}", *map(duration, sides), "")
    print_row("  peak memory", *map(peak, sides), "")
    ratio = sides[0]["seconds"] / sides[1]["seconds"]
    cpu_ratio = sides[0]["cpu_seconds"] / sides[1]["cpu_seconds"]
    goal = "under 0.1" if goals and not batched else ""
    print_row("  part of its time", f"{ratio:.3f} ({cpu_ratio:.3f})", "1", goal)
    if batched:
        print(
            f"! Both sides on the same {n_vectorized:,} of {n_train + n_val:,} posts. "
            "Nothing is extrapolated from them:\n! the example's cost grows with "
            "posts times longest post, skglove's with the text."
        )

    print(f"import skglove loads TensorFlow: {yes(imported['tensorflow'])}")
    print(f"On {QUICK_POSTS:,} posts, with a fixed random_state:")
    for name, key in (
        ("GridSearchCV", "grid_search"),
        ("cross_val_score of a Pipeline", "cross_val"),
    ):
        one, two = checks[key]
        print(f"  {name}, same log losses with n_jobs=1 and 2: {yes(one == two)}")
        print(f"    {one}" + ("" if one == two else f"\n    {two}"))
    print(f"  two fits, same predictions: {yes(checks['same_predictions'])}")
    print(f"  two fits, same probabilities: {yes(checks['same_probabilities'])}")


def print_row(name, ours, theirs, goal):
    print(f"{name:<24}{ours:<25}{theirs:<25}{goal}".rstrip(), flush=True)


def yes(value):
    return "yes" if value else "no"


def same(sides, key):
    return yes(sides[0][key] == sides[1][key])


def coverage(fit):
    return f"{fit['hits']:,} / {fit['misses']:,}"


def accuracies(fit):
    return " ".join(f"{value:.2f}" for value in fit["accuracy"])


def mean_accuracy(fit):
    return f"{sum(fit['accuracy']) / len(fit['accuracy']):.3f}"


def duration(side):
    return f"{side['seconds']:.1f} s ({side['cpu_seconds']:.1f} s CPU)"


def peak(side):
    return f"{side['peak_gib']:.2f} GiB ({side['peak_before_gib']:.2f} at start)"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--quick", action="store_true", help="2,000 posts and 2 epochs on both sides"
    )
    parser.add_argument(
        "--spare-memory",
        action="store_true",
        help="measure the example's vectorizing, which needs 21 GiB free, on 2,000 "
        "posts; so it is done, and said, where less is free",
    )
    parser.add_argument("--epochs", type=int, help="default: 20, with --quick 2")
    run_stage_or_report(parser, STAGES, report)
