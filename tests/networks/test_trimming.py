import numpy as np
import pytest
from test_spec import gradients, make_ids, make_model, make_spec

from skglove.networks._trimming import trimmed


@pytest.fixture(params=["bag_conv", "parallel_conv"])
def spec(request):
    return make_spec(network=request.param, dropout=0)


@pytest.mark.parametrize("padding", ["post", "pre"])
@pytest.mark.parametrize("longest", [0, 1, 5, 36, 38, 40])
def test_short_texts_give_what_they_give_on_long_rows(spec, longest, padding):
    ids = make_ids(spec, padding)
    ids = ids[np.count_nonzero(ids, axis=1) <= longest]
    model = make_model(spec)
    expected = model(ids, training=False).numpy()
    np.testing.assert_allclose(spec.shortcut(model)(ids), expected, atol=1e-6)


def test_gradients_are_those_of_long_rows(spec):
    ids = make_ids(spec)
    ids[:, 10:] = 0
    model = make_model(spec)
    expected = gradients(model, model, ids)
    found = gradients(model, spec.shortcut(model), ids)
    for gradient, value in zip(found, expected, strict=True):
        np.testing.assert_allclose(gradient, value, atol=1e-4 * np.abs(value).max())


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ([0, 1, 2], slice(0, 6)),
        ([17, 18, 19], slice(14, 20)),
        ([5, 8], slice(2, 12)),
        ([1, 18], slice(0, 20)),
        ([], slice(0, 20)),
    ],
)
def test_as_much_padding_is_left_as_a_convolution_sees(words, kept):
    class Model:
        def call(self, ids, training):
            return np.asarray(ids), training

    ids = np.zeros((2, 20), dtype=np.int32)
    ids[1, words] = 7
    found, training = trimmed(Model(), kernel_size=3)(ids, training=True)
    np.testing.assert_array_equal(found, ids[:, kept])
    assert training is True
