"""Where a network's numbers are: sizes and offsets, one parameter vector, views of it.

All parameters lie in one vector aligned to a cache line: the weights of all layers, then the biases
of all layers. The first layer is input-major, one row per input with vectors running over its
units, so that an input of zero touches nothing. Later layers are unit-major, one row per unit with
vectors running over its inputs, so that a single output wastes nothing. Rows are padded to a
multiple of the alignment; padding is zero and stays zero.
"""

from itertools import pairwise
from typing import Any

import numpy as np

from .crew import UNDIVIDED, Pieces
from .layout import (
    Layers,
    ShortcutLayers,
    WithShortcuts,
    aligned_copy,
    aligned_zeros,
    laid_out,
)
from .memory import ETA_DELTA, BatchMemory, Memory, PatternMemory, batch_memory, pattern_memory

DRAWN_TOGETHER = 2**16  # initial weights


class Network:
    """The parameters of a multi-layer perceptron, and where each of them is.

    Parameters
    ----------
    sizes : sequence of int
        Numbers of inputs, of units in each hidden layer, of outputs.
    dtype : dtype
        float32 or float64.
    room : int, default=0
        Inputs that there is room for, where that is more than there are: rows of zeros between the
        first layer's weights and the next ones, see `fastbp.network.growth`.
    shortcuts : bool, default=False
        Whether every layer reads the inputs and all layers before it, and not only the last one.

    Attributes
    ----------
    parameters : ndarray of shape (n_parameters,)
        All weights, then all biases, with their padding.
    n_weights : int
        Where the biases begin.
    layers : Layers
        Where each layer's parameters are.
    layout : ndarray of shape (8, n_layers), or WithShortcuts
        The same for the kernels, in one array: each argument of a kernel costs 0.3 µs per call.
    weights, biases : list of ndarray
        Of each layer, (fan_in, fan_out) and (fan_out,): views of the parameters. With shortcuts
        there is a row for each unit that the layer reads, inputs first, then the layers in their
        order, and weights are copies, which nobody can write to: see `show`.
    free : ndarray of shape (n_parameters,) or None
        1 for each parameter that is trained, 0 for those that stay zero; None if all are.
    """

    free: np.ndarray | None = None

    def __init__(
        self, sizes: list[int], dtype: np.dtype, room: int = 0, *, shortcuts: bool = False
    ) -> None:
        self._lay_out(sizes, dtype, room, shortcuts)
        self._take(aligned_zeros(self.n_weights + self.n_units, self.dtype))

    def _lay_out(self, sizes: list[int], dtype: np.dtype, room: int, shortcuts: bool) -> None:
        self.sizes, self.dtype = [int(size) for size in sizes], np.dtype(dtype)
        self.room, self.shortcuts = max(int(room), self.sizes[0]), bool(shortcuts)
        numbers, self.n_weights, self.n_units = laid_out(
            tuple(self.sizes), self.dtype, self.room, self.shortcuts
        )
        self.layers = (ShortcutLayers if shortcuts else Layers)(*numbers)
        self.layout = WithShortcuts(numbers) if shortcuts else numbers

    def _take(self, parameters: np.ndarray) -> None:
        self.parameters = parameters
        self.weights, self.biases = self.views(parameters)
        self.shown = self.weights + self.biases
        self.shapes = [array.shape for array in self.shown]

    def show(self) -> None:
        """Let `weights` be what the parameters are now, where they are copies."""
        if self.shortcuts:
            for shown, blocks in zip(self.weights, self.blocks(self.parameters), strict=True):
                shown.flags.writeable = True
                np.concatenate(blocks, out=shown)
                shown.flags.writeable = False

    def become(self, parameters: np.ndarray) -> None:
        """Take over these numbers, (n_parameters,)."""
        self.parameters[:] = parameters
        self.show()

    def with_inputs(self, n_inputs: int) -> "Network":
        """Return a network for so many inputs that has its parameters in the vector of this one.

        Raises
        ------
        ValueError
            If there is no room for them.
        """
        if not 0 < n_inputs <= self.room:
            raise ValueError(f"there is room for {self.room} inputs, not for {n_inputs}")
        network = object.__new__(Network)
        sizes = [n_inputs, *self.sizes[1:]]
        network._lay_out(sizes, self.dtype, self.room, self.shortcuts)
        network._take(self.parameters)
        return network

    def copy(self) -> "Network":
        """Return a network with the same parameters in a vector of its own."""
        network = object.__new__(Network)
        vars(network).update(vars(self))  # sizes and offsets never change
        network._take(aligned_copy(self.parameters))
        return network

    @classmethod
    def of(
        cls,
        weights: list[np.ndarray],
        biases: list[np.ndarray],
        dtype: np.dtype | None = None,
        *,
        shortcuts: bool = False,
    ) -> "Network":
        """Return a network with copies of these weights (fan_in, fan_out) and biases (fan_out,).

        In the given dtype, or in float32 if they are all in float32, and else in float64. With
        shortcuts each fan_in is that of the layer before and its fan_out.

        Raises
        ------
        ValueError
            If their shapes do not fit together.
        """
        try:
            weights, biases = [np.asarray(w) for w in weights], [np.asarray(b) for b in biases]
        except TypeError:
            raise ValueError("coefs_ and intercepts_ must be lists of arrays") from None
        shapes, sizes = [w.shape for w in weights], [b.shape for b in biases]
        if not (
            shapes
            and all(len(shape) == 2 and 0 not in shape for shape in shapes)
            and [(fan_out,) for _, fan_out in shapes] == sizes
            and all(low[1] + shortcuts * low[0] == high[0] for low, high in pairwise(shapes))
        ):
            before = "fan_in and fan_out" if shortcuts else "fan_out"
            raise ValueError(
                "coefs_ and intercepts_ must have the shapes (fan_in, fan_out) and (fan_out,), "
                f"each fan_in being the {before} before it; got {shapes} and {sizes}"
            )
        kinds = {array.dtype.kind for array in weights + biases}
        if not kinds <= set("fiub"):
            raise ValueError(
                "coefs_ and intercepts_ must be arrays of real numbers, got "
                f"{sorted({str(array.dtype) for array in weights + biases})}"
            )
        if dtype is None:
            dtype = np.result_type(*weights, *biases)
            dtype = np.dtype(np.float32 if dtype == np.float32 else np.float64)
        fan_outs = [fan_out for _, fan_out in shapes]
        network = cls([shapes[0][0], *fan_outs], dtype, shortcuts=shortcuts)
        network.put(network.parameters, weights, biases)
        network.show()
        return network

    def stand_behind(self, weights: list[np.ndarray], biases: list[np.ndarray]) -> None:
        """Stand for the arrays that the parameters were copied from; nobody can write to them."""
        self.shown = [*weights, *biases]

    def is_behind(self, weights: list[np.ndarray], biases: list[np.ndarray]) -> bool:
        """Tell whether both hold the same numbers.

        These are the network's own views then, or what it was copied from and nobody can write to.
        """
        try:
            given = [*weights, *biases]
        except TypeError:
            return False
        return len(self.shown) == len(given) and all(
            a is b and a.shape == shape
            for a, b, shape in zip(self.shown, given, self.shapes, strict=True)
        )

    def blocks(self, vector: np.ndarray) -> list[list[np.ndarray]]:
        """Return views of the weights of each layer in such a vector, by what they come from.

        With shortcuts from the inputs, the first layer, the second, ...; else from the layer below,
        in one block. Each has the shape (units below, fan_out).
        """
        blocks: list[list[np.ndarray]] = [[] for _ in self.sizes[1:]]
        for m, (fan_in, _, start, stride, _, first, _, reach) in enumerate(
            zip(*self.layers, strict=True)
        ):
            n_rows = fan_in if m == 0 else reach
            matrix = vector[start : start + n_rows * stride].reshape(n_rows, stride)
            matrix = matrix if m == 0 else matrix[:, :fan_in].T
            for layer in range(m, len(blocks) if self.shortcuts else m + 1):
                column = self.layers.units_at[layer] - first
                blocks[layer].append(matrix[:, column : column + self.layers.fan_out[layer]])
        return blocks

    def input_blocks(self, vector: np.ndarray) -> list[np.ndarray]:
        """Return those of the blocks that come from the inputs."""
        return [blocks[0] for blocks in self.blocks(vector)[: None if self.shortcuts else 1]]

    def bias_views(self, vector: np.ndarray) -> list[np.ndarray]:
        """Return views of the biases (fan_out,) in such a vector."""
        starts, sizes = self.layers.biases_at, self.layers.fan_out
        return [vector[at : at + size] for at, size in zip(starts, sizes, strict=True)]

    def views(self, vector: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return views of the weights (fan_in, fan_out) and biases (fan_out,) in such a vector.

        With shortcuts weights are copies, which nobody can write to.
        """
        blocks = self.blocks(vector)
        if not self.shortcuts:
            return [block for (block,) in blocks], self.bias_views(vector)
        weights = [np.concatenate(several) for several in blocks]
        for copy in weights:
            copy.flags.writeable = False
        return weights, self.bias_views(vector)

    def put(self, vector: np.ndarray, weights: list[np.ndarray], biases: list[np.ndarray]) -> None:
        """Write what is like the weights and biases to such a vector."""
        for blocks, given in zip(self.blocks(vector), weights, strict=True):
            start = 0
            for block in blocks:
                block[:] = given[start : start + len(block)]
                start += len(block)
        for own, bias in zip(self.bias_views(vector), biases, strict=True):
            own[:] = bias

    def initialize(self, random_state: np.random.RandomState, factors: list[float]) -> None:
        """Draw weights and biases uniformly from ± `initial_bound`.

        Weights, then biases, layer by layer, in the order of scikit-learn; the bound is that of
        Glorot and Bengio (2010), with factor 6 (2 for the logistic activation).
        """
        blocks = self.blocks(self.parameters)
        for several, weights, biases, factor in zip(
            blocks, self.weights, self.biases, factors, strict=True
        ):
            bound = initial_bound(weights, factor)
            rows = max(1, DRAWN_TOGETHER // weights.shape[1])
            for block in several:
                for i in range(0, len(block), rows):  # the same numbers, without a copy of them all
                    part = block[i : i + rows]
                    part[:] = random_state.uniform(-bound, bound, part.shape)
            biases[:] = random_state.uniform(-bound, bound, biases.shape)
        if self.free is not None:
            self.parameters *= self.free
        self.show()

    def _extent(self) -> tuple[int, int, int, np.dtype]:
        return self.sizes[0], self.n_units, self.parameters.size, self.dtype

    def pattern_memory(self, n_patterns: int = 1, *, staged: bool) -> PatternMemory:
        """Return new working memory for so many patterns at a time.

        Parameters
        ----------
        n_patterns : int, default=1
            How many.
        staged : bool
            Whether rows must be copied together.
        """
        return pattern_memory(*self._extent(), n_patterns, staged)

    def memory(self, state: np.ndarray, like: Memory | None = None) -> Memory:
        """Return what `memory.memory_of` returns in a kernel, with memory of one pattern.

        It is new, or that of a network with the same units.
        """
        units: Any
        if like is None:
            working = self.pattern_memory(staged=False)
            units = np.split(working.numbers, working.starts[1:])[: ETA_DELTA + 1]
        else:
            units = [like.net, like.out, like.eta_delta]
        layers = type(self.layers)(*map(np.ascontiguousarray, self.layers))
        return Memory(
            self.parameters, state, self.parameters.size, layers, len(self.sizes) - 2, *units
        )

    def batch_memory(
        self,
        n_patterns: int,
        *,
        staged: bool,
        descent: bool = False,
        pieces: Pieces = UNDIVIDED,
    ) -> BatchMemory:
        """Return new working memory for batches.

        Parameters
        ----------
        n_patterns : int
            The most patterns of a batch; larger batches go through the network in parts.
        staged : bool
            Whether rows must be copied together.
        descent : bool, default=False
            Whether the descent is kept as a whole.
        pieces : Pieces, default=UNDIVIDED
            How the work of a batch is cut.
        """
        return batch_memory(*self._extent(), n_patterns, staged, descent, pieces)


def initial_bound(weights: np.ndarray, factor: float) -> float:
    """Return sqrt(factor / (fan_in + fan_out)): new weights are drawn uniformly from ± that."""
    return float(np.sqrt(factor / sum(weights.shape)))
