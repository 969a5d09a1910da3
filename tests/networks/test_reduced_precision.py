import pytest

from skglove.networks import _reduced_precision as reduced_precision
from skglove.networks._reduced_precision import training_dtype


@pytest.fixture
def made_for_bfloat16(monkeypatch, tmp_path):
    """Make the processor one whose flags the test may write."""
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("flags\t\t: fpu avx512f avx512_bf16 avx512_vnni\n")
    monkeypatch.setattr(reduced_precision, "Path", lambda _: cpuinfo)
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    reduced_precision._multiplies_bfloat16.cache_clear()
    yield cpuinfo
    reduced_precision._multiplies_bfloat16.cache_clear()


def test_float32_is_multiplied_in_bfloat16_where_that_is_faster(made_for_bfloat16):
    assert training_dtype("float32") == "bfloat16"


@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16"])
def test_a_type_that_was_chosen_is_kept(made_for_bfloat16, dtype):
    assert training_dtype(dtype) == dtype


def test_tensorflow_switch_for_full_precision_is_followed(made_for_bfloat16):
    from tensorflow.config import experimental

    experimental.enable_tensor_float_32_execution(False)
    try:
        assert training_dtype("float32") == "float32"
    finally:
        experimental.enable_tensor_float_32_execution(True)


def test_other_processors_multiply_in_float32(made_for_bfloat16):
    made_for_bfloat16.write_text("flags\t\t: fpu avx512f\n")
    assert training_dtype("float32") == "float32"


def test_systems_that_do_not_tell_multiply_in_float32(made_for_bfloat16):
    made_for_bfloat16.unlink()
    assert training_dtype("float32") == "float32"


def test_tensorflow_without_onednn_multiplies_in_float32(
    made_for_bfloat16, monkeypatch
):
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    assert training_dtype("float32") == "float32"
