"""A network in ONNX: columns in their units, layer by layer, what the outputs mean."""

import copy
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ...activations import activation_of, value
from ...estimators.data.class_targets import ONE
from ...estimators.data.standardization import checked_units
from ...losses import REGRESSION_LOSSES, inverse_link, normalised
from ...training.moments import CUT
from .graph import Expression


def predictions_of(model: Any, columns: Expression) -> Expression:
    """Return what a regressor predicts, (n_rows, n_outputs)."""
    return mean_of([_in_units(one, _outputs_of(one, columns)) for one in networks_of(model)])


def probabilities_of(model: Any, columns: Expression) -> Expression:
    """Return what `predict_proba` returns, (n_rows, n_classes)."""
    networks = networks_of(model)
    return mean_of([_probabilities(one, _outputs_of(one, columns)) for one in networks])


def scores_of(model: Any, columns: Expression) -> Expression:
    """Return net inputs of the output units, a column for each class: −net and net of two.

    That is what calibration asks classifiers for that have a `decision_function`.
    """
    (network,) = networks_of(model)
    net = _outputs_of(network, columns, REGRESSION_LOSSES["squared_error"])
    return net if network._n_outputs() > 1 else net.node("Concat", -net, net, axis=1)


def networks_of(model: Any) -> list[Any]:
    """Return the networks of an ensemble, or the one that an estimator is: copies of one moment."""
    return [copy.copy(one) for one in getattr(model, "estimators_", [model])]


def mean_of(answers: list[Expression]) -> Expression:
    """Return the mean of what networks answer."""
    first = answers[0]
    return first if len(answers) == 1 else first.node("Sum", *answers) / len(answers)


def result_dtype(model: Any, given: np.dtype) -> np.dtype:
    """Return the dtype of the network's outputs for X in a dtype, as `predict` has it."""
    if model.mean_ is None:
        return model._network().dtype
    return np.dtype(np.float32 if given == np.float32 else np.float64)


def prediction_dtype(model: Any, given: np.dtype) -> np.dtype:
    """Return the dtype of a regressor's predictions for X in a dtype."""
    first = networks_of(model)[0]
    nothing = np.zeros((1, first.n_outputs_), result_dtype(first, given))
    return first._in_units(nothing).dtype


def _outputs_of(model: Any, columns: Expression, loss: Any = None) -> Expression:
    """Return the outputs of the network, in the dtype that `predict` has them in.

    They are those of another loss if it is given.
    """
    network = model._fitting_network(model.n_features_in_, model._n_outputs())
    dtype = result_dtype(model, columns.dtype)
    loss = model._formulas.loss if loss is None else loss
    read = net = _standardized(model, columns, network.dtype)
    for layer, (weights, biases) in enumerate(zip(network.weights, network.biases, strict=True)):
        if layer:
            activation = activation_of(model._formulas.activation, layer - 1)
            out = _formula(value, activation, net)
            # With shortcuts a layer reads all units before it.
            read = read.node("Concat", read, out, axis=1) if network.shortcuts else out
        net = read.node("Gemm", read, weights, biases)
    if not normalised(loss):
        return _formula(inverse_link, loss, net).astype(dtype)
    out = _formula(inverse_link, loss, net - _over_row("ReduceMax", 18, net))
    return (out / _over_row("ReduceSum", 13, out)).astype(dtype)


def _formula(function: Callable, record: NamedTuple, net: Expression) -> Expression:
    """Return what a formula makes of net inputs."""
    name = f"{function.__name__} of {type(record).__name__}"
    try:
        out = function(record, net)
        return out if isinstance(out, Expression) else np.full_like(net, out)  # type: ignore
    except Exception as failure:
        raise ValueError(
            f"{name} cannot be put into ONNX: {failure}. Formulas that can are made of NumPy's "
            "elementwise functions, such as np.where, np.maximum and np.exp, see docs/export.md"
        ) from failure


def _over_row(operator: str, version: int, net: Expression) -> Expression:
    """Return one number for each row, (n_rows, 1); since `version` axes are an input."""
    if net.graph.version < version:
        return net.node(operator, net, axes=[1], keepdims=1)
    return net.node(operator, net, np.array([1]), keepdims=1)


def _standardized(model: Any, columns: Expression, dtype: np.dtype) -> Expression:
    """Return the columns as the network reads them.

    All in float32 where the columns and the network are. The difference to a mean that is much
    larger is no less exact than in float64: it is taken from two float32 numbers that add up to it.
    """
    if model.mean_ is None:
        return columns.astype(dtype)
    n_columns = (model.n_features_in_,)
    mean, scale = checked_units(n_columns, mean_=model.mean_, scale_=model.scale_)
    single = columns.dtype == dtype == np.float32 and _fits(mean, scale)
    x: Any = columns.astype(np.float32 if single else np.float64)
    for _ in range(2):
        part = mean.astype(x.dtype)
        x, mean = (x - part if part.any() else x), mean - part
    return np.clip(x / scale.astype(x.dtype), -CUT, CUT).astype(dtype)


def _in_units(model: Any, out: Expression) -> Expression:
    """Return what outputs mean in the units of the target."""
    if model.y_mean_ is None:
        return out
    n_outputs = (model.n_outputs_,)
    mean, scale = checked_units(n_outputs, y_mean_=model.y_mean_, y_scale_=model.y_scale_)
    dtype = model._in_units(np.zeros((1, model.n_outputs_), out.dtype)).dtype
    single = dtype == np.float32 and _fits(mean, scale)
    out = out.astype(np.float32 if single else np.float64)
    if (scale != 1).any():
        out = out * scale.astype(out.dtype)
    if mean.any():
        out = out + mean.astype(out.dtype)
    return out.astype(dtype)


def _fits(mean: np.ndarray, scale: np.ndarray) -> bool:
    """Tell whether float32 has numbers for these."""
    info = np.finfo(np.float32)
    return bool((np.abs(mean) <= info.max).all() and (scale >= info.tiny).all()) and bool(
        (scale <= info.max).all()
    )


def _probabilities(model: Any, out: Expression) -> Any:
    """Return the probabilities that outputs mean, see `ClassTargets._probabilities`."""
    n_outputs, kind = model._n_outputs(), model._label_binarizer.y_type_
    if len(model.classes_) == 1 and kind in ONE:
        return np.ones_like(out)
    if n_outputs == 1:
        return out.node("Concat", 1 - out, out, axis=1)
    if kind == "multiclass" and not normalised(model._formulas.loss):
        total = _over_row("ReduceSum", 13, out)
        return np.where(total > 0, out / total, 1 / n_outputs)
    return out
