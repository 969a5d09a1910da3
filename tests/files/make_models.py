"""Make the kept model files of this version: python tests/files/make_models.py

Files of earlier versions stay as they are: every later version must load them. Beside
each, in a `.json` of its name, is what it predicts.
"""

import json
from pathlib import Path

import skglove
from skglove import GloveTextClassifier, WordVectors
from skglove.networks import Conv, ParallelConv

TEXTS = [
    "a green frog, a toad",
    "the toad isn't a frog",
    "frogs and toads",
    "one fast car",
    "the car and the bus",
    "buses, cars",
]
LABELS = {
    "bag": ["animal"] * 3 + ["véhicule"] * 3,
    "parallel_conv": [1, 1, 2, 2, 3, 3],
    "conv": [[0, 1], [0, 1], [0, 1], [1, 1], [1, 0], [1, 0]],
}
VECTORS = WordVectors(
    ["frog", "toad", "car", "bus"], [[1, 0], [0.9, 0.1], [0, 1], [0.1, 0.9]]
)
CLASSIFIERS = {
    "bag": GloveTextClassifier(
        VECTORS, epochs=2, class_weight={"animal": 1, "véhicule": 2.5}, random_state=0
    ),
    "parallel_conv": GloveTextClassifier(
        3, network=ParallelConv(filters=2, kernel_size=2), epochs=2, random_state=0
    ),
    "conv": GloveTextClassifier(
        VECTORS,
        network=Conv(filters=2, kernel_size=1, pool_size=1, dense_units=2),
        sequence_length=5,
        early_stopping=True,
        validation_fraction=0.5,
        epochs=2,
        random_state=0,
    ),
}
ASKED = ["the green car", "a newt", "", "FROG! bus"]


def main():
    import numpy as np

    from skglove.training import _linear

    _linear._MIN_BUCKETS = 256  # so that the file is small
    folder = Path(__file__).parent
    for name, clf in CLASSIFIERS.items():
        clf.fit(TEXTS, np.array(LABELS[name]))
        path = folder / f"{name}-{skglove.persistence.FORMAT}.skglove"
        clf.save(path)
        about = {
            "texts": ASKED,
            "probabilities": clf.predict_proba(ASKED).tolist(),
            "predictions": clf.predict(ASKED).tolist(),
            "n_words": len(clf.vocabulary_),
            "parameters": {"epochs": 2, "network": str(clf.network)},
        }
        path.with_suffix(".json").write_text(
            json.dumps(about, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
