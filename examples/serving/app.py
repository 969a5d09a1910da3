"""Serve a classifier over HTTP with FastAPI; a new file is loaded without a pause.

.. code-block:: sh

    pip install fastapi uvicorn
    SKGLOVE_MODEL=mine.skglove uvicorn --app-dir examples/serving app:app

    curl localhost:8000/predict -H 'content-type: application/json' \
         -d '{"texts": ["a text", "another"]}'

Requests run in the server's threads. A classifier of the default network predicts
without TensorFlow and holds no lock, so that they do not wait for each other. When the
file is replaced, as `clf.save` does in one step, `POST /reload` swaps the classifier;
requests under way end with the old one.
"""

import os

from fastapi import FastAPI
from pydantic import BaseModel, Field

import skglove

MODEL = os.environ["SKGLOVE_MODEL"]


class Texts(BaseModel):
    """A batch of texts."""

    texts: list[str] = Field(min_length=1, max_length=1_000)


app = FastAPI()
app.state.clf = skglove.load(MODEL)


@app.post("/predict")
def predict(batch: Texts):
    """Return the most probable class of each text, and its probability."""
    clf = app.state.clf  # one classifier for the whole batch
    proba = clf.predict_proba(batch.texts)
    best = proba.argmax(axis=1)
    return [
        {"label": str(clf.classes_[i]), "probability": float(row[i])}
        for i, row in zip(best, proba, strict=True)
    ]


@app.post("/reload")
def reload():
    """Load the file again."""
    app.state.clf = skglove.load(MODEL)
    return {"classes": [str(label) for label in app.state.clf.classes_]}
