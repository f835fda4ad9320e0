"""The network of an estimator: made from its parameters, or behind assigned `coefs_`."""

from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from .. import activations
from ..kernels.descent import Formulas
from ..network.network import Network
from .data.standardization import Standardization
from .draft import held, settled, view_of
from .parameters.connections import check_unconnected, free_parameters
from .parameters.formulas import activation_for
from .persistence import attributes_of, state_of


def layers_named(activation: NamedTuple) -> int:
    """Return for how many hidden layers a record says what they compute."""
    return 1 + layers_named(activation.rest) if hasattr(activation, "rest") else 1


class BoundNetwork(Standardization):
    """What the estimators know of their network and of its formulas."""

    _bound_network: Network

    def _hidden_layer_sizes(self) -> list[int]:
        sizes: Any = self.hidden_layer_sizes
        if type(sizes) is tuple and all(type(size) is int and size > 0 for size in sizes):
            return list(sizes)  # without the 0.01 ms of what follows
        sizes = [sizes] if np.ndim(sizes) == 0 else list(sizes)
        sizes = [size.item() if isinstance(size, np.ndarray) else size for size in sizes]
        if not all(isinstance(size, Integral) and int(size) > 0 for size in sizes):
            raise ValueError(f"hidden_layer_sizes must be integers > 0, got {sizes}.")
        return [int(size) for size in sizes]

    def _formulas_asked_for(self) -> Formulas:
        """Return the activation of the hidden layers and the loss that the parameters name."""
        n_hidden_layers = len(self._hidden_layer_sizes())
        return Formulas(activation_for(self.activation, n_hidden_layers), self._loss())

    def _is_trained(self) -> bool:
        return hasattr(self, "_formulas")

    def __sklearn_is_fitted__(self) -> bool:
        """Tell whether there is a network that has been trained."""
        return self._is_trained()

    def _network(self) -> Network:
        """Return the network that `coefs_` and `intercepts_` are views of.

        Where they have been assigned to, one with copies of them: nothing is bound by reading.
        """
        network = vars(self).get("_bound_network")
        weights: Any = getattr(self, "coefs_", None)  # whatever has been assigned
        biases: Any = getattr(self, "intercepts_", None)
        if network is None or not network.is_behind(weights, biases):
            network = Network.of(weights, biases, shortcuts=self.shortcuts)
            self._connect(network)
        return network

    def _connect(self, network: Network) -> None:
        """Note which parameters of a network stay zero; refuse one where they are not."""
        network.free = free_parameters(self.connections, network)
        check_unconnected(network)

    def _leave_out(self, columns: np.ndarray) -> None:
        """Set all weights from these inputs to zero."""
        network = self._network()
        for block in network.input_blocks(network.parameters):
            block[columns] = 0
        network.show()

    def _bind(self, network: Network) -> None:
        self._bound_network = network
        self.coefs_, self.intercepts_ = list(network.weights), list(network.biases)

    def _fitting_network(self, n_inputs: int, n_outputs: int) -> Network:
        """Return the network if all that has been noted of it fits it, and such patterns.

        Raises
        ------
        ValueError
            It says what has which size.
        """
        network = self._network()
        sizes = network.sizes
        if sizes[0] != n_inputs or sizes[-1] != n_outputs:
            raise ValueError(
                f"coefs_ are those of a network with the layers {sizes}; X and what the estimator "
                f"knows of its targets ask for {n_inputs} inputs and {n_outputs} outputs"
            )
        activation = self._formulas.activation
        if isinstance(activation, activations.PerLayer) and layers_named(activation) != (
            len(sizes) - 2
        ):
            raise ValueError(
                f"coefs_ are those of a network with {len(sizes) - 2} hidden layers; it was "
                f"trained with one activation for each of {layers_named(activation)}"
            )
        return network

    def __getstate__(self) -> dict:
        """Return what the estimator is made of, sharing nothing with it; see `persistence`."""
        view = view_of(self)  # which other threads don't train meanwhile
        with held(view):
            return state_of(view, settled(view))

    def __setstate__(self, state: dict) -> None:
        """Become what the state says, if its parts fit together."""
        try:
            vars(self).update(attributes_of(type(self), state))
            if hasattr(self, "coefs_") and not hasattr(self, "mean_"):
                self._begin_units()
            if hasattr(self, "coefs_") and "_format" not in state:
                self._formulas = self._formulas_asked_for()
        except (AttributeError, KeyError, TypeError) as failure:
            raise ValueError(
                f"what was saved of this {type(self).__name__} is damaged, or of another version: "
                f"{failure!r}"
            ) from failure

    def _begin(self, sizes: list[int], dtype: np.dtype, *, incremental: bool) -> None:
        """Draw a new network (or take the given one), and forget the old one's."""
        goes_on = self.warm_start or incremental
        given = goes_on and not self._is_trained() and hasattr(self, "coefs_")
        self._were_given = given
        for name in ("_optimizer", "_growth_seed"):
            vars(self).pop(name, None)
        self._formulas = self._formulas_asked_for()
        self._begin_units()
        if given:
            given_network = Network.of(
                self.coefs_, self.intercepts_, dtype, shortcuts=self.shortcuts
            )
            self._connect(given_network)
            self._bind(given_network)
            return
        self._draw(sizes, dtype)

    def _draw(self, sizes: list[int], dtype: np.dtype) -> None:
        """Begin with a network whose weights are drawn."""
        network = Network(sizes, dtype, shortcuts=self.shortcuts)
        self._connect(network)
        network.initialize(self._random_state, self._init_factors(len(sizes) - 1))
        self._bind(network)

    def _init_factors(self, n_layers: int) -> list[float]:
        """Return what the bounds of initial weights depend on, for each layer."""
        last_hidden = max(n_layers - 2, 0)
        hidden = [
            activations.activation_of(self._formulas.activation, min(n, last_hidden))
            for n in range(n_layers)
        ]
        return [getattr(activation, "init_factor", 6) for activation in hidden]

    def _check_kept(self) -> None:
        """Refuse parameters that would make something else of the trained weights."""
        formulas = self._formulas_asked_for()
        for name, asked, kept in zip(Formulas._fields, formulas, self._formulas, strict=True):
            if type(asked) is not type(kept) or asked != kept:
                raise ValueError(
                    f"{name} has changed since the first call, from {kept} to {asked}: the weights "
                    "are those of the old one. Set it back, or fit anew with warm_start=False"
                )
        network = self._network()
        self._check_kept_connections(network)
        dtype = network.dtype
        if self.dtype in ("float32", "float64") and dtype != self.dtype:
            raise ValueError(
                f"dtype has changed to {self.dtype} since the first call: the weights are in "
                f"{dtype}. Set it back, or fit anew with warm_start=False"
            )
        if self.standardize != (self.mean_ is not None):
            raise ValueError(
                f"standardize has changed to {self.standardize} since the first call: the weights "
                "are for the other. Set it back, or fit anew with warm_start=False"
            )

    def _check_kept_connections(self, network: Network) -> None:
        if network.shortcuts != self.shortcuts:
            raise ValueError(
                f"shortcuts has changed to {self.shortcuts} since the first call: the weights are "
                "those of the other. Set it back, or fit anew with warm_start=False"
            )
        optimizer: Any = getattr(self, "_optimizer", None)
        kept, asked = network.free, free_parameters(self.connections, network)
        if optimizer is not None and optimizer.masked and optimizer.state is not None:
            kept = optimizer.mask(network) > 0.5
        if (asked is None) != (kept is None) or not np.array_equal(
            np.asarray(asked), np.asarray(kept)
        ):
            raise ValueError(
                "connections has changed since the first call: the weights were trained with the "
                "old ones. Set it back, or fit anew with warm_start=False"
            )
