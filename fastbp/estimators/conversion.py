"""To scikit-learn's MLP and back: parameters, weights, and what training remembers."""

import copy
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, StandardScaler

from .. import activations, losses
from ..network.network import Network
from ..schedules import ENDING
from ..training.moments import CUT
from ._sklearn import AdamOptimizer, SGDOptimizer
from .bound_network import BoundNetwork
from .data.labels import is_numbered
from .draft import view_of
from .parameters.formulas import activation_for
from .parameters.whole import defaults_of

# What both note under the same name.
NOTED: tuple[str, ...] = ("classes_", "_label_binarizer", "n_features_in_", "feature_names_in_")
NOTED += ("n_layers_", "n_outputs_", "out_activation_", "n_iter_", "t_", "loss_", "loss_curve_")
NOTED += ("best_loss_", "validation_scores_", "best_validation_score_", "_no_improvement_count")


class SklearnConversion(BoundNetwork, BaseEstimator):
    """The two conversions, for the estimators."""

    @classmethod
    def from_sklearn(cls, mlp: MLPClassifier | MLPRegressor) -> Any:
        """Return an estimator with the parameters of scikit-learn's, fitted if that one is.

        The fitted estimator predicts the same and goes on training from the same state. Nothing is
        shared between the two.

        Parameters
        ----------
        mlp : MLPClassifier or MLPRegressor
            For `BackpropClassifier` and `BackpropRegressor` respectively.

        Returns
        -------
        model : BackpropClassifier or BackpropRegressor
            The estimator.

        Raises
        ------
        TypeError
            If `mlp` is something else.
        ValueError
            If a parameter has a value that is not there in the other.

        Examples
        --------
        >>> from fastbp import BackpropRegressor
        >>> from sklearn.neural_network import MLPRegressor
        >>> BackpropRegressor.from_sklearn(MLPRegressor(alpha=0.01)).alpha
        0.01
        """
        if not isinstance(mlp, twin := twin_of(cls)):
            raise TypeError(
                f"mlp: {cls.__name__}.from_sklearn takes an {twin.__name__}, got "
                f"{type(mlp).__name__}"
            )
        given, ours = mlp.get_params(deep=False), cls._get_param_names()
        parameters = {name: clone(given[name], safe=False) for name in ours if name in given}
        model = cls(**parameters, standardize=False)
        model._validate_params()
        if not hasattr(mlp, "coefs_"):
            return model
        carry_notes(mlp, model)
        model._begin_units()
        model._formulas = model._formulas_asked_for()
        model._bind(Network.of(mlp.coefs_, mlp.intercepts_))
        if model.n_outputs_ > 1 and getattr(mlp, "loss", None) == "squared_error":
            # Theirs is the mean over the outputs: a loss that is their sum could not get below.
            model.best_loss_ = None if getattr(mlp, "best_loss_", None) is None else np.inf
        scores = model.validation_scores_ = getattr(model, "validation_scores_", None)
        model.validation_loss_curve_ = None if scores is None else [np.nan] * len(scores)
        model._judged_by = (scores is not None, None)
        carry_optimizer_here(mlp, model)
        return model

    def to_sklearn(self) -> MLPClassifier | MLPRegressor | Pipeline:
        """Return scikit-learn's estimator with these parameters, fitted if this one is.

        The fitted one predicts the same. What matters to training only and isn't there in the other
        (a solver, a schedule, dropout) is left out then; where nothing is, it goes on training from
        the same state. Nothing is shared between the two.

        Returns
        -------
        mlp : MLPClassifier or MLPRegressor, or Pipeline
            The estimator. Of a fitted one with ``standardize=True`` a `Pipeline` of a
            `StandardScaler`, a `MinMaxScaler` that cuts at ±5 (for sparse input a `MaxAbsScaler`,
            which scikit-learn lets cut since 1.9), and the MLP; the units of a regressor's target
            are in the weights of its last layer.

        Raises
        ------
        ValueError
            If the MLP can't predict the same; if this one isn't fitted and a parameter has a value
            that is not there in the other.

        Examples
        --------
        >>> from fastbp import BackpropRegressor
        >>> model = BackpropRegressor((2,)).partial_fit([[0.0], [1.0]], [0.0, 1.0])
        >>> [name for name, _ in model.to_sklearn().steps]
        ['standardize', 'cut', 'mlp']
        """
        self = view_of(self)  # which other threads do not train meanwhile
        if self.shortcuts:
            raise ValueError(
                "shortcuts: in scikit-learn's MLP each layer reads the one below it and nothing "
                "else; fastbp.export.to_onnx takes such a network"
            )
        twin, parameters = twin_of(type(self)), self.get_params(deep=False)
        theirs, fitted = twin._get_param_names(), self._is_trained()
        if fitted:
            record, n_layers = self._formulas.activation, self.n_layers_ - 2
            parameters["hidden_layer_sizes"] = tuple(self._network().sizes[1:-1])
            parameters |= counterparts(self, twin)
        else:
            n_layers = len(self._hidden_layer_sizes())
            record = activation_for(self.activation, n_layers)
            neutral = {"standardize": False}
            if any(
                isinstance(value, str)
                for value in (self.alpha, self.learning_rate_init, self.max_iter)
            ):
                raise ValueError(
                    "alpha, learning_rate_init and max_iter: 'auto' has no counterpart in "
                    f"{twin.__name__} before there is something to fit: give numbers"
                )
            defaults = defaults_of(type(self)) | neutral
            for name, value in parameters.items():
                if name not in theirs and not same(value, defaults[name]):
                    raise ValueError(f"{name}={value!r} has no counterpart in {twin.__name__}")
            if "loss" in theirs:
                parameters["loss"] = name_of(self.loss, losses.REGRESSION_LOSSES, self.loss)
        parameters["activation"] = name_of(record, activations.ACTIVATIONS, self.activation)
        shared = [name for name in theirs if name in parameters]
        mlp = twin(**{name: clone(parameters[name], safe=False) for name in shared})
        mlp._validate_params()
        if not fitted:
            return mlp
        carry_notes(self, mlp)
        for name in ("coefs_", "intercepts_"):
            arrays = [np.array(array, order="C") for array in getattr(self, name)]
            if self.mean_ is not None:  # what the scalers return
                arrays = [array.astype(np.float64) for array in arrays]
            setattr(mlp, name, arrays)
        self._carry_units_into(mlp)
        for name in ("coefs_", "intercepts_"):
            setattr(mlp, f"_best_{name[:-1]}", [array.copy() for array in getattr(mlp, name)])
        if self.mean_ is None:
            carry_optimizer_there(self, mlp)
            return mlp
        return scaled(self, mlp)


def same(one: object, other: object) -> bool:
    """Tell whether two values of a parameter are the same, of whatever types."""
    return type(one) is type(other) and bool(np.all(one == other)) or one is other


def counterparts(model: Any, twin: Any) -> dict[str, Any]:
    """Return the parameters of training that the other has no word for, in its words.

    Raises
    ------
    ValueError
        If the outputs are not among those that the other can compute.
    """
    chosen: dict[str, Any] = {}
    kinds = {"identity": "squared_error", "exp": "poisson"}
    if "loss" in twin._get_param_names():
        if model.out_activation_ not in kinds:
            raise ValueError(
                f"loss={model.loss!r} has no counterpart in {twin.__name__}: its output activation "
                f"is {model.out_activation_}"
            )
        chosen["loss"] = kinds[model.out_activation_]
    else:
        kind = model._label_binarizer.y_type_
        if is_numbered(model):
            raise ValueError(
                f"{twin.__name__} sorts its labels, which cannot be done with classes_ "
                f"{model.classes_.tolist()[:5]}"
            )
        if len(model.classes_) == 1:
            raise ValueError(f"{twin.__name__} does not predict probabilities of one class alone")
        if model.out_activation_ != ("softmax" if kind == "multiclass" else "logistic"):
            raise ValueError(
                f"loss={model.loss!r} has no counterpart in {twin.__name__}: its output activation "
                f"for these targets ({kind}) is {model.out_activation_}"
            )
    if not isinstance(model.solver, str) or model.solver not in ("sgd", "adam", "lbfgs"):
        chosen["solver"] = "adam" if model.solver in ("adamw", "nadam") else "sgd"
    if model.learning_rate in ENDING:
        chosen["learning_rate"] = "constant"
    if model.learning_rate_init == "auto":
        chosen["learning_rate_init"] = 0.001
    if isinstance(model.alpha, (str, tuple)):
        chosen["alpha"] = 0.0
    if model.max_iter == "auto":
        chosen["max_iter"] = max(1, int(model.n_iter_))
    return chosen


def scaled(model: Any, mlp: Any) -> Pipeline:
    """Return the MLP behind what standardises and cuts its input."""
    n, mean, scale = model.n_features_in_, model.mean_, model.scale_
    sparse = not model._is_centred
    scaler = StandardScaler(with_mean=not sparse)
    scaler.mean_, scaler.scale_, scaler.var_ = mean.copy(), scale.copy(), scale**2
    steps = [scaler]
    if sparse and "clip" in MaxAbsScaler._get_param_names():
        cut = MaxAbsScaler(clip=True)
        cut.scale_ = cut.max_abs_ = np.full(n, CUT)
        mlp.coefs_[0] *= CUT
        steps.append(cut)
    elif not sparse:
        cut = MinMaxScaler((-CUT, CUT), clip=True)
        cut.min_, cut.scale_ = np.zeros(n), np.ones(n)
        cut.data_min_, cut.data_max_ = np.full(n, -CUT), np.full(n, CUT)
        cut.data_range_ = cut.data_max_ - cut.data_min_
        steps.append(cut)
    for step in steps:
        step.n_features_in_, step.n_samples_seen_ = n, int(np.max(model._moments.weight))
    if hasattr(mlp, "feature_names_in_"):
        scaler.feature_names_in_ = mlp.feature_names_in_
        del mlp.feature_names_in_
    return Pipeline([*zip(("standardize", "cut"), steps, strict=False), ("mlp", mlp)])


def twin_of(cls: type) -> Any:
    """Return scikit-learn's class."""
    return MLPClassifier if hasattr(cls, "predict_proba") else MLPRegressor


def name_of(record: object, catalogue: dict, otherwise: object) -> object:
    """Return the name that the catalogue has for such a record, if it has one."""
    for name, entry in catalogue.items():
        if type(entry) is type(record) and entry == record:
            return name
    return otherwise


def carry_notes(source: Any, target: Any) -> None:
    """Copy what both note, and nothing that changes later."""
    for name in NOTED:
        if hasattr(source, name):
            setattr(target, name, copy.deepcopy(getattr(source, name)))


def states(model: Any) -> list[list[np.ndarray]]:
    """Return the first, second, ... numbers of the rule's state of each weight and bias: views."""
    network, optimizer = model._network(), model._optimizer
    state = optimizer.state_for(network).reshape(-1, network.parameters.size)
    return [[array for part in network.views(row) for array in part] for row in state]


def carry_optimizer_here(mlp: Any, model: Any) -> None:
    """Take over the learning rate, and the velocities or moments of the gradient."""
    theirs = getattr(mlp, "_optimizer", None)
    if theirs is None:
        return
    own = model._optimizer = model._new_optimizer()
    if isinstance(theirs, SGDOptimizer):
        own.base = own.learning_rate = theirs.learning_rate
        given = [theirs.velocities]
    else:
        # Their gradient points up, ours down.
        given = [[-m for m in theirs.ms], theirs.vs]
    for mine, theirs_now in zip(states(model), given, strict=False):
        for target, array in zip(mine, theirs_now, strict=True):
            target[:] = array
    own.updates = getattr(theirs, "t", 0)


def carry_optimizer_there(model: Any, mlp: Any) -> None:
    """Hand over the learning rate, and the velocities or moments of the gradient."""
    own, parameters = getattr(model, "_optimizer", None), mlp.coefs_ + mlp.intercepts_
    # Theirs would train weights of connections that are not there.
    known = model.solver in ("sgd", "adam") and model.connections is None
    if own is None or not known or model.average:
        return
    given = [[np.array(array, order="C") for array in part] for part in states(model)]
    if model.solver == "sgd":
        theirs = SGDOptimizer(
            parameters,
            mlp.learning_rate_init,
            mlp.learning_rate,
            mlp.momentum,
            mlp.nesterovs_momentum,
            mlp.power_t,
        )
        if model.learning_rate not in ENDING:
            theirs.learning_rate = own.learning_rate
        theirs.velocities = given[0] if given else theirs.velocities
    else:
        rates = (mlp.learning_rate_init, mlp.beta_1, mlp.beta_2, mlp.epsilon)
        theirs = AdamOptimizer(parameters, *rates)
        theirs.t, theirs.ms, theirs.vs = own.updates, [-m for m in given[0]], given[1]
    mlp._optimizer = theirs
