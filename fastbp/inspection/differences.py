"""Central differences of the error by every weight, a unit at a time.

A weight w_ji that changes by h changes the net input of its unit by h o_i, and nothing else below:
so the pass begins there. Sources are scaled to outputs of at most 1 in size, so that no net input
changes by more than h, whatever the units of the inputs are.
"""

from typing import NamedTuple

import numpy as np

from ..kernels.descent import Formulas
from .passes import Forward, Parameters, errors, forward, onwards, read_by

STEPS = (5e-6, 2.5e-6, 5e-7, 5e-8)
"""Of net inputs: the cube root of float64's ε, half of it, and closer to where it kinks."""

ASIDE = 5e-7  # of slopes of one side

SURE = 10  # times the noise of differences: below it nothing can be said

AT_ONCE = 2**20  # numbers of a layer


class Differences(NamedTuple):
    """Slopes −∂E/∂w of one layer, E the mean of E_p; the last row is that of the biases."""

    scale: np.ndarray  # (fan_in + 1, 1): the sources' largest outputs, which all else is without
    slopes: np.ndarray  # (fan_in + 1, fan_out)
    noise: float  # what they are uncertain by


class Surface:
    """The error of a network over its weights.

    Parameters
    ----------
    x, target : ndarray of shapes (n_patterns, n_inputs) and (n_patterns, n_outputs)
        The patterns.
    parameters, formulas : Parameters, Formulas
        The network.
    """

    def __init__(
        self, x: np.ndarray, target: np.ndarray, parameters: Parameters, formulas: Formulas
    ) -> None:
        self.target, self.parameters, self.formulas = target, parameters, formulas
        self.here: Forward = forward(x, parameters, formulas)

    def sources(self, layer: int) -> tuple[np.ndarray, np.ndarray]:
        """Return what a layer reads, (fan_in + 1, n_patterns), over its largest; and that."""
        reads = read_by(self.parameters.weights[layer], self.here.out[: layer + 1]).T
        reads = np.vstack([reads, np.ones_like(reads[:1])])
        scale = np.abs(reads).max(axis=1, keepdims=True)
        return reads / np.where(scale > 0, scale, 1), scale

    def error(self, layer: int, unit: int, moved: np.ndarray) -> np.ndarray:
        """Return E_p with the unit's net inputs moved, (n, n_patterns), as often as asked for."""
        here, result = self.here, np.empty_like(moved)
        together = max(1, AT_ONCE // here.net[layer].size)
        for n in range(0, len(moved), together):
            part = moved[n : n + together]
            net = np.repeat(here.net[layer][None], len(part), axis=0)
            net[:, :, unit] += part
            out = onwards(net, here.out[: layer + 1], self.parameters, self.formulas).out[-1]
            result[n : n + together] = errors(self.formulas.loss, self.target, out)
        return result

    def slope(
        self, layer: int, unit: int, reads: np.ndarray, below: float, above: float
    ) -> np.ndarray:
        """Return −(E(w + above) − E(w − below)) / (above + below) for each row of `reads`."""
        higher = self.error(layer, unit, above * reads)
        lower = self.error(layer, unit, -below * reads)
        return -(higher - lower).mean(axis=1) / (above + below)

    def differences(self, layer: int) -> Differences:
        """Return the slopes by all weights of a layer."""
        reads, scale = self.sources(layer)
        slopes, halved = (
            np.stack(
                [
                    self.slope(layer, unit, reads, h, h)
                    for unit in range(self.here.net[layer].shape[1])
                ],
                axis=1,
            )
            for h in STEPS[:2]
        )
        there = np.ravel(scale > 0)
        noise = float(np.median(np.abs(slopes - halved)[there]))
        return Differences(scale, slopes, noise)

    def closer(
        self, layer: int, row: int, unit: int, given: float, noise: float
    ) -> tuple[float, bool]:
        """Look at one weight closer: return the nearest slope, and whether there is a kink.

        Where a step leads across a kink of the error, as of relu or of |d − o|, a shorter one may
        not. Right at a kink none helps: there the slopes on both sides differ, and every number
        between them is a descent.
        """
        reads = self.sources(layer)[0][[row]]
        slopes = [float(self.slope(layer, unit, reads, h, h)[0]) for h in STEPS]
        below, above = (self.one_sided(layer, unit, reads, side) for side in ((1, 0), (0, 1)))
        margin = SURE * noise * STEPS[0] / ASIDE
        kinked = abs(below - above) > 4 * margin and (
            min(below, above) - margin <= given <= max(below, above) + margin
        )
        return min(slopes, key=lambda slope: abs(slope - given)), kinked

    def one_sided(self, layer: int, unit: int, reads: np.ndarray, side: tuple[int, int]) -> float:
        """Return the slope below or above, to second order in the step."""
        near, far = (
            float(self.slope(layer, unit, reads, side[0] * h, side[1] * h)[0])
            for h in (ASIDE, 2 * ASIDE)
        )
        return 2 * near - far
