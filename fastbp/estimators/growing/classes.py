"""New classes: the output layer grows, and one of two classes becomes one of many.

An output of two classes is the log-odds z of the second. The same probabilities are those of a
softmax over (−z/2, z/2), or of logistic outputs (−z, z). A new class begins with a small part of
each row's probability, the smaller the more rows there were without it: predictions for known input
stay what they were, and the class is learned as if it had been known and not seen. (Measured on
digits that come late, see `benchmarks/NOTES.md`: a smaller part is learned more slowly than that, a
larger one takes rows from the others.)
"""

from typing import Any

import numpy as np

from ...losses import inverse_link, normalised
from ...network.growth import Growth, Outputs, with_outputs
from ...network.network import initial_bound
from .drawing import generator_for

MOST_ROWS = 10_000  # that a new class is held back for
PROBED = np.array([-3.0, -0.5, 0.0, 1.0, 4.0])  # net inputs


def joined(classes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the classes and further labels, sorted.

    Raises
    ------
    ValueError
        If some are strings and some are not.
    """
    if is_text(classes) != is_text(labels):
        raise ValueError(
            f"y has labels of another kind than classes_: {labels.tolist()[:5]} beside "
            f"{classes.tolist()[:5]}; make them all strings, or all numbers"
        )
    if classes.dtype.kind in "iu" and labels.dtype.kind == "f":  # 2.0 for 2
        labels = labels.astype(np.int64)
    return np.union1d(classes, labels)


def is_text(labels: np.ndarray) -> bool:
    """Tell whether these are strings."""
    return labels.dtype.kind in "US" or isinstance(labels.ravel()[0], str)


def grow_classes(estimator: Any, labels: np.ndarray) -> None:
    """Let a trained classifier know further classes.

    `classes_` stays sorted; weights into the outputs of new classes are drawn as those of a new
    network are. The optimiser's state grows along; where an output's net input becomes another, it
    begins anew.

    Parameters
    ----------
    estimator : BackpropClassifier
        It gets vectors of its own. One class per row is what it was trained with.
    labels : ndarray of shape (n_labels,)
        Labels, some of which it may know.

    Raises
    ------
    ValueError
        If parameters have changed that make something else of the weights, if labels are of another
        kind, or if the loss has no second output for two classes.
    """
    estimator._check_kept()
    if estimator.connections is not None:
        raise ValueError(
            "connections says nothing of new classes: name all of them in the first call, or fit "
            "anew with the connections of all outputs"
        )
    known = estimator._label_binarizer.classes_
    classes = joined(known, labels)
    network, kept = estimator._network(), estimator._formulas
    places = np.searchsorted(classes, known)
    binarizer = type(estimator._label_binarizer)().fit(classes)
    estimator.classes_, estimator._label_binarizer = classes, binarizer
    loss = estimator._loss()
    held_back = reserve(getattr(estimator, "t_", 0))
    if len(known) > 2:
        factors = np.ones(len(known))
        outputs = Outputs(places, np.arange(len(known)), factors, np.zeros(len(known)))
    elif len(classes) == 2:  # one output before and after: of which class?
        sign = 1.0 if places[0] == 0 else -1.0
        zero = np.zeros(1, np.int64)
        outputs = Outputs(zero, zero, np.array([sign]), np.array([-sign * held_back]))
    else:
        check_symmetry(kept.loss)
        factor = 0.5 if normalised(loss) else 1.0
        factors = factor * np.array([-1.0, 1.0])[: len(known)]
        zeros = np.zeros(len(known))
        outputs = Outputs(places, zeros.astype(np.int64), factors, zeros)
    n_outputs = 1 if len(classes) == 2 else len(classes)
    growth = with_outputs(network, n_outputs, outputs)
    if n_outputs > 1:
        draw(estimator, growth, held_back, relative=normalised(loss))
    estimator._formulas = kept._replace(loss=loss)
    if hasattr(estimator, "_optimizer"):
        estimator._optimizer.grow(growth)
    estimator._bind(growth.after)
    estimator.n_outputs_ = n_outputs
    estimator.out_activation_ = getattr(loss, "out_activation", type(loss).__name__)


def draw(estimator: Any, growth: Growth, held_back: float, *, relative: bool) -> None:
    """Draw the weights of new outputs, and lower their biases.

    `relative` biases are lowered from the mean of the others'.
    """
    assert growth.outputs is not None
    network = growth.after
    biases, known = network.biases[-1], growth.outputs.places
    new = np.setdiff1d(np.arange(len(biases)), known)
    bound = initial_bound(network.weights[-1], estimator._init_factors(len(network.weights))[-1])
    generator = generator_for(estimator, network)
    for block in network.blocks(network.parameters)[-1]:
        block[:, new] = generator.uniform(-bound, bound, (len(block), len(new)))
    level = float(biases[known].mean()) if relative else 0.0
    biases[new] = level + generator.uniform(-bound, bound, len(new)) - held_back


def reserve(n_rows: int) -> float:
    """Return by how much the net input of a new class is lowered after so many rows without it.

    Its odds are one to the root of their number.
    """
    return float(np.log1p(min(n_rows, MOST_ROWS)) / 2)


def check_symmetry(loss: Any) -> None:
    """Refuse a loss of one output for two classes that says nothing of an output for the first."""
    out = inverse_link(loss, PROBED)
    if not np.allclose(inverse_link(loss, -PROBED), 1 - out):
        raise ValueError(
            f"loss: {type(loss).__name__} has one output for two classes, of which no second one "
            "follows (f(−net) is not 1 − f(net)): name three classes or more in the first call"
        )
