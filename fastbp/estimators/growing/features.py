"""New features: the first layer grows, and all that has a number for each column."""

from collections.abc import Hashable, Sequence
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
        self.room = names if names.dtype == object else names.astype(object)
        self.numbers = {name: n for n, name in enumerate(names.tolist())}
        self.addresses = np.array([id(name) for name in self.room], np.int64)

    def place(self, name: Hashable) -> int:
        """Return the number of a column, -1 if there is no such name."""
        n = self.numbers.get(name, -1)
        return n if 0 <= n < len(self.names) and self.names[n] == name else -1

    def with_names(self, names: Sequence[Hashable]) -> "Places":
        """Return one that has these names as well; room doubles when it is used up."""
        n, more = len(self.names), Places.__new__(Places)
        more.numbers, more.room, more.addresses = self.numbers, self.room, self.addresses
        if n + len(names) > len(self.room):
            size = max(n + len(names), 2 * len(self.room))
            more.room, more.addresses = np.empty(size, object), np.empty(size, np.int64)
            more.room[:n], more.addresses[:n] = self.names, self.addresses[:n]
        for place, name in enumerate(names, n):
            more.room[place], more.addresses[place] = name, id(name)
            more.numbers[name] = place
        more.names = more.room[: n + len(names)]
        return more


def places_of(estimator: Any) -> Places:
    """Return where each of an estimator's named columns is; it is looked up once."""
    attributes = vars(estimator)
    places = attributes.get("_places")
    if places is None or places.names is not attributes["feature_names_in_"]:
        places = attributes["_places"] = Places(attributes["feature_names_in_"])
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
    if estimator.connections is not None:
        raise ValueError(
            f"connections says nothing of new columns, such as {names[0]!r}: set "
            "new_features='ignore', or fit anew with the connections of all columns"
        )
    places = places_of(estimator).with_names(names)
    growth = with_inputs(estimator._network(), len(places.names))
    network, n_known = growth.after, growth.before.sizes[0]
    factors, generator = (
        estimator._init_factors(len(network.weights)),
        generator_for(estimator, network),
    )
    for layer, block in enumerate(network.input_blocks(network.parameters)):
        new, bound = block[n_known:], initial_bound(network.weights[layer], factors[layer])
        new[:] = generator.uniform(-bound, bound, new.shape)
    network.show()
    if hasattr(estimator, "_optimizer"):
        estimator._optimizer.grow(growth)
    estimator._bind(network)
    estimator._places, estimator.feature_names_in_ = places, places.names
    estimator.n_features_in_ = len(places.names)
    if estimator.mean_ is not None:
        estimator._moments = estimator._moments.with_columns(len(names))
        estimator.mean_ = np.append(estimator.mean_, np.zeros(len(names)))
        estimator.scale_ = np.append(estimator.scale_, np.ones(len(names)))
