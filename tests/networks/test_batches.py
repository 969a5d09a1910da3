import numpy as np
import pytest

from skglove.networks._batches import batches_of, fed_by_batches


def epoch_of(batches):
    """Join an epoch's batches: a list of arrays."""
    return [np.concatenate(parts) for parts in zip(*batches, strict=True)]


def test_batches_hold_all_in_order():
    ids, codes = np.arange(20).reshape(10, 2), np.arange(10)
    batches = batches_of((ids, codes), 4)
    assert len(batches) == 3
    for _ in range(2):
        found_ids, found_codes = epoch_of(batches)
        np.testing.assert_array_equal(found_ids, ids)
        np.testing.assert_array_equal(found_codes, codes)


def test_shuffled_batches_hold_all_in_another_order_each_time():
    numbers = np.arange(50)
    batches = batches_of((numbers, 2 * numbers), 7, shuffle=True)
    (first, double), (second, _) = epoch_of(batches), epoch_of(batches)
    assert sorted(first) == sorted(second) == numbers.tolist()
    assert (double == 2 * first).all()
    assert len({tuple(first), tuple(second), tuple(numbers)}) == 3


def test_global_seed_determines_the_orders():
    import tensorflow as tf

    def orders(seed):
        tf.random.set_seed(seed)
        batches = batches_of((np.arange(50),), 7, shuffle=True)
        return [epoch_of(batches)[0].tolist() for _ in range(2)]

    assert orders(0) == orders(0) != orders(1)


def test_no_thread_keeps_the_end_of_an_epoch_waiting():
    assert batches_of((np.arange(3),), 2).options().autotune.enabled is False


def test_model_is_fed_texts_labels_and_weights():
    fitted = {}

    class Model:
        def fit(self, batches, **options):
            fitted.update(options, batches=epoch_of(batches))

    model = Model()
    x, y, weights = np.arange(6), np.arange(6) + 10, np.arange(6) + 20
    with fed_by_batches(model):
        model.fit(
            x,
            y,
            batch_size=4,
            sample_weight=weights,
            validation_data=(x[:2], y[:2]),
            epochs=3,
        )
    found = np.transpose(fitted["batches"])
    assert sorted(found.tolist()) == np.transpose([x, y, weights]).tolist()
    validation = epoch_of(fitted["validation_data"])
    np.testing.assert_array_equal(validation, [x[:2], y[:2]])
    assert fitted["epochs"] == 3
    assert "batch_size" not in fitted


def test_model_has_its_own_fit_back_after_an_error():
    class Model:
        def fit(self, *_, **__):
            raise KeyboardInterrupt

    model = Model()
    with pytest.raises(KeyboardInterrupt), fed_by_batches(model):
        model.fit(np.arange(2), np.arange(2), batch_size=1)
    assert "fit" not in vars(model)
