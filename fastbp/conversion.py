"""To scikit-learn's MLP and back: parameters, weights, and what training remembers."""

import copy
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from . import activations, losses
from .network import Network

# What both note under the same name.
NOTED = ("classes_", "_label_binarizer", "n_features_in_", "feature_names_in_")
NOTED += ("n_layers_", "n_outputs_", "out_activation_", "n_iter_", "t_", "loss_", "loss_curve_")
NOTED += ("best_loss_", "validation_scores_", "best_validation_score_", "_no_improvement_count")


class SklearnConversion:
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
        """
        if not isinstance(mlp, twin := twin_of(cls)):
            raise TypeError(
                f"mlp: {cls.__name__}.from_sklearn takes an {twin.__name__}, got "
                f"{type(mlp).__name__}"
            )
        given, ours = mlp.get_params(deep=False), cls._get_param_names()
        model = cls(**{name: clone(given[name], safe=False) for name in ours if name in given})
        model._validate_params()
        if not hasattr(mlp, "coefs_"):
            return model
        carry_notes(mlp, model)
        model._bind(Network.of(mlp.coefs_, mlp.intercepts_))
        if model.n_outputs_ > 1 and getattr(mlp, "loss", None) == "squared_error":
            # Theirs is the mean over the outputs: a loss that is their sum could not get below.
            model.best_loss_ = None if getattr(mlp, "best_loss_", None) is None else np.inf
        scores = model.validation_scores_ = getattr(model, "validation_scores_", None)
        model.validation_loss_curve_ = None if scores is None else [np.nan] * len(scores)
        model._judged_by = (scores is not None, None)
        carry_optimizer_here(mlp, model)
        return model

    def to_sklearn(self) -> MLPClassifier | MLPRegressor:
        """Return scikit-learn's estimator with these parameters, fitted if this one is.

        The fitted estimator predicts the same and goes on training from the same state. Nothing is
        shared between the two.

        Returns
        -------
        mlp : MLPClassifier or MLPRegressor
            The estimator.

        Raises
        ------
        ValueError
            If a parameter has a value that is not there in the other.
        """
        twin = twin_of(type(self))
        theirs, parameters = twin._get_param_names(), self.get_params(deep=False)
        defaults = type(self).__init__.__kwdefaults__
        for name, value in parameters.items():
            if name not in theirs and value != defaults[name]:
                raise ValueError(f"{name}={value!r} has no counterpart in {twin.__name__}")
        record = activations.resolve(self.activation, len(self._hidden_layer_sizes()))
        parameters["activation"] = name_of(record, activations.ACTIVATIONS, self.activation)
        if "loss" in theirs:
            parameters["loss"] = name_of(self.loss, losses.REGRESSION_LOSSES, self.loss)
        shared = [name for name in theirs if name in parameters]
        mlp = twin(**{name: clone(parameters[name], safe=False) for name in shared})
        mlp._validate_params()
        if hasattr(self, "coefs_"):
            carry_notes(self, mlp)
            for name in ("coefs_", "intercepts_"):
                arrays = getattr(self, name)
                setattr(mlp, name, [np.array(array, order="C") for array in arrays])
                setattr(mlp, f"_best_{name[:-1]}", [array.copy() for array in arrays])
            carry_optimizer_there(self, mlp)
        return mlp


def twin_of(cls: type) -> type:
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


def memories(model: Any) -> list[list[np.ndarray]]:
    """Return what the rule remembers first, second, ... of each weight and bias: views."""
    network, optimizer = model._network(), model._optimizer
    state = optimizer.memory(network).reshape(-1, network.parameters.size)
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
    for mine, remembered in zip(memories(model), given, strict=False):
        for target, array in zip(mine, remembered, strict=True):
            target[:] = array
    own.updates = getattr(theirs, "t", 0)


def carry_optimizer_there(model: Any, mlp: Any) -> None:
    """Hand over the learning rate, and the velocities or moments of the gradient."""
    own, parameters = getattr(model, "_optimizer", None), mlp.coefs_ + mlp.intercepts_
    if own is None or model.solver not in ("sgd", "adam"):
        return
    given = [[np.array(array, order="C") for array in part] for part in memories(model)]
    if model.solver == "sgd":
        theirs = SGDOptimizer(
            parameters,
            mlp.learning_rate_init,
            mlp.learning_rate,
            mlp.momentum,
            mlp.nesterovs_momentum,
            mlp.power_t,
        )
        theirs.learning_rate = own.learning_rate
        theirs.velocities = given[0] if given else theirs.velocities
    else:
        rates = (mlp.learning_rate_init, mlp.beta_1, mlp.beta_2, mlp.epsilon)
        theirs = AdamOptimizer(parameters, *rates)
        theirs.t, theirs.ms, theirs.vs = own.updates, [-m for m in given[0]], given[1]
    mlp._optimizer = theirs
