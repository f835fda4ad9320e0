"""Estimators of what a file says, once all of it fits together."""

from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin

from ...estimators.parameters.combinations import check_combinations
from ...estimators.parameters.connections import check_unconnected
from ...estimators.persistence import FORMAT
from ...rules import init
from .entries import OF_REGRESSOR, entries_of
from .parameters import parameters_of
from .reading import Reader, items, mapping

UNITS = ("mean_", "scale_", "_moments")


def network_from(cls: Any, words: dict, where: str, record: Reader) -> Any:
    """Return an estimator with these parameters that has learned this.

    Raises
    ------
    ValueError
        If something is not what it must be, or does not fit what else there is.
    """
    parameters = parameters_of(cls, words["parameters"], f"{where}parameters", record)
    classifies = issubclass(cls, ClassifierMixin)
    entries = entries_of(words["fitted"], f"{where}fitted", record, classifies=classifies)
    model = object.__new__(cls)
    model.__setstate__(parameters | entries | {"_format": FORMAT})
    model._validate_params()
    check_combinations(model)
    _check_sizes(model, f"{where}fitted")
    return model


def ensemble_from(cls: Any, words: dict, record: Reader) -> Any:
    """Return an ensemble with these parameters and these networks."""
    ensemble = cls(**parameters_of(cls, words["parameters"], "parameters", record))
    ensemble._validate_params()
    networks = []
    for n, one in enumerate(items(words["networks"], "networks")):
        mapping(one, f"networks[{n}]", ("parameters", "fitted"))
        networks.append(network_from(ensemble._kind, one, f"networks[{n}].", record))
    kinds = [(one.n_features_in_, one.n_outputs_, _labels(one)) for one in networks]
    if not kinds or any(kind != kinds[0] for kind in kinds):
        raise ValueError("networks must be one or more, of the same inputs, outputs and classes")
    ensemble.estimators_ = networks
    return ensemble


def _labels(model: Any) -> list | None:
    if not hasattr(model, "classes_"):
        return None
    return [*model.classes_.tolist(), model._label_binarizer.y_type_]


def _check_sizes(model: Any, where: str) -> None:
    """Refuse what does not fit the weights."""
    network, loss = model._network(), model._formulas.loss
    sizes = network.sizes
    if not np.isfinite(network.parameters).all():
        raise ValueError(f"{where}: coefs_ and intercepts_ must be finite")
    expected = {
        "n_features_in_": sizes[0],
        "n_layers_": len(sizes),
        "n_outputs_": sizes[-1],
        "out_activation_": getattr(loss, "out_activation", type(loss).__name__),
    }
    for name, value in expected.items():
        if getattr(model, name) != value:
            raise ValueError(
                f"{where}.{name} must be {value!r}, by coefs_ and the loss; got "
                f"{getattr(model, name)!r}"
            )
    model._fitting_network(sizes[0], model._n_outputs())
    check_unconnected(network)
    if len(getattr(model, "feature_names_in_", range(sizes[0]))) != sizes[0]:
        raise ValueError(f"{where}.feature_names_in_ must be {sizes[0]} names")
    _check_units(model, where, UNITS, sizes[0])
    if not hasattr(model, "classes_"):
        _check_units(model, where, OF_REGRESSOR, sizes[-1])
    if (optimizer := getattr(model, "_optimizer", None)) is not None:
        _check_optimizer(optimizer, network, f"{where}._optimizer")


def _check_units(model: Any, where: str, names: tuple[str, ...], n_columns: int) -> None:
    """Refuse means and scales that are not one for each column."""
    mean, scale, moments = (getattr(model, name, None) for name in names)
    if mean is None and scale is None and moments is None:
        return
    if mean is None or scale is None or moments is None:
        raise ValueError(f"{where} must have all of {', '.join(names)}, or none")
    if not {len(mean), len(scale), len(moments.mean)} == {n_columns}:
        raise ValueError(f"{where}: {', '.join(names)} must be of {n_columns} columns each")
    if not (scale > 0).all():
        raise ValueError(f"{where}.{names[1]} must be positive")
    if names == UNITS and not hasattr(model, "_is_centred"):
        raise ValueError(f"{where} lacks _is_centred, which belongs to mean_")


def _check_optimizer(optimizer: Any, network: Any, where: str) -> None:
    """Refuse a state that is not what the rule remembers."""
    n_numbers = len(init(optimizer.rule(), network.biases[0]))
    state = optimizer.state
    if state is not None and state.size != n_numbers * network.parameters.size:
        raise ValueError(f"{where}.state must be {n_numbers} numbers for each weight")
    if optimizer.trained is not None and not optimizer.average_from:
        raise ValueError(f"{where}.trained is there, but nothing is averaged")
