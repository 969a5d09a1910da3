"""The type in which convolutions are multiplied in training."""

import os
from functools import cache
from pathlib import Path


def training_dtype(dtype):
    """Return the type to multiply values of `dtype` in.

    TensorFlow by itself rounds float32 to bfloat16 on TPUs and to TensorFloat-32 on
    newer GPUs. Here it is rounded to bfloat16 on processors that multiply that faster.
    One function switches off all three:
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
