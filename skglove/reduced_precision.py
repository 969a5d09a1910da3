"""The type in which convolutions are multiplied in training."""

import os
from functools import cache
from pathlib import Path


def training_dtype(dtype):
    """Return the type to multiply values of `dtype` in.

    As TensorFlow does by itself on TPUs and, with TensorFloat-32, on newer GPUs,
    float32 is rounded to bfloat16 where the processor multiplies that faster. What
    switches it off there does so here:
    `tf.config.experimental.enable_tensor_float_32_execution(False)`.

    Parameters
    ----------
    dtype : str
        The type of the values.

    Returns
    -------
    dtype : str
        "bfloat16", or `dtype` as it is.
    """
    from tensorflow import config

    allowed = config.experimental.tensor_float_32_execution_enabled()
    if dtype == "float32" and allowed and _multiplies_bfloat16():
        return "bfloat16"
    return dtype


@cache
def _multiplies_bfloat16():
    """Tell whether the processor has instructions for it, and oneDNN uses them."""
    if os.environ.get("TF_ENABLE_ONEDNN_OPTS") == "0":
        return False
    try:
        about = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_bf16" in about.split()
