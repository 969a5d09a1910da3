import pickle
import re
from itertools import pairwise

import joblib
import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils import get_tags

from skglove import WordVectors
from skglove.glove._glove import Glove

ANIMALS = ["frog", "toad", "newt", "fish", "swan"]
CARS = ["car", "bus", "van", "truck", "tram"]


def make_texts(n_texts=300, seed=0):
    """Texts about animals and texts about cars, in turn, with a word of the other.

    The model learns from pairs that occur, so that words of the two topics must.
    """
    rng = np.random.default_rng(seed)
    topics = [*ANIMALS, "pond", "reeds"], [*CARS, "road", "street"]
    texts = []
    for i in range(n_texts):
        words = rng.choice([*topics[i % 2], "the", "a", "old", "small"], size=12)
        words[rng.integers(12)] = rng.choice(topics[1 - i % 2])
        texts.append(" ".join(words))
    return texts


@pytest.fixture(scope="module")
def texts():
    return make_texts()


@pytest.fixture
def glove():
    return Glove(vector_size=8, window_size=5, random_state=0)


def test_rare_words_are_taken_out_before_the_window(texts):
    # Each of these occurs once: the words around it are neighbours without it.
    with_rare = [text.replace(" ", f" once{i} ", 1) for i, text in enumerate(texts)]
    plain = Glove(vector_size=4, window_size=2, random_state=0).fit(texts)
    rare = Glove(vector_size=4, window_size=2, random_state=0).fit(with_rare)
    assert rare.vocabulary_ == plain.vocabulary_
    np.testing.assert_array_equal(
        rare.word_vectors_.vectors, plain.word_vectors_.vectors
    )


def test_vocabulary_falls_by_count_and_keeps_min_count_and_max_tokens():
    texts = ["b b b a a a c c d", "b c"]
    glove = Glove(vector_size=2, window_size=2, min_count=2, random_state=0)
    assert glove.fit(texts).vocabulary_ == ["b", "c", "a"]
    assert glove.word_vectors_.words == ["b", "c", "a"]
    assert glove.set_params(max_tokens=2).fit(texts).vocabulary_ == ["b", "c"]


def test_tokens_are_those_of_text_vectorization():
    texts = ["The FROG, the frog's pond!"] * 3
    glove = Glove(vector_size=2, window_size=2, random_state=0).set_params(min_count=1)
    assert sorted(glove.fit(texts).vocabulary_) == ["frog", "frogs", "pond", "the"]
    glove.set_params(standardize=None).fit(texts)
    assert "frog's" in glove.vocabulary_


def test_a_preprocessor_takes_the_place_of_standardize():
    texts = ["The FROG, the frog's pond!"] * 3
    glove = Glove(2, window_size=2, min_count=1, preprocessor=str.upper, random_state=0)
    glove.fit(texts)
    assert sorted(glove.vocabulary_) == ["FROG'S", "FROG,", "POND!", "THE"]
    np.testing.assert_array_equal(
        glove.transform(["the"]), [glove.word_vectors_["THE"]]
    )


def test_a_tokenizer_gets_the_standardized_text_in_fit_and_in_transform():
    texts = ["Frog_Pond, frog_reeds"] * 3
    glove = Glove(2, window_size=2, min_count=1, standardize="lower", random_state=0)
    glove.set_params(tokenizer=lambda text: text.replace(",", "_").split("_"))
    glove.fit(texts)
    assert sorted(glove.vocabulary_) == [" frog", "frog", "pond", "reeds"]
    vectors = glove.word_vectors_
    np.testing.assert_allclose(
        glove.transform(["POND_Frog"]), [(vectors["pond"] + vectors["frog"]) / 2]
    )


def test_korean_texts_without_their_particles_by_a_tokenizer():
    # "frog", "toad" and "newt" in the pond; "bus", "tram" and "truck" on the road.
    animals, cars = ["개구리", "두꺼비", "도롱뇽"], ["버스", "전차", "트럭"]
    rng = np.random.default_rng(0)
    texts = []
    for _ in range(60):
        texts.append(f"{rng.choice(animals)}가 작은 연못에서 {rng.choice(animals)}를")
        texts.append(f"{rng.choice(cars)}가 넓은 도로에서 {rng.choice(cars)}를")
    plain = Glove(4, random_state=0).fit(texts)
    assert {"개구리가", "개구리를", "연못에서"} < set(plain.vocabulary_)

    def without_particles(text):
        return re.findall(r"(\w+?)(?:가|를|에서)?(?!\w)", text)

    glove = clone(plain).set_params(tokenizer=without_particles).fit(texts)
    assert set(glove.vocabulary_) == {*animals, *cars, "작은", "연못", "넓은", "도로"}
    nearest = [word for word, _ in glove.word_vectors_.most_similar("개구리", topn=2)]
    assert set(nearest) <= {*animals, "연못", "작은"}


def test_chinese_texts_are_split_into_characters_by_list():
    glove = Glove(2, min_count=1, tokenizer=list, random_state=0)
    glove.fit(["青蛙在池塘", "蟾蜍在池塘"])
    assert set(glove.vocabulary_) == set("青蛙蟾蜍在池塘")
    assert glove.transform(["池塘"]).any()


def test_a_tokenizer_that_returns_no_list_of_words_is_refused():
    with pytest.raises(TypeError, match="tokenizer must return a list of str"):
        Glove(tokenizer=len).fit(["a frog"])


def test_a_preprocessor_that_returns_no_text_is_refused():
    with pytest.raises(TypeError, match="preprocessor must return a str"):
        Glove(preprocessor=len).fit(["a frog"])


def test_a_window_longer_than_every_text_is_all_of_the_text():
    texts = ["the frog sat", "the toad sat", "sat the toad, the frog"] * 5
    clipped = Glove(3, window_size=1_000, random_state=0).fit(texts)
    longest = clone(clipped).set_params(window_size=5).fit(texts)
    np.testing.assert_array_equal(
        clipped.word_vectors_.vectors, longest.word_vectors_.vectors
    )


def test_vectors_tell_which_words_occur_together(glove, texts):
    vectors = glove.fit(texts).word_vectors_
    for topic, other in ((ANIMALS, CARS), (CARS, ANIMALS)):
        for word in topic:
            nearest = [similar for similar, _ in vectors.most_similar(word, topn=4)]
            assert not set(nearest) & set(other)


def random_counts(n_words=12, density=0.7):
    """A symmetric array of counts."""
    rng = np.random.default_rng(0)
    counts = rng.gamma(1, 5, (n_words, n_words)) * (
        rng.random((n_words, n_words)) < density
    )
    return csr_array((counts + counts.T).astype(np.float32))


def residuals(counts, words, contexts):
    return (
        words.values @ contexts.values.T
        + words.bias[:, np.newaxis]
        + contexts.bias
        - np.log(np.where(counts > 0, counts, 1))
    )


@pytest.mark.parametrize("symmetric", [True, False])
def test_last_cost_is_the_mean_weighted_squared_error_of_the_vectors(symmetric):
    counts = random_counts()
    if not symmetric:
        counts = csr_array(np.triu(counts.toarray()))
    glove = Glove(vector_size=3, x_max=20, max_iter=3, symmetric=symmetric)
    words, contexts, loss_curve = glove._train(counts, None, np.random.RandomState(0))
    counts = counts.toarray()
    weights = np.minimum(1, (counts / 20) ** 0.75)
    errors = weights * residuals(counts, words, contexts) ** 2
    assert loss_curve[-1] == pytest.approx(0.5 * errors[counts > 0].mean(), rel=1e-4)


@pytest.mark.parametrize("with_init", [False, True])
def test_a_word_is_fitted_by_penalized_weighted_least_squares(monkeypatch, with_init):
    monkeypatch.setattr("skglove.glove._least_squares._CG_STEPS", 30)
    counts = random_counts()
    initial = np.random.default_rng(1).standard_normal((12, 3)).astype(np.float32)
    initial[5:] = 0
    glove = Glove(vector_size=3, max_iter=40, tol=0, l2_regularization=0.5, mu=2)
    words, contexts, _ = glove._train(
        counts, initial if with_init else None, np.random.RandomState(0)
    )
    counts = counts.toarray()
    weights = np.minimum(1, (counts / 10) ** 0.75)
    errors = weights * residuals(counts, words, contexts)
    # The context vectors were solved for last: there the gradient vanishes.
    gradient = errors.T @ words.values + 0.5 * contexts.values
    if with_init:
        gradient[:5] -= 0.5 * initial[:5] / 2
        gradient[:5] += 2 * (words.values + contexts.values - initial)[:5]
    np.testing.assert_allclose(gradient, 0, atol=1e-3)


def test_training_stops_by_tol_or_max_iter(glove, texts):
    glove.set_params(tol=0, max_iter=7).fit(texts)
    assert glove.n_iter_ == len(glove.loss_curve_) == 7
    curve = glove.loss_curve_
    assert all(after < before for before, after in pairwise(curve))
    glove.set_params(tol=0.1, max_iter=50).fit(texts)
    falls = [1 - after / before for before, after in pairwise(glove.loss_curve_)]
    assert falls[-1] <= 0.1
    assert min(falls[:-1]) > 0.1


def test_same_random_state_gives_the_same_vectors_with_any_n_jobs(
    monkeypatch, glove, texts
):
    monkeypatch.setattr("skglove.glove._least_squares._TASK_NONZEROS", 50)
    monkeypatch.setattr("skglove.glove._cooccurrences._PAIRS_AT_ONCE", 500)
    first = glove.fit(texts)
    for n_jobs in (1, 2, 3):
        again = clone(glove).set_params(n_jobs=n_jobs).fit(texts)
        assert again.loss_curve_ == first.loss_curve_
        np.testing.assert_array_equal(
            again.word_vectors_.vectors, first.word_vectors_.vectors
        )
    other = clone(glove).set_params(random_state=1).fit(texts)
    assert not np.allclose(other.word_vectors_.vectors, first.word_vectors_.vectors)


def test_n_jobs_follows_joblib_even_where_it_prefers_processes(glove, texts):
    expected = glove.fit(texts).word_vectors_.vectors
    with joblib.parallel_config(backend="loky", n_jobs=2):
        vectors = clone(glove).fit(texts).word_vectors_.vectors
    np.testing.assert_array_equal(vectors, expected)


@pytest.fixture(scope="module")
def published():
    words = [*ANIMALS, *CARS[:3]]
    rng = np.random.default_rng(3)
    return WordVectors(words, rng.standard_normal((len(words), 8)))


def shift(glove, published, word):
    """How far a word moved from its initial vector, as a share of its length."""
    start = published[word]
    return np.linalg.norm(glove.word_vectors_[word] - start) / np.linalg.norm(start)


def test_init_holds_a_word_the_texts_say_little_of(glove, texts, published):
    texts = [text.replace("swan", "frog") for text in texts]
    texts[0] += " swan"
    glove.set_params(init=published, min_count=1).fit(texts)
    assert shift(glove, published, "swan") < 0.5 * shift(glove, published, "frog")


def test_mu_holds_words_near_their_initial_vectors(glove, texts, published):
    glove.set_params(init=published)
    shifts = [
        np.mean([shift(glove, published, word) for word in published.words])
        for glove in (clone(glove).set_params(mu=mu).fit(texts) for mu in (0, 10, 1e4))
    ]
    assert shifts[0] > shifts[1] > shifts[2]
    assert shifts[2] < 0.05


def test_init_is_used_and_leaves_words_it_does_not_know_to_the_texts(
    glove, texts, published
):
    plain = clone(glove).fit(texts)
    glove.set_params(init=published).fit(texts)
    vectors = glove.word_vectors_
    assert vectors.words == plain.word_vectors_.words
    assert not np.allclose(vectors["frog"], plain.word_vectors_["frog"])
    nearest = [word for word, _ in vectors.most_similar("tram", topn=4)]
    assert not set(nearest) & set(ANIMALS)


def test_init_may_be_a_file(glove, texts, published, tmp_path):
    published.save(tmp_path / "vectors.txt")
    from_file = clone(glove).set_params(init=str(tmp_path / "vectors.txt")).fit(texts)
    glove.set_params(init=published).fit(texts)
    np.testing.assert_allclose(
        from_file.word_vectors_.vectors, glove.word_vectors_.vectors, rtol=1e-3
    )


def test_a_word_that_occurs_alone_has_a_zero_vector():
    texts = ["frog pond frog pond", "hermit"]
    glove = Glove(vector_size=2, window_size=2, min_count=1, random_state=0).fit(texts)
    np.testing.assert_array_equal(glove.word_vectors_["hermit"], 0)
    assert glove.word_vectors_["frog"].any()


def test_transform_averages_the_known_words(glove, texts):
    glove.fit(texts)
    vectors = glove.word_vectors_
    means = glove.transform(["Frog, toad; frog unheard-of", "", "unheard-of"])
    assert means.dtype == np.float32
    expected = (2 * vectors["frog"] + vectors["toad"]) / 3
    np.testing.assert_allclose(means[0], expected, rtol=1e-5)
    np.testing.assert_array_equal(means[1:], 0)
    column = np.array([["frog"], ["toad"]], dtype=object)
    np.testing.assert_allclose(
        glove.transform(column), [vectors["frog"], vectors["toad"]], rtol=1e-6
    )


def test_transform_stands_in_front_of_a_classifier(glove, texts):
    labels = np.arange(len(texts)) % 2
    pipeline = make_pipeline(glove, LogisticRegression(C=10))
    assert pipeline.fit(texts, labels).score(make_texts(100, seed=1), labels[:100]) == 1


def test_transform_needs_a_fit(glove):
    with pytest.raises(NotFittedError):
        glove.transform(["frog"])


def test_scikit_learn_conventions(glove, texts):
    assert get_tags(glove).input_tags.string
    assert not get_tags(glove).input_tags.two_d_array
    glove.fit(texts)
    assert glove.get_feature_names_out().tolist() == [f"glove{i}" for i in range(8)]
    again = pickle.loads(pickle.dumps(glove))
    np.testing.assert_array_equal(again.transform(texts), glove.transform(texts))
    frame = glove.set_output(transform="pandas").transform(texts)
    assert list(frame.columns) == list(glove.get_feature_names_out())


def test_verbose_prints_the_cost_of_each_iteration(glove, texts, capsys):
    glove.fit(texts)
    assert capsys.readouterr() == ("", "")
    glove.set_params(verbose=1, max_iter=3, tol=0).fit(texts)
    printed = capsys.readouterr().out
    for i, cost in enumerate(glove.loss_curve_, start=1):
        assert f"iteration {i}: cost {cost:.5f}" in printed


def test_verbose_shows_what_share_of_each_step_is_done(glove, texts, capsys):
    glove.set_params(verbose=1, max_iter=3, tol=0).fit(texts)
    shown = capsys.readouterr().err
    for step in (
        r"Counting words: 100%.* 300/300 .*texts/s",
        r"Counting co-occurrences: 100%.* 3\.60k/3\.60k .*words/s",
        r"Training: 100%.*pairs/s",
    ):
        assert re.search(step, shown)


def test_fit_transform_wants_texts_that_transform_can_take(glove, texts):
    with pytest.raises(TypeError, match="sequence of texts"):
        glove.fit_transform(lambda: [texts])
    np.testing.assert_array_equal(
        glove.fit_transform(texts), clone(glove).fit(texts).transform(texts)
    )


@pytest.mark.parametrize(
    ("params", "texts", "message"),
    [
        ({}, [], "no texts"),
        ({}, "frog", "single str"),
        ({}, ["", " ... "], "hold no words"),
        (
            {"min_count": 4, "window_size": 2},
            ["a b a b a", "b c d e f"],
            r"min_count=4.*'b'.* 3 times",
        ),
        (
            {"min_count": 2, "window_size": 2},
            ["a b", "a c"],
            r"No two of the 1 words.*min_count",
        ),
        ({"vector_size": 0}, ["a b"], "vector_size"),
        ({"x_max": 0}, ["a b"], "x_max"),
        ({"standardize": "upper"}, ["a b"], "standardize"),
    ],
)
def test_bad_input_gets_one_clear_error(params, texts, message):
    with pytest.raises(ValueError, match=message):
        Glove(**params).fit(texts)


def test_init_of_another_dimension_is_refused(texts):
    init = WordVectors(["frog"], [[1.0, 2.0]])
    with pytest.raises(ValueError, match=r"init have 2 dimensions.*vector_size is 100"):
        Glove(init=init).fit(texts)


def test_init_that_holds_no_vectors_is_refused(texts):
    with pytest.raises(TypeError, match="WordVectors"):
        Glove(init=3).fit(texts)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, MemoryError])
def test_an_interrupted_fit_leaves_the_estimator_as_it_was(
    monkeypatch, glove, texts, stop
):
    def stop_in_second_iteration(self, message):
        if "iteration 2" in message:
            raise stop

    fitted = clone(glove).fit(texts)
    before = dict(vars(fitted))
    with monkeypatch.context() as patch:
        patch.setattr(Glove, "_report", stop_in_second_iteration)
        for estimator in (glove, fitted):
            with pytest.raises(stop):
                estimator.fit(texts[:100])
    assert vars(fitted) == before
    assert not [name for name in vars(glove) if name.endswith("_")]
