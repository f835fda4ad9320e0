"""The models: River's base classes around the estimators."""

import pickle
from collections.abc import Sequence
from typing import Any, Self

from river import base

from .rows import RowClassifier, RowRegressor, rows_of


class _Model:
    """What both models have in common: the parameters that a stream has use of."""

    _model: Any

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (64, 32),
        activation: str | tuple = "relu",
        loss: str | tuple = "squared_error",
        solver: str | tuple = "sgd",
        learning_rate_init: float | str = "auto",
        alpha: float | tuple = 0.0,
        l1_ratio: float = 0.0,
        momentum: float = 0.0,
        nesterovs_momentum: bool = True,
        max_norm: float | None = None,
        standardize: bool = True,
        dtype: str | None = None,
        seed: int | None = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.loss = loss
        self.solver = solver
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.max_norm = max_norm
        self.standardize = standardize
        self.dtype = dtype
        self.seed = seed
        self._begin(learning_rate_init)

    def _begin(self, learning_rate_init: float | str) -> None:
        """Make the estimator that does the work."""
        given = {name: value for name, value in vars(self).items() if name[0] != "_"}
        given["random_state"] = given.pop("seed")
        self._model = self._estimator(
            learning_rate="constant",
            learning_rate_init=learning_rate_init,
            new_features="add",
            **given,
        )

    def _estimator(self, **parameters: Any) -> Any:
        raise NotImplementedError

    @property
    def learning_rate_init(self) -> float | str:
        """The learning rate, which may be changed at any time."""
        return self._model.learning_rate_init

    @learning_rate_init.setter
    def learning_rate_init(self, value: float | str) -> None:
        self._model.set_params(learning_rate_init=value)

    def _get_params(self) -> dict[str, Any]:
        params = super()._get_params()  # type: ignore[misc]
        # River looks at the first item of each tuple.
        return {name: [] if value == () else value for name, value in params.items()}

    @property
    def _mutable_attributes(self) -> set[str]:
        return {"learning_rate_init"}

    @property
    def _raw_memory_usage(self) -> int:
        """The bytes of what has been learned: River would count the compiler's, too."""
        return len(pickle.dumps(self._model))

    def clone(
        self, new_params: dict[str, Any] | None = None, include_attributes: bool = False
    ) -> Self:
        """Return a model with the same parameters, or some others, that has learned nothing.

        Parameters
        ----------
        new_params : dict, default=None
            Parameters that are others.
        include_attributes : bool, default=False
            Whether what has been learned is copied, too.
        """
        params = self._get_params() | (new_params or {})
        clone = type(self)(**params)
        if include_attributes:
            vars(clone).update(_model=pickle.loads(pickle.dumps(self._model)))
        return clone

    def learn_one(self, x: dict, y: Any, w: float = 1.0) -> None:
        """Learn one row; see `fastbp.BackpropClassifier.learn_one`.

        Parameters
        ----------
        x : dict
            Features by name. Those that were never there before are new inputs of the network.
        y : label or float
            The target.
        w : float, default=1.0
            The weight of the row.
        """
        self._model.learn_one(x, y, w)

    def learn_many(self, X: Any, y: Any, w: Any = None) -> None:
        """Learn the rows of a data frame, one after the other, as `learn_one` does.

        Parameters
        ----------
        X : DataFrame of shape (n_samples, n_features)
            Rows.
        y : Series of shape (n_samples,)
            Their targets.
        w : Series of shape (n_samples,), default=None
            Their weights.
        """
        weights = [1.0] * len(X) if w is None else list(w)
        for x, target, weight in zip(rows_of(X), list(y), weights, strict=True):
            self._model.learn_one(x, target, weight)


class BackpropRegressor(_Model, base.MiniBatchRegressor):
    """A multi-layer perceptron regressor, trained by backpropagation row by row.

    Features and target are taken in their own units: both are standardised by statistics that
    follow the stream. Features may come and go.

    Parameters
    ----------
    hidden_layer_sizes
        Units in each hidden layer.
    activation
        That of the hidden layers, by name or as a record.
    loss
        The error of a row, by name or as a record.
    solver
        The update rule.
    learning_rate_init
        The learning rate, a mutable attribute; 'auto' goes by the rule and the number of features.
    alpha
        The penalty on the weights.
    l1_ratio
        The part of it that is L1.
    momentum
        Of solver 'sgd'.
    nesterovs_momentum
        Whether it looks ahead.
    max_norm
        The most length of the weights into a unit.
    standardize
        Whether features and target are standardised.
    dtype
        That of the weights, 'float32' by default.
    seed
        Draws the weights.

    See Also
    --------
    fastbp.BackpropRegressor : The estimator that does the work, where the parameters are described.

    Examples
    --------
    >>> from fastbp.river import BackpropRegressor
    >>> from river import datasets, evaluate, metrics
    >>> model = BackpropRegressor(seed=1)
    >>> evaluate.progressive_val_score(datasets.TrumpApproval(), model, metrics.MAE()).get() < 1
    True
    """

    def _estimator(self, **parameters: Any) -> RowRegressor:
        return RowRegressor(**parameters)

    def predict_one(self, x: dict, **kwargs: Any) -> float:
        """Predict the target of one row; 0 before anything has been learned."""
        return self._model.predict_one(x) if self._model._is_trained() else 0.0

    def predict_many(self, X: Any) -> Any:
        """Predict the targets of a data frame's rows, as a Series with its index."""
        import pandas as pd

        return pd.Series([self.predict_one(x) for x in rows_of(X)], index=X.index, dtype=float)


class BackpropClassifier(_Model, base.MiniBatchClassifier):
    """A multi-layer perceptron classifier, trained by backpropagation row by row.

    Features are taken in their own units: they are standardised by statistics that follow the
    stream. Features and classes may come at any time, and labels be anything hashable but None,
    which `predict_one` says before anything has been learned.

    Parameters
    ----------
    hidden_layer_sizes
        Units in each hidden layer.
    activation
        That of the hidden layers, by name or as a record.
    loss
        The error of a row, by name or as a record.
    solver
        The update rule.
    learning_rate_init
        The learning rate, a mutable attribute; 'auto' goes by the rule and the number of features.
    alpha
        The penalty on the weights.
    l1_ratio
        The part of it that is L1.
    momentum
        Of solver 'sgd'.
    nesterovs_momentum
        Whether it looks ahead.
    max_norm
        The most length of the weights into a unit.
    standardize
        Whether features are standardised.
    label_smoothing
        By how much targets are drawn towards the middle.
    dtype
        That of the weights, 'float32' by default.
    seed
        Draws the weights.

    See Also
    --------
    fastbp.BackpropClassifier : The estimator that does the work, where the parameters are
        described.

    Examples
    --------
    >>> from fastbp.river import BackpropClassifier
    >>> from river import datasets, evaluate, metrics
    >>> model = BackpropClassifier(seed=1)
    >>> evaluate.progressive_val_score(datasets.Phishing(), model, metrics.Accuracy()).get() > 0.85
    True
    """

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (64, 32),
        activation: str | tuple = "relu",
        loss: str | tuple = "log_loss",
        solver: str | tuple = "sgd",
        learning_rate_init: float | str = "auto",
        alpha: float | tuple = 0.0,
        l1_ratio: float = 0.0,
        momentum: float = 0.0,
        nesterovs_momentum: bool = True,
        max_norm: float | None = None,
        standardize: bool = True,
        label_smoothing: float = 0.0,
        dtype: str | None = None,
        seed: int | None = None,
    ) -> None:
        self.label_smoothing = label_smoothing
        super().__init__(
            hidden_layer_sizes=hidden_layer_sizes,
            activation=activation,
            loss=loss,
            solver=solver,
            learning_rate_init=learning_rate_init,
            alpha=alpha,
            l1_ratio=l1_ratio,
            momentum=momentum,
            nesterovs_momentum=nesterovs_momentum,
            max_norm=max_norm,
            standardize=standardize,
            dtype=dtype,
            seed=seed,
        )

    def _estimator(self, **parameters: Any) -> RowClassifier:
        return RowClassifier(new_classes="add", **parameters)

    @property
    def _multiclass(self) -> bool:
        return True

    def predict_one(self, x: dict, **kwargs: Any) -> Any:
        """Predict the label of one row; None before anything has been learned."""
        return self._model.predict_one(x) if self._model._is_trained() else None

    def predict_proba_one(self, x: dict, **kwargs: Any) -> dict:
        """Predict the probability of each label; nothing before anything has been learned."""
        return self._model.predict_proba_one(x) if self._model._is_trained() else {}

    def predict_many(self, X: Any) -> Any:
        """Predict the labels of a data frame's rows, as a Series with its index."""
        import pandas as pd

        labels = [self.predict_one(x) for x in rows_of(X)]
        return pd.Series(labels, index=X.index, dtype=None if labels else object)

    def predict_proba_many(self, X: Any) -> Any:
        """Predict the probability of each label, as a data frame with the index of X."""
        import pandas as pd

        return pd.DataFrame([self.predict_proba_one(x) for x in rows_of(X)], index=X.index)
