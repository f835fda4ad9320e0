"""The ensemble of classifiers."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from ..estimators._sklearn import _fit_context
from ..estimators.classifier import BackpropClassifier
from ..estimators.data.class_targets import ONE
from ..estimators.data.metrics import accuracy
from ..estimators.data.missing_targets import ScoreOfGiven, accuracy_of_given
from ..estimators.data.validation_set import GivenSet
from ..estimators.one_row.given import Row
from ..estimators.solvers import is_stochastic
from .base import BackpropEnsemble, mean_of
from .parameters import ensemble_of


@ensemble_of(BackpropClassifier)
class BackpropEnsembleClassifier(ScoreOfGiven, ClassifierMixin, BackpropEnsemble):
    """Networks from several seeds, whose probabilities are averaged.

    What a fit reads, checks, standardises and holds out is so once for all networks, and they train
    side by side in threads. Each is what `BackpropClassifier` with its seed is, to the bit (where
    rows are held out, these are the same for all). The result does not depend on `n_jobs`.

    Parameters
    ----------
    hidden_layer_sizes : int or array-like of shape (n_hidden_layers,), default=(64, 32)
        Units in each hidden layer.
    {activation}
    loss : {'log_loss', 'squared_error'} or record, default='log_loss'
        The error E_p of one pattern, see `BackpropClassifier`.
    {parameters}
    {classifier_parameters}
    {ensemble_parameters}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The class labels.
    {ensemble_attributes}

    See Also
    --------
    BackpropClassifier : One network.
    sklearn.ensemble.BaggingClassifier : Ensembles of estimators of any kind, bootstrapped ones.

    Notes
    -----
    {ensemble_notes}

    Examples
    --------
    >>> from fastbp import BackpropEnsembleClassifier
    >>> from sklearn.datasets import load_wine
    >>> X, y = load_wine(return_X_y=True)
    >>> model = BackpropEnsembleClassifier(random_state=0).fit(X[::2], y[::2])
    >>> model.score(X[1::2], y[1::2]) > 0.95
    True
    """

    _metric = staticmethod(accuracy_of_given)
    _plain_metric = staticmethod(accuracy)

    @property
    def classes_(self) -> np.ndarray:
        """The class labels."""
        return self._first().classes_

    @property
    def _label_binarizer(self) -> Any:
        return self._first()._label_binarizer

    @available_if(is_stochastic)
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        classes: ArrayLike | None = None,
        *,
        X_val: ArrayLike | None = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> Self:
        """Go on training with one pass of each network over X and y.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Class labels, or a label indicator matrix.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the patterns, see the notes of `BackpropClassifier`.
        classes : array-like of shape (n_classes,), default=None
            All classes that will ever occur; needed in the first call only, see
            `BackpropClassifier.partial_fit`.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Input of a validation set, which is scored after the pass.
        y_val : array-like of shape (n_val,) or (n_val, n_labels), default=None
            Its targets.
        sample_weight_val : array-like of shape (n_val,), default=None
            Its weights, non-negative. A row of weight zero is not there.

        Returns
        -------
        self : object
            The trained ensemble.
        """
        given = GivenSet(X_val, y_val, sample_weight_val)
        return self._partial_fit(X, y, sample_weight, classes, **given._asdict())

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Predict probabilities of the classes: the means of those of the networks.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input.

        Returns
        -------
        y_prob : ndarray of shape (n_samples, n_classes)
            Probabilities in the order of `classes_`; for multilabel targets, of each label.
        """
        return mean_of(self._answers(X, lambda network, out: network._probabilities(out)))

    def predict_log_proba(self, X: ArrayLike) -> np.ndarray:
        """Predict logarithms of the probabilities of the classes.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input.

        Returns
        -------
        log_y_prob : ndarray of shape (n_samples, n_classes)
            ``log(predict_proba(X))``.
        """
        return np.log(self.predict_proba(X))

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Predict classes: those of the largest mean probability, or labels above a half.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_labels)
            The classes.
        """
        proba = self.predict_proba(X)
        binary = self._label_binarizer.y_type_ in ONE and proba.shape[1] == 2
        return self._first()._decode(proba[:, 1:] if binary else proba)

    def predict_proba_one(self, x: Row) -> dict:
        """Predict the probabilities of the classes for one row.

        Parameters
        ----------
        x : dict, sequence of numbers or ndarray of shape (n_features,)
            The row, as in `learn_one`.

        Returns
        -------
        y_prob : dict
            The probability of each class; for multilabel targets, of each label.
        """
        check_is_fitted(self)
        networks = self.estimators_
        with self._reading(networks):
            answers = [network.predict_proba_one(x) for network in networks]
        return {
            label: sum(answer[label] for answer in answers) / len(answers) for label in answers[0]
        }

    def predict_one(self, x: Row) -> Any:
        """Predict the class of one row.

        Parameters
        ----------
        x : dict, sequence of numbers or ndarray of shape (n_features,)
            The row, as in `learn_one`.

        Returns
        -------
        y : label
            The class; of several labels, an array.
        """
        answer = self.predict_proba_one(x)
        if self._label_binarizer.y_type_ in ONE:
            return max(answer, key=answer.__getitem__)
        return self._first()._decode(np.array([list(answer.values())]))[0]

    def __sklearn_tags__(self) -> Any:
        """Say that multilabel targets are taken."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
