"""What "auto" stands for."""

import math
from pathlib import Path

import numpy as np
import pytest

from skglove.networks import Bag, BagConv, as_network


@pytest.mark.parametrize(
    ("network", "n_texts", "n_classes", "expected"),
    [
        ("bag", 200, 2, (32, 11, "lazy_adam", 5e-3)),
        ("bag", 3_000, 20, (32, 10, "lazy_adam", 5e-3)),
        ("bag", 5_000, 2, (32, 5, "lazy_adam", 2e-3)),
        ("bag", 5_000, 4, (32, 6, "lazy_adam", 2e-3 * math.sqrt(2))),
        ("bag", 10_000, 2, (128, 3, "lazy_adam", 5e-3)),
        ("bag", 16_000, 20, (128, 4, "lazy_adam", 5e-3)),
        ("bag", 10_000, 80, (64, 10, "lazy_adam", 5e-3)),
        ("bag", 25_000, 2, (256, 3, "lazy_adam", 1e-2)),
        ("bag", 240_000, 2, (512, 3, "lazy_adam", 4e-3)),
        ("bag", 240_000, 20, (512, 3, "lazy_adam", 1e-2)),
        ("bag_conv", 200, 2, (32, 15, "lazy_adam", 5e-3)),
        ("bag_conv", 3_000, 20, (32, 10, "lazy_adam", 5e-3)),
        ("bag_conv", 5_000, 2, (32, 6, "lazy_adam", 2e-3)),
        ("bag_conv", 10_000, 2, (128, 8, "lazy_adam", 2e-3)),
        ("bag_conv", 25_000, 2, (128, 4, "lazy_adam", 2e-3)),
        ("bag_conv", 25_000, 4, (128, 6, "lazy_adam", 2e-3 * math.sqrt(2))),
        ("bag_conv", 25_000, 20, (128, 6, "lazy_adam", 5e-3)),
        ("parallel_conv", 200, 2, (32, 15, "lazy_adam", 1e-3)),
        ("parallel_conv", 25_000, 20, (128, 8, "lazy_adam", 1e-3)),
        ("conv", 200, 2, (128, 20, "rmsprop", None)),
        ("flatten", 25_000, 20, (128, 20, "rmsprop", None)),
        (max, 200, 2, (128, 20, "rmsprop", None)),
    ],
)
def test_training_suits_network_and_data(network, n_texts, n_classes, expected):
    defaults = as_network(network).training_defaults(n_texts, n_classes)
    assert defaults == pytest.approx(expected)


def test_network_without_a_hash_is_a_callable_as_any():
    class Network:
        __hash__ = None

        def __call__(self, embedding, **_):
            raise NotImplementedError

    assert as_network(Network()).training_defaults(200, 2).optimizer == "rmsprop"


@pytest.mark.parametrize("network", [Bag(), BagConv()], ids=["bag", "bag_conv"])
@pytest.mark.parametrize("n_texts", [1_000, 5_000, 10_000, 100_000])
def test_more_classes_never_have_a_smaller_rate(network, n_texts):
    rates = [network.training_defaults(n_texts, n).learning_rate for n in range(2, 60)]
    assert (np.diff(rates) >= 0).all() and 5e-3 <= max(rates) <= 1e-2


def test_table_of_the_user_guide_has_these_figures():
    page = Path(__file__).parents[2] / "docs" / "user_guide" / "networks.rst"
    border = "=======  =======  ==========  ======  ============="
    _, head, rows, _ = page.read_text().split(border)
    assert head.split() == "texts classes batch size epochs learning rate".split()
    rows = [line.replace(",", "").split() for line in rows.strip().splitlines()]
    assert len(rows) > 5
    for n_texts, n_classes, *figures in rows:
        batch_size, epochs, rate = map(float, figures)
        defaults = Bag().training_defaults(int(n_texts), int(n_classes))
        assert defaults[:2] == (batch_size, epochs)
        assert defaults.learning_rate == pytest.approx(rate)
