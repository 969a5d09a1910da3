"""Draw docs/_static/explanation.png, the picture of the README.

python docs/explanation_picture.py
"""

from pathlib import Path

import matplotlib

matplotlib.use("agg")

from skglove import ExplanationDisplay, GloveTextClassifier
from skglove.datasets import fetch_news20

GROUPS = ["sci.space", "sci.med", "rec.autos", "comp.graphics"]
TEXT = (
    "The shuttle will carry a satellite into orbit; NASA's new telescope needs "
    "repairs, and the astronauts say the doctors agree."
)

posts = fetch_news20(
    subset="train", remove=("headers", "footers", "quotes"), categories=GROUPS
)
labels = [posts.target_names[i] for i in posts.target]
clf = GloveTextClassifier("glove.6B.50d", random_state=0).fit(posts.data, labels)
display = ExplanationDisplay.from_estimator(clf, TEXT)
path = Path(__file__).with_name("_static") / "explanation.png"
display.figure_.savefig(path, dpi=110, bbox_inches="tight")
