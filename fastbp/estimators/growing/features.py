"""New features: the first layer grows, and all that has a number for each column."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...network.growth import with_inputs
from ...network.network import initial_bound
from .drawing import generator_for


class Places:
    """Numbers of columns by their names, and the names in an array with room for more.

    What is said twice, or was said in a call that was refused, does no harm: a place counts if the
    estimator's names have that name there.
    """

    def __init__(self, names: np.ndarray) -> None:
        self.names = names
        self.room = names
        self.numbers = {name: n for n, name in enumerate(names.tolist())}

    def place(self, name: str) -> int:
        """Return the number of a column, -1 if there is no such name."""
        n = self.numbers.get(name, -1)
        return n if 0 <= n < len(self.names) and self.names[n] == name else -1

    def with_names(self, names: Sequence[str]) -> "Places":
        """Return one that has these names as well; room doubles when it is used up."""
        n, more = len(self.names), Places.__new__(Places)
        more.numbers, more.room = self.numbers, self.room
        if n + len(names) > len(self.room):
            more.room = np.empty(max(n + len(names), 2 * len(self.room)), object)
            more.room[:n] = self.names
        more.room[n : n + len(names)] = names
        more.numbers.update(zip(names, range(n, n + len(names)), strict=True))
        more.names = more.room[: n + len(names)]
        return more


def places_of(estimator: Any) -> Places:
    """Return where each of an estimator's named columns is; it is looked up once."""
    places = vars(estimator).get("_places")
    if places is None or places.names is not estimator.feature_names_in_:
        places = estimator._places = Places(estimator.feature_names_in_)
    return places


def grow_features(estimator: Any, names: Sequence[str]) -> None:
    """Let a trained estimator have further columns, behind those that it has.

    Weights of new columns are drawn as those of a new network with so many inputs are; until they
    are trained, what is predicted for rows that lack them is what it was. Their statistics begin
    with the first row that has them. The optimiser's state grows along.

    Parameters
    ----------
    estimator : BackpropClassifier or BackpropRegressor
        A draft, or one whose network nobody else has: as long as there is room, new weights and
        their state are written to the vectors that there are. It has `feature_names_in_`.
    names : sequence of str
        New names, each once, none of which it has.
    """
    places = places_of(estimator).with_names(names)
    growth = with_inputs(estimator._network(), len(places.names))
    network, n_known = growth.after, growth.before.sizes[0]
    new = network.weights[0][n_known:]
    bound = initial_bound(network.weights[0], estimator._init_factors(len(network.weights))[0])
    new[:] = generator_for(estimator, network).uniform(-bound, bound, new.shape)
    if hasattr(estimator, "_optimizer"):
        estimator._optimizer.grow(growth)
    estimator._bind(network)
    estimator._places, estimator.feature_names_in_ = places, places.names
    estimator.n_features_in_ = len(places.names)
    if estimator.mean_ is not None:
        estimator._moments = estimator._moments.with_columns(len(names))
        estimator.mean_ = np.append(estimator.mean_, np.zeros(len(names)))
        estimator.scale_ = np.append(estimator.scale_, np.ones(len(names)))
