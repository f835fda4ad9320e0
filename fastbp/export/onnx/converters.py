"""The estimators' converters for skl2onnx, so that it takes a pipeline as a whole."""

from typing import Any

import numpy as np

from ...ensemble.classifier import BackpropEnsembleClassifier
from ...ensemble.regressor import BackpropEnsembleRegressor
from ...estimators.classifier import BackpropClassifier
from ...estimators.regressor import BackpropRegressor
from .graph import Expression, Graph
from .labels import has_one_class, label_values, labels_of
from .network import (
    networks_of,
    prediction_dtype,
    predictions_of,
    probabilities_of,
    result_dtype,
    scores_of,
)

CLASSIFIERS = (BackpropClassifier, BackpropEnsembleClassifier)
REGRESSORS = (BackpropRegressor, BackpropEnsembleRegressor)
OPTIONS = {"zipmap": [True, False, "columns"], "output_class_labels": [False, True]}
OPTIONS["nocl"] = [False]  # as "zipmap" is asked for
RAW = "raw_scores"  # in place of probabilities, where there is a decision function


def register_onnx_converters(*classes: type) -> None:
    """Let skl2onnx know the estimators and their ensembles, alone or within others.

    `to_onnx` does so by itself. Whoever calls ``skl2onnx.to_onnx`` or ``convert_sklearn`` does it
    once before: importing fastbp does not import skl2onnx.

    Parameters
    ----------
    *classes : type
        Classes of your own, derived from these: skl2onnx asks for each class by itself.

    Raises
    ------
    ImportError
        If skl2onnx is not installed.
    """
    from skl2onnx import update_registered_converter

    for cls in (*CLASSIFIERS, *REGRESSORS, *classes):
        alias = f"Fastbp{cls.__name__}"
        if issubclass(cls, CLASSIFIERS):
            more = {RAW: [False, True]} if hasattr(cls, "decision_function") else {}
            update_registered_converter(
                cls, alias, classifier_shapes, convert_classifier, options=OPTIONS | more
            )
        elif issubclass(cls, REGRESSORS):
            update_registered_converter(cls, alias, regressor_shapes, convert_regressor)


def convert_classifier(scope: Any, operator: Any, container: Any) -> None:
    """Add the nodes of a classifier."""
    model = operator.raw_operator
    columns = columns_of(Graph(scope, container), operator)
    probabilities = probabilities_of(model, columns)
    raw = container.get_options(model, {RAW: False}, fail=False)
    second = scores_of(model, columns) if raw and raw[RAW] else probabilities
    end_with(operator, [labels_of(model, probabilities), second])


def convert_regressor(scope: Any, operator: Any, container: Any) -> None:
    """Add the nodes of a regressor."""
    columns = columns_of(Graph(scope, container), operator)
    end_with(operator, [predictions_of(operator.raw_operator, columns)])


def classifier_shapes(operator: Any) -> None:
    """Say what a classifier's outputs are."""
    model, n_rows = operator.raw_operator, operator.inputs[0].get_first_dimension()
    dtype = result_dtype(networks_of(model)[0], given_dtype(operator))
    n_classes = len(model.classes_)
    label = tensor(np.int64, [n_rows, n_classes])
    if has_one_class(model):
        label = tensor(label_values(model).dtype, [n_rows])
    operator.outputs[0].type = label
    operator.outputs[1].type = tensor(dtype, [n_rows, n_classes])


def regressor_shapes(operator: Any) -> None:
    """Say what a regressor's output is."""
    model, n_rows = operator.raw_operator, operator.inputs[0].get_first_dimension()
    dtype = prediction_dtype(model, given_dtype(operator))
    operator.outputs[0].type = tensor(dtype, [n_rows, model.n_outputs_])


def tensor(dtype: Any, shape: list) -> Any:
    """Return skl2onnx's word for the type of an array."""
    from skl2onnx.common import data_types

    names = {"f4": "Float", "f8": "Double", "i8": "Int64", "b1": "Boolean"}
    name = names.get(np.dtype(dtype).str[1:], "String")
    return getattr(data_types, f"{name}TensorType")(shape)


def dtype_of(variable: Any) -> np.dtype:
    """Return the dtype of an input.

    Raises
    ------
    ValueError
        If it is not one of numbers.
    """
    name = type(variable.type).__name__.removesuffix("TensorType").lower()
    try:
        return np.dtype({"float": "float32", "boolean": "bool"}.get(name, name))
    except TypeError:
        raise ValueError(
            f"the network's input {variable.raw_name!r} is of {type(variable.type).__name__}, it "
            "reads numbers: encode such columns before it, in a pipeline"
        ) from None


def given_dtype(operator: Any) -> np.dtype:
    """Return float32 if all inputs are in it, else float64: in which X comes.

    Raises
    ------
    ValueError
        If the inputs are not as many columns as the network reads.
    """
    shapes = [one.type.shape for one in operator.inputs]
    widths = [shape[1] for shape in shapes if len(shape) == 2 and isinstance(shape[1], int)]
    model = operator.raw_operator
    if len(widths) == len(shapes) and sum(widths) != model.n_features_in_:
        raise ValueError(
            f"X has {sum(widths)} features, but {type(model).__name__} is expecting "
            f"{model.n_features_in_} features as input"
        )
    single = all(dtype_of(one) == np.float32 for one in operator.inputs)
    return np.dtype(np.float32 if single else np.float64)


def columns_of(graph: Graph, operator: Any) -> Expression:
    """Return X, of as many inputs as there are, side by side."""
    dtype = given_dtype(operator)
    parts = [
        Expression(graph, one.full_name, dtype, dtype_of(one)).astype(dtype)
        for one in operator.inputs
    ]
    return parts[0] if len(parts) == 1 else parts[0].node("Concat", *parts, axis=1)


def end_with(operator: Any, results: list[Expression]) -> None:
    """Let the operator's outputs be these."""
    for variable, result in zip(operator.outputs, results, strict=True):
        result.graph.add("Identity", [result.name], variable.full_name)
