"""What a saved estimator is made of: numbers, arrays and names, and nothing that must be unpickled.

The state that `pickle`, `joblib`, `skops` and `copy` get shares nothing with the estimator. Records
of the package (formulas, rules, the schedule) are in it by their names and fields, and weights as
`coefs_` and `intercepts_`, so that what may be edited is checked again when it is loaded, see
`fastbp.estimators.bound_network`.
"""

import copy
from typing import Any

import numpy as np
import sklearn

from .. import activations, losses, penalties, rules
from ..compiling.jit import NUMBA_VERSION
from ..kernels.descent import Formulas
from ..network.network import Network
from ..schedules import Schedule
from ..training.moments import Moments
from ..training.optimizer import Optimizer
from ..version import __version__
from .draft import ROUTES
from .parameters.connections import free_parameters
from .parameters.whole import defaults_of

FORMAT = 1
"""Of the state. One more whenever a reader of the one before could not use it."""

RECORDS = {
    one.__name__: one
    for module in (activations, losses, penalties, rules)
    for one in vars(module).values()
    if isinstance(one, type) and issubclass(one, tuple) and hasattr(one, "_fields")
}
LEFT_OUT = (
    "_bound_network",
    "_places",
    "_callback_fit_ctx",
    "_skl_callbacks_to_teardown",
    *ROUTES,
)
PARTS = ("_formulas", "_optimizer", "_moments", "_y_moments")  # that are stored in words of theirs
NEUTRAL = {"standardize": False}
"""What a parameter was before it was there, where that is not its default."""


def trusted_types() -> list[str]:
    """Return the names of the types in saved estimators that `skops.io.load` has to be told of.

    Returns
    -------
    names : list of str
        The estimators, their ensembles, and the records that may be given as ``activation=``,
        ``loss=``, ``solver=`` and ``alpha=``. Your own records are not among them.

    Examples
    --------
    As in ``skops.io.load("model.skops", trusted=fastbp.trusted_types())``:

    >>> import fastbp
    >>> fastbp.trusted_types()[:2]
    ['fastbp.BackpropClassifier', 'fastbp.BackpropRegressor']
    """
    own = [f"{one.__module__}.{one.__qualname__}" for one in RECORDS.values()]
    kinds = ("Classifier", "Regressor", "EnsembleClassifier", "EnsembleRegressor")
    return [*(f"fastbp.Backprop{kind}" for kind in kinds), *sorted(own)]


def state_of(estimator: Any, attributes: dict) -> dict:
    """Return the state: parameters as they are, copies of all else."""
    parameters = estimator._get_param_names()
    state = {}
    for name, value in attributes.items():
        if name in parameters:
            state[name] = value
        elif name not in (*LEFT_OUT, *PARTS):
            state[name] = copied(value)
    if "_formulas" in attributes:
        state["_formulas"] = [in_words(record) for record in attributes["_formulas"]]
    for name in ("_moments", "_y_moments"):
        if name in attributes:
            state[name] = attributes[name] and [copied(one) for one in attributes[name]]
    if "_optimizer" in attributes:
        state["_optimizer"] = optimizer_in_words(attributes["_optimizer"], estimator._network())
    state["_format"] = FORMAT
    state["_versions"] = {"fastbp": __version__, "numpy": np.__version__}
    state["_versions"] |= {"numba": NUMBA_VERSION, "scikit-learn": sklearn.__version__}
    return state


def copied(value: Any) -> Any:
    """Return a copy of what may be changed in place."""
    if isinstance(value, list):
        return [copied(one) for one in value]
    if isinstance(value, np.ndarray):
        return np.array(value, order="C")
    if isinstance(value, np.random.RandomState):
        return copy.deepcopy(value)
    return value


def in_words(record: Any) -> Any:
    """Return name and fields of a record of the package; of somebody else's, the record itself."""
    if RECORDS.get(type(record).__name__) is not type(record):
        return record
    return {"record": type(record).__name__, "fields": [in_words(field) for field in record]}


def from_words(words: Any) -> Any:
    """Return the record that `in_words` has put into words.

    Raises
    ------
    ValueError
        If the package has no such record.
    """
    if not isinstance(words, dict):
        return words
    name, fields = words["record"], [from_words(field) for field in words["fields"]]
    if name not in RECORDS or len(fields) != len(RECORDS[name]._fields):
        raise ValueError(f"the saved estimator has formulas {name}({len(fields)} numbers)")
    return RECORDS[name](*fields)


def optimizer_in_words(optimizer: Optimizer, network: Network) -> dict:
    """Return what a rule at work is made of; what it remembers, as arrays like `coefs_`."""
    words = {name: value for name, value in vars(optimizer).items() if name != "counts"}
    words |= {"updates": optimizer.updates, "epochs": optimizer.epochs}
    words["initial"] = in_words(optimizer.initial)
    words["schedule"] = list(optimizer.schedule)
    size, state, trained = network.parameters.size, optimizer.state, optimizer.trained
    words["state"] = words["trained"] = None
    if state is not None and state.size % size == 0:  # else of a network that is gone
        words["state"] = [pieces(network, part) for part in state.reshape(-1, size)]
        if trained is not None:
            words["trained"] = pieces(network, trained)
    return words


def pieces(network: Network, vector: np.ndarray) -> list[np.ndarray]:
    """Return copies of what a vector has for each of the weights and biases."""
    return [np.array(one, order="C") for part in network.views(vector) for one in part]


def optimizer_of(words: dict, network: Network) -> Optimizer:
    """Return the rule at work that `optimizer_in_words` has put into words."""
    initial, schedule = from_words(words["initial"]), Schedule(*words["schedule"])
    optimizer = Optimizer(initial, schedule, words["average_from"], words.get("masked", False))
    for name in ("base", "learning_rate", "updates", "epochs"):
        setattr(optimizer, name, words[name])
    if words["state"] is not None:
        rows = [vector_of(network, part, "_optimizer") for part in words["state"]]
        optimizer.state = np.concatenate([np.zeros(0, network.dtype), *rows])
    if words["trained"] is not None:
        optimizer.trained = vector_of(network, words["trained"], "_optimizer")
    return optimizer


def vector_of(network: Network, given: list[np.ndarray], name: str) -> np.ndarray:
    """Return the vector that has these numbers for each of the weights and biases."""
    vector = np.zeros(network.parameters.size, network.dtype)
    weights, biases = network.views(vector)
    own = [*weights, *biases]
    if [np.shape(one) for one in given] != [one.shape for one in own]:
        raise ValueError(
            f"{name} remembers arrays of the shapes {[np.shape(one) for one in given]}; the "
            f"weights and biases have {[one.shape for one in own]}"
        )
    network.put(vector, given[: len(weights)], given[len(weights) :])
    return vector


def attributes_of(cls: type, state: dict) -> dict:
    """Return the attributes that a state stands for.

    Raises
    ------
    ValueError
        If it is of a later version, or parts of it do not fit together.
    """
    attributes = dict(state)
    found = attributes.pop("_format", 0)
    versions = attributes.pop("_versions", {})
    if found > FORMAT:
        raise ValueError(
            f"this {cls.__name__} was saved by fastbp {versions.get('fastbp', '(later)')}, in "
            f"format {found}; fastbp {__version__} reads formats up to {FORMAT}: update fastbp"
        )
    complete(cls, attributes)
    if "coefs_" not in attributes or "intercepts_" not in attributes:
        return attributes
    network = Network.of(
        attributes["coefs_"], attributes["intercepts_"], shortcuts=attributes["shortcuts"]
    )
    network.free = free_parameters(attributes["connections"], network)
    attributes["_bound_network"] = network
    arrays = [*attributes["coefs_"], *attributes["intercepts_"]]
    if any(np.asarray(array).flags.writeable for array in arrays):
        attributes["coefs_"] = list(network.weights)
        attributes["intercepts_"] = list(network.biases)
    else:  # a memory map, which stays one until it is trained
        network.stand_behind(attributes["coefs_"], attributes["intercepts_"])
    if found == 0:
        return attributes
    if "_formulas" in attributes:
        attributes["_formulas"] = Formulas(*map(from_words, attributes["_formulas"]))
    for name in ("_moments", "_y_moments"):
        if attributes.get(name) is not None:
            attributes[name] = Moments(*attributes[name])
    if "_optimizer" in attributes:
        attributes["_optimizer"] = optimizer_of(attributes["_optimizer"], network)
    return attributes


def complete(cls: Any, attributes: dict) -> None:
    """Give a state from before there was this or that what it lacks."""
    defaults = defaults_of(cls)
    for name in cls._get_param_names():
        if name not in attributes:
            attributes[name] = NEUTRAL.get(name, defaults.get(name))
    if "coefs_" in attributes:
        attributes.setdefault("_were_given", False)
        attributes.setdefault("running_loss_", attributes.get("loss_"))
