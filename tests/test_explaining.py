import pickle
import re
import subprocess
import sys
from collections import defaultdict
from html.parser import HTMLParser

import numpy as np
import pytest
from scipy.special import expit, softmax
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skglove import GloveTextClassifier
from skglove.explaining import Explanations, explain, find_classifier
from skglove.networks import Bag, BagConv, Conv, Flatten, ParallelConv
from skglove.networks._calibration import tempered
from skglove.networks._integrated_gradients import TOLERANCE

WORDS = {
    "animal": "frog toad newt pond leaf croak",
    "car": "engine road wheel brake fuel gear",
    "music": "song guitar choir drum tune opera",
}
FILLER = "the a and of was not don't very it's quite"


@pytest.fixture(scope="module")
def texts():
    rng = np.random.RandomState(0)
    made = []
    for label, words in WORDS.items():
        of_both = [*words.split(), *FILLER.split(), *FILLER.split()]
        made += [(" ".join(rng.choice(of_both, 8)), label) for _ in range(20)]
    return made


@pytest.fixture(scope="module")
def vectors():
    rng = np.random.RandomState(1)
    words = " ".join([*WORDS.values(), FILLER, "n't do it 's lizard"]).split()
    known = {word: rng.standard_normal(8) for word in words}
    known["lizard"] = known["frog"] + 0.1 * known["toad"]
    return known


def fit(texts, vectors, kind, **options):
    X = [text for text, _ in texts]
    labels = np.array([label for _, label in texts])
    y = {
        "binary": np.where(labels == "car", "car", "other"),
        "multiclass": labels,
        "multilabel": np.array(
            [["frog" in text, "road" in text, label == "car"] for text, label in texts]
        ).astype(int),
    }[kind]
    options = {"sequence_length": 16, "epochs": 3, "random_state": 0, **options}
    return GloveTextClassifier(vectors, **options).fit(X, y)


@pytest.fixture(scope="module")
def bag(texts, vectors):
    return fit(texts, vectors, "multiclass")


@pytest.fixture(scope="module")
def binary_bag(texts, vectors):
    return fit(texts, vectors, "binary")


NEW = [
    "Don't the frog's pond...",
    "",
    "a lizard and a lizard and a frog <b>croaks</b> frogs zzzyx",
    "road " * 30,
]


def logits_of(clf, X):
    """The scores as the probabilities have them."""
    proba = clf.predict_proba(X).astype(np.float64)
    if clf._targets.kind == "multiclass":
        return np.log(proba)
    return np.log(proba) - np.log1p(-proba)


def scores_of(clf, X):
    """The scores as explanations have them."""
    scores = np.array([one.scores for one in clf.explain(X, labels="all")])
    assert scores.shape == (len(X), len(clf.classes_))
    return scores


def check_complete(clf, X, atol):
    """Intercept and words add up to the score of each class."""
    scores, expected = scores_of(clf, X), logits_of(clf, X)
    if clf._targets.kind == "multiclass":  # the softmax does not feel the mean
        scores = scores - scores.mean(axis=1, keepdims=True)
        expected = expected - expected.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(scores, expected, atol=atol)


@pytest.mark.parametrize(
    ("kind", "network"),
    [
        ("binary", Bag()),
        ("multiclass", Bag(max_bigrams=0)),
        ("multilabel", Bag()),
        ("multilabel", Bag(linear=False)),
    ],
    ids=repr,
)
def test_bags_are_complete(kind, network, texts, vectors):
    clf = fit(texts, vectors, kind, network=network)
    X = [*NEW, *(text for text, _ in texts[::6])]
    ids = clf._vectorizer.transform(X, number_unknown=True)
    contributions = clf._network.contributions(ids)
    assert (len(contributions.ngrams) > 0) == (network.max_bigrams > 0)
    logits = clf._network.tables.logits(ids)
    np.testing.assert_allclose(contributions.logits(ids), logits, atol=1e-5)
    scores = scores_of(clf, X)
    tables = clf._network.tables
    scores = tempered(scores, tables.power, tables.typical)
    activated = softmax(scores, axis=1) if kind == "multiclass" else expit(scores)
    np.testing.assert_allclose(activated, clf.predict_proba(X), atol=1e-5)


def recurrent(embedding, *, sequence_length, n_outputs, activation):
    import keras

    ids = keras.Input((sequence_length,), dtype="int32")
    x = keras.layers.GRU(4)(embedding(ids))
    return keras.Model(ids, keras.layers.Dense(n_outputs, activation=activation)(x))


def own_end(embedding, *, sequence_length, n_outputs, activation):
    """Ends in an activation of its own choice, and looks at the ids backwards."""
    import keras

    ids = keras.Input((sequence_length,), dtype="int32")
    x = keras.layers.GRU(4)(embedding(keras.ops.flip(ids, axis=1)))
    end = "sigmoid" if n_outputs == 1 else "softmax"
    return keras.Model(ids, keras.layers.Dense(n_outputs, activation=end)(x))


@pytest.mark.parametrize(
    ("kind", "network"),
    [
        ("multilabel", ParallelConv(filters=4)),
        ("multiclass", Conv(filters=4, kernel_size=2, pool_size=2, padding="pre")),
        ("binary", Flatten(dense_units=4, truncating="pre", trainable=True)),
        ("multiclass", BagConv(filters=4)),
        ("multiclass", recurrent),
        ("binary", own_end),
        ("multiclass", own_end),
    ],
    ids=lambda value: getattr(value, "__name__", repr(value)),
)
def test_other_networks_are_complete_to_a_percent(kind, network, texts, vectors):
    clf = fit(texts, vectors, kind, network=network)
    X = [*NEW, texts[0][0]]
    largest = np.abs(logits_of(clf, X)).max()
    # Each score is as close as that; less their mean, twice as far.
    check_complete(clf, X, atol=2 * TOLERANCE * max(1, largest) + 1e-4)
    (nothing,) = clf.explain([""])
    for one in clf.explain(X, labels=nothing.labels):
        np.testing.assert_allclose(one.intercept, nothing.scores, atol=1e-5)
        assert one.known.any() == bool(np.abs(one.words).sum() > 0)


def test_words_of_vectors_decide_that_training_never_saw(texts, vectors):
    clf = fit(texts, vectors, "binary", network=ParallelConv(filters=16), epochs=30)
    assert "lizard" in clf.vocabulary_
    assert not any("lizard" in text for text, _ in texts)
    (explanation,) = clf.explain(["lizard"], labels=["other"])
    assert explanation.known.all()
    assert explanation.words[0, 0] > 0.1


def test_only_what_is_asked_for_is_explained(bag):
    X = [text for text in NEW if text]
    predicted = bag.predict(X).tolist()
    assert [one.labels for one in bag.explain(X)] == [[label] for label in predicted]
    asked = ["music", "animal", "music"]
    for one, whole in zip(bag.explain(X, asked), bag.explain(X, "all"), strict=True):
        assert one.labels == ["music", "animal"]
        assert whole.labels == bag.classes_.tolist() == ["animal", "car", "music"]
        np.testing.assert_array_equal(one.words, whole.words[:, [2, 0]])
        np.testing.assert_array_equal(one.ngrams, whole.ngrams[:, [2, 0]])
        np.testing.assert_array_equal(one.intercept, whole.intercept[[2, 0]])


def test_the_first_of_two_classes_has_the_score_with_its_sign_changed(binary_bag):
    (explanation,) = binary_bag.explain(["the frog and the road"], "all")
    np.testing.assert_array_equal(explanation.words[:, 0], -explanation.words[:, 1])
    assert explanation.scores[0] == -explanation.scores[1]


def test_several_labels_are_those_predicted_or_the_most_probable(texts, vectors):
    clf = fit(texts, vectors, "multilabel")
    X = [text for text, _ in texts]
    found = [one.labels for one in clf.explain(X)]
    numbers = clf.predict_proba(X)
    n_labels = set()
    for labels, row in zip(found, numbers, strict=True):
        expected = np.flatnonzero(row > 0.5).tolist() or [int(row.argmax())]
        assert labels == expected
        n_labels.add((row > 0.5).sum())
    assert len(n_labels) > 1


def test_words_are_where_they_are_in_the_users_own_text(bag):
    (explanation,) = bag.explain(["Don't — the FROG....."])
    pieces = [explanation.text[slice(*span)] for span in explanation.spans]
    assert explanation.tokens == ["do", "n't", "--", "the", "frog", "..."]
    assert pieces == ["Do", "n't", "—", "the", "FROG", "....."]
    assert explanation.known.tolist() == [True, True, False, True, True, False]


def test_of_a_longer_text_it_says_how_much_is_not_used(bag):
    (explanation,) = bag.explain(["road " * 30])
    assert len(explanation.tokens) == 16
    assert explanation.n_unused == 14
    assert "last 14 words of the text are not used" in explanation._repr_html_()


def test_totals_and_top_terms_have_all_that_there_is(bag):
    (explanation,) = bag.explain(["the frog and the frog was not the frog"])
    total = explanation.words.sum() + explanation.ngrams.sum()
    assert len(explanation.ngrams) > 0
    assert explanation.token_totals.sum() == pytest.approx(total, abs=1e-6)
    terms = explanation.top(None)
    assert sum(term.contribution for term in terms) == pytest.approx(total, abs=1e-6)
    assert len({term.term for term in terms}) == len(terms)
    sizes = [abs(term.contribution) for term in terms]
    assert sizes == sorted(sizes, reverse=True)
    assert explanation.top(2) == terms[:2]
    with pytest.raises(ValueError, match="label='boat' is not explained"):
        explanation.top(2, "boat")


def test_frame_has_a_row_for_each(bag):
    pandas = pytest.importorskip("pandas")
    explanations = bag.explain(NEW, ["animal", "car"])
    frame = explanations.to_frame()
    assert isinstance(frame, pandas.DataFrame)
    assert [*frame.columns] == [
        *("text", "label", "kind", "term", "start", "end", "known", "contribution")
    ]
    sums = frame.groupby(["text", "label"])["contribution"].sum()
    for number, one in enumerate(explanations):
        assert one.text == NEW[number]
        for label, score in zip(one.labels, one.scores, strict=True):
            assert sums[number, label] == pytest.approx(score, abs=1e-5)
    bigrams = frame[frame["kind"] == "bigram"]
    assert len(bigrams)
    for row in bigrams.itertuples():
        piece = NEW[row.text][row.start : row.end].lower()
        first, second = row.term.split(" ")
        assert piece.startswith(first)
        assert piece.endswith(second)


def test_without_pandas_the_error_says_what_to_install(bag, monkeypatch):
    explanations = bag.explain(NEW)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        explanations.to_frame()


def test_they_are_a_sequence(bag):
    explanations = bag.explain(NEW)
    assert len(explanations) == len(NEW)
    assert isinstance(explanations[1:3], Explanations)
    assert [one.text for one in explanations[1:3]] == NEW[1:3]
    assert explanations[-1].text == NEW[-1]


def test_printed_it_names_what_decided(bag):
    (explanation,) = explanations = bag.explain(["the frog and the toad"])
    lines = str(explanation).splitlines()
    assert lines[0] == "the frog and the toad"
    assert re.fullmatch(r"animal: probability [01]\.\d{3}, score \S+ = .*", lines[1])
    top = explanation.top(1)[0]
    assert lines[2] == f"  {top.contribution:+.2f}  {top.term}"
    assert repr(explanations) == repr(explanation)
    many = bag.explain(["the frog"] * 25)
    assert str(many).endswith("... and 5 more")
    assert "and 5 more texts" in many._repr_html_()


class Checker(HTMLParser):
    """Takes HTML apart: the tags must be closed in order, and only some are there."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.marked, self.shown = [], set(), [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag != "hr":
            self.open.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        within = [attrs.get("class") for _, attrs in self.open]
        if "text" in within:
            self.shown.append(data)
            if self.open[-1][0] == "mark":
                self.marked.append((data, self.open[-1][1]))


def parsed(html):
    checker = Checker()
    checker.feed(html)
    checker.close()
    assert not checker.open
    return checker


def test_html_is_safe_and_shows_the_text_as_it_is(bag, make_odd_texts):
    texts = [
        "<script>alert('frog')</script>",
        'frog" onmouseover="alert(1)" & </div><img src=x onerror=alert(1)>',
        *make_odd_texts(100, seed=3),
    ]
    tags = {"style", "div", "mark", "table", "tr", "th", "td", "span"}
    for text in texts:
        checker = parsed(bag.explain([text])._repr_html_())
        assert checker.tags <= tags
        # Python's parser takes one of the characters that HTML cannot write for another
        # where they are written as they are.
        assert "".join(checker.shown) == text


def test_html_colours_words_by_sign_and_size(bag):
    (explanation,) = bag.explain(["the frog drove the car's engine, a wwwxyz"], ["car"])
    marked = parsed(explanation._repr_html_()).marked
    totals = explanation.token_totals[:, 0]
    largest = np.abs(totals).max()
    assert [word for word, _ in marked] == [
        explanation.text[slice(*span)] for span in explanation.spans
    ]
    signs = set()
    for (_, attributes), total, known in zip(
        marked, totals, explanation.known, strict=True
    ):
        kinds = attributes.get("class", "").split()
        assert ("unknown" in kinds) == (not known)
        if abs(total) > 0.1 * largest:
            assert ("for" in kinds) == (total > 0)
            assert ("against" in kinds) == (total < 0)
            depth = float(re.search(r",([\d.]+)\)", attributes["style"])[1])
            assert depth == pytest.approx(0.6 * abs(total) / largest, abs=0.01)
            signs.add(total > 0)
        assert f"{total:+.3f}" in attributes["title"]
    assert signs == {True, False}


def test_html_of_tokens_that_lie_upon_each_other(texts, vectors):
    def twice(text):
        return [word for word in text.split() for _ in range(2)]

    clf = fit(texts, vectors, "binary", tokenizer=twice)
    html = clf.explain(["frog road"])._repr_html_()
    assert "".join(parsed(html).shown) == "frog road"


def test_unpickled_it_explains_without_tensorflow(bag, tmp_path):
    path = tmp_path / "bag.pickle"
    path.write_bytes(pickle.dumps(bag))
    code = (
        "import pickle, sys\n"
        f"clf = pickle.load(open({str(path)!r}, 'rb'))\n"
        "explanations = clf.explain(['the frog croaks'])\n"
        "explanations._repr_html_(), str(explanations), clf.top_words()\n"
        "print(explanations[0].scores[0])\n"
        "sys.exit(bool({'tensorflow', 'keras', 'matplotlib'} & {*sys.modules}))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    expected = bag.explain(["the frog croaks"])[0].scores[0]
    assert float(done.stdout) == pytest.approx(expected, abs=1e-6)


def lower_case(texts):
    return [text.lower() for text in texts]


@pytest.mark.slow
def test_pipelines_and_searches(texts):
    X, y = map(list, zip(*texts, strict=True))
    clf = GloveTextClassifier(None, epochs=1, standardize=None, random_state=0)
    pipeline = make_pipeline(FunctionTransformer(lower_case), "passthrough", clf)
    search = GridSearchCV(
        pipeline, {"glovetextclassifier__epochs": [1]}, cv=2, error_score="raise"
    ).fit(X, y)
    (explanation,) = explain(search, ["The FROG"], ["animal"])
    assert explanation.text == "the frog"
    assert explanation.labels == ["animal"]
    best = search.best_estimator_
    assert find_classifier(search)[1] is best[-1]
    direct = best[-1].explain(["the frog"], ["animal"])[0]
    np.testing.assert_array_equal(explanation.words, direct.words)


def test_what_has_no_classifier_at_its_end_is_refused():
    other = make_pipeline(LogisticRegression())
    with pytest.raises(TypeError, match="no GloveTextClassifier at the end"):
        explain(other, ["a"])
    from sklearn.exceptions import NotFittedError

    search = GridSearchCV(GloveTextClassifier(), {})
    with pytest.raises(NotFittedError):
        explain(search, ["a"])
    with pytest.raises(NotFittedError):
        GloveTextClassifier().explain(["a"])


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("animal", r"list of classes, 'all' or None, got 'animal'. Wrap"),
        (3, "got 3 of type int"),
        ([], "labels is empty"),
        (["boat"], r"labels has 'boat'; the classes are \['animal', 'car', 'music'\]"),
    ],
)
def test_wrong_labels(bag, labels, message):
    with pytest.raises(ValueError, match=message):
        bag.explain(["a frog"], labels)


def test_wrong_texts(bag):
    with pytest.raises(ValueError, match="Wrap it in a list"):
        bag.explain("a frog")
    with pytest.raises(ValueError, match="position 1 is missing"):
        bag.explain(["a frog", None])


def test_top_words_speak_for_their_class(bag):
    top = bag.top_words(4)
    assert [*top] == bag.classes_.tolist()
    for label, terms in top.items():
        assert len(terms) == 4
        of_label = {*WORDS[label].split()}
        assert terms[0].term in of_label
        assert sum(bool({*term.term.split()} & of_label) for term in terms) >= 3
        assert all(term.contribution > 0 for term in terms)


def test_top_words_count_texts(bag, texts):
    counted = {
        term.term: term.n_texts
        for terms in bag.top_words(100).values()
        for term in terms
    }
    assert any(" " in term for term in counted)
    for term, n_texts in counted.items():
        spaced = (
            f" {text} ".replace("n't", " n't").replace("'s", " 's") for text, _ in texts
        )
        assert n_texts == sum(f" {term} " in text for text in spaced)


def test_top_words_of_other_texts(bag, texts):
    X = [text for text, _ in texts]
    of_training = bag.top_words(5)
    assert bag.top_words(5, X=X).keys() == of_training.keys()
    for label, terms in bag.top_words(5, X=X).items():
        assert [(t.term, t.n_texts) for t in terms] == [
            (t.term, t.n_texts) for t in of_training[label]
        ]


def test_top_words_of_other_networks_are_those_of_their_explanations(texts, vectors):
    X = [text for text, _ in texts]
    clf = fit(texts, vectors, "binary", network=Flatten(dense_units=0))
    with pytest.raises(ValueError, match=r"top_words\(X=texts\)"):
        clf.top_words()
    added = defaultdict(list)
    for explanation in clf.explain(X, ["car"]):
        for term in explanation.top(None):
            added[term.term].append(term.contribution)
    spread = {}
    for term, values in added.items():
        part = len(values) / len(X)
        spread[term] = np.mean(values) * (part * (1 - part)) ** 0.5
    best = sorted(spread, key=spread.get, reverse=True)[:3]
    found = clf.top_words(3, X=X)["car"]
    assert [term.term for term in found] == best
    for term in found:
        assert term.contribution == pytest.approx(np.mean(added[term.term]), abs=1e-5)
        assert term.n_texts == len(added[term.term])


@pytest.mark.parametrize("n", [0, 101])
def test_top_words_refuse_other_numbers(bag, n):
    with pytest.raises(ValueError, match="n == "):
        bag.top_words(n)
