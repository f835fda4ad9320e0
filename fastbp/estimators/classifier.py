"""The classifier."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from .. import losses
from ._sklearn import StrOptions, _fit_context
from .base import BaseBackprop
from .data.class_targets import ONE, ClassTargets
from .data.metrics import accuracy
from .data.missing_targets import ScoreOfGiven, accuracy_of_given
from .data.validation_set import GivenSet
from .documentation import documented
from .draft import view_of
from .one_row.probabilities import RowProbabilities
from .one_row.tables_of_one import is_worthwhile, row_first
from .parameters.formulas import loss_for
from .parameters.table import BELOW_ONE
from .parameters.whole import Activation, Auto, DType
from .solvers import is_stochastic


@documented
class BackpropClassifier(
    ScoreOfGiven, ClassifierMixin, ClassTargets, RowProbabilities, BaseBackprop
):
    """Multi-layer perceptron classifier, trained by backpropagation, pattern by pattern.

    Columns are taken in their own units. The default is online training, one update of the weights
    after every pattern, of a network and for a time chosen by evidence. The parameters and
    attributes are those of scikit-learn's MLP, all but the first keyword-only; with
    ``standardize=False`` so are the numbers.

    Parameters
    ----------
    hidden_layer_sizes : int or array-like of shape (n_hidden_layers,), default=(64, 32)
        Units in each hidden layer. ``()`` is a network without hidden layers, the delta rule:
        logistic or softmax regression.
    {activation}
    loss : {'log_loss', 'squared_error'} or record, default='log_loss'
        The error E_p of one pattern, with the output activation that belongs to it.

        - 'log_loss': cross-entropy; softmax outputs for more than two classes, logistic outputs
          for two classes and for multilabel targets.
        - 'squared_error': ½ Σ (d − o)² on logistic outputs with targets 0 and 1, the set-up of
          Rumelhart, Hinton and Williams. With more than two classes, `predict_proba` divides the
          outputs by their sum.
        - a record with formulas of your own, see `fastbp.losses`.
    {parameters}
    {classifier_parameters}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The class labels, sorted. Labels that are neither all strings nor all whole numbers
        (tuples, dates, members of an `Enum`, 1 beside "b"), which `learn_one` takes and
        `partial_fit` where its `classes` has some, are objects in the order they came in.
    {attributes}

    See Also
    --------
    BackpropRegressor : The same for continuous targets.
    sklearn.neural_network.MLPClassifier : The twin: equal parameters, equal results, with
        ``standardize=False``.

    Notes
    -----
    {notes}

    Examples
    --------
    >>> from fastbp import BackpropClassifier
    >>> from sklearn.datasets import load_wine
    >>> X, y = load_wine(return_X_y=True)
    >>> BackpropClassifier(random_state=0).fit(X[::2], y[::2]).score(X[1::2], y[1::2]) > 0.95
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseBackprop._parameter_constraints,
        "loss": [StrOptions(set(losses.CLASSIFICATION_LOSSES)), tuple],
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "label_smoothing": [BELOW_ONE],
        "new_classes": [StrOptions({"error", "add"})],
    }

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] | np.ndarray = (64, 32),
        *,
        activation: Activation = "relu",
        loss: str | tuple = "log_loss",
        solver: str | tuple = "sgd",
        alpha: float | Auto = "auto",
        batch_size: int | Auto = 1,
        learning_rate: str = "cosine",
        learning_rate_init: float | Auto = "auto",
        power_t: float = 0.5,
        max_iter: int | Auto = "auto",
        shuffle: bool = True,
        random_state: int | np.random.RandomState | None = None,
        tol: float = 1e-4,
        verbose: bool | int = False,
        warm_start: bool = False,
        momentum: float = 0.0,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        scoring: str | Callable | None = None,
        warmup_epochs: int = 0,
        l1_ratio: float = 0.0,
        dropout: float | Sequence[float] | np.ndarray = 0.0,
        max_norm: float | None = None,
        clip_norm: float | None = None,
        average: bool | int = False,
        standardize: bool = True,
        missing_targets: str = "error",
        new_features: str = "error",
        dtype: DType | None = None,
        n_init: int = 1,
        shortcuts: bool = False,
        connections: Sequence[np.ndarray] | None = None,
        class_weight: dict | str | None = None,
        label_smoothing: float = 0.0,
        new_classes: str = "error",
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.loss = loss
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.scoring = scoring
        self.warmup_epochs = warmup_epochs
        self.l1_ratio = l1_ratio
        self.dropout = dropout
        self.max_norm = max_norm
        self.clip_norm = clip_norm
        self.average = average
        self.standardize = standardize
        self.missing_targets = missing_targets
        self.new_features = new_features
        self.dtype = dtype
        self.n_init = n_init
        self.shortcuts = shortcuts
        self.connections = connections
        self.class_weight = class_weight
        self.label_smoothing = label_smoothing
        self.new_classes = new_classes

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: ArrayLike | None = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> "BackpropClassifier":
        """Train on X and y, from new weights unless ``warm_start=True``.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Class labels, or a label indicator matrix.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the patterns, see the class's notes.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Input of a validation set. With ``early_stopping=True`` it takes the place of the
            patterns that would be held out; else it is only watched. In a `Pipeline` it is
            transformed like X with ``Pipeline(..., transform_input=["X_val"])`` and metadata
            routing, see the page on data.
        y_val : array-like of shape (n_val,) or (n_val, n_labels), default=None
            Its targets.
        sample_weight_val : array-like of shape (n_val,), default=None
            Its weights, non-negative. A row of weight zero is not there.

        Returns
        -------
        self : BackpropClassifier
            The trained classifier.
        """
        given = GivenSet(X_val, y_val, sample_weight_val)
        return self._fit(X, y, sample_weight, given, incremental=False)

    @available_if(is_stochastic)
    @row_first
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
    ) -> "BackpropClassifier":
        """Go on training with one pass over X and y.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Class labels, or a label indicator matrix.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the patterns, see the class's notes.
        classes : array-like of shape (n_classes,), default=None
            All classes that will ever occur; needed in the first call only. With
            ``new_classes="add"`` those that are known so far, beside those in y, or None. If there
            are others among them than strings, or than whole numbers, labels may be anything
            hashable from then on, and y is a list or a one-dimensional array of them.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Input of a validation set, which is scored after the pass. With
            ``early_stopping=True`` it must be given: nothing is stopped or restored, but
            ``learning_rate="adaptive"`` follows its score.
        y_val : array-like of shape (n_val,) or (n_val, n_labels), default=None
            Its targets.
        sample_weight_val : array-like of shape (n_val,), default=None
            Its weights, non-negative. A row of weight zero is not there.

        Returns
        -------
        self : BackpropClassifier
            The trained classifier.
        """
        given = GivenSet(X_val, y_val, sample_weight_val)
        alone = sample_weight is None and not given.is_there() and classes is None
        by_row = alone and is_worthwhile(self, X)
        return self._fit(
            X, y, sample_weight, given, incremental=True, by_row=by_row, classes=classes
        )

    def _loss(self) -> NamedTuple:
        loss = loss_for(self.loss, losses.CLASSIFICATION_LOSSES)
        return loss[self._label_binarizer.y_type_] if isinstance(loss, dict) else loss

    _metric = staticmethod(accuracy_of_given)
    _plain_metric = staticmethod(accuracy)  # of targets none of which is missing

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Predict probabilities of the classes.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input.

        Returns
        -------
        y_prob : ndarray of shape (n_samples, n_classes)
            Probabilities in the order of `classes_`; for multilabel targets, of each label.
        """
        self = view_of(self)
        return self._probabilities(self._outputs(X))

    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """Return the net inputs of the output units: log-odds, up to a constant per row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input.

        Returns
        -------
        net : ndarray of shape (n_samples,) or (n_samples, n_classes)
            For two classes one number per row, above 0 for ``classes_[1]``; else a column for each
            class or label, the largest one (those above 0, for labels) being predicted.
        """
        self = view_of(self)
        check_is_fitted(self)
        net = self._outputs(
            X, self._formulas._replace(loss=losses.REGRESSION_LOSSES["squared_error"])
        )
        return net.ravel() if net.shape[1] == 1 and self._label_binarizer.y_type_ in ONE else net

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
        y_prob = self.predict_proba(X)
        return np.log(y_prob, out=y_prob)

    def __sklearn_tags__(self) -> Any:
        """Say that multilabel targets are taken."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
