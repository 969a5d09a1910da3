"""scikeras's classifier, fitted to texts in batches."""

from scikeras.wrappers import KerasClassifier
from sklearn.preprocessing import FunctionTransformer

from ..networks._batches import training_batches


class Trainer(KerasClassifier):
    """Train a compiled model on the texts whose numbers `fit` gets.

    Parameters
    ----------
    model : keras.Model
        The model, compiled.

    spec : NetworkSpec
        What it was built from.

    ids : TokenIds
        The texts.

    validation : tuple (TokenIds, codes) or None
        What to validate on after each epoch.

    seed : int
        Determines the order of the texts.

    **options
        Those of `scikeras.wrappers.KerasClassifier`.
    """

    def __init__(self, model, *, spec, ids, validation, seed, **options):
        super().__init__(lambda: model, **options)
        self.spec = spec
        self.ids = ids
        self.validation = validation
        self.seed = seed

    @property
    def target_encoder(self):
        """Leave the codes as they are.

        Numbered again by what is there, they would mean other classes where a class
        has weight zero or occurs in the validation part only.
        """
        return FunctionTransformer()

    def _fit_keras_model(self, X, y, sample_weight, warm_start, epochs, **_):
        """Train on batches made of the ids, and not on an array of all of them."""
        options = {"spec": self.spec, "batch_size": self.batch_size}
        validation = self.validation
        if validation is not None:
            validation = training_batches(*validation, None, **options)
        self.history_ = self.model_.fit(
            training_batches(self.ids, y, sample_weight, seed=self.seed, **options),
            epochs=epochs,
            shuffle=False,
            validation_data=validation,
            callbacks=self._fit_callbacks,
            verbose=self.verbose,
        ).history
