"""
XOR, with two hidden units or with one and shortcuts
====================================================

The output is 1 where just one of two inputs is. Rumelhart, Hinton and Williams (1986) begin with a
network of a single hidden unit, whose output unit reads the inputs as well (2-1-1): it had solved the
problem after 558 sweeps through the four patterns at η = 0.5. With two hidden units and no such
shortcuts (2-2-1), Chauvin found in the same chapter that it takes about 245 on the average, at
η = 0.25. Of hundreds of runs, two had ended in a local minimum.

Trained online with the momentum of 0.9 that they mostly used; neither this nor the initial weights
are given for these figures. Here weights are within ±1, and learned is what has every output within
0.4 of its target.

D. E. Rumelhart, G. E. Hinton & R. J. Williams (1986). Learning internal representations by error
propagation. In Parallel Distributed Processing, volume 1, chapter 8. MIT Press.
"""

import matplotlib.pyplot as plt
import numpy as np
from _experiment import (
    AS_IN_1986,
    SEEDS,
    Result,
    draw_results,
    epochs_to_learn,
    print_results,
    with_weights_from,
    within,
)

from fastbp import BackpropRegressor

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
TARGETS = np.array([0.0, 1.0, 1.0, 0.0])


def epochs(n_hidden, eta, momentum=0.9, **parameters):
    """Return the epochs that it takes from each seed, and the networks."""
    taken, networks = [], []
    for seed in SEEDS:
        model = BackpropRegressor(
            n_hidden, **AS_IN_1986, learning_rate_init=eta, momentum=momentum, **parameters
        )
        with_weights_from(model, (2, n_hidden, 1), 1.0, seed)
        taken.append(epochs_to_learn(model, X, TARGETS, within(TARGETS, 0.4), most=2000))
        networks.append(model)
    return taken, networks
