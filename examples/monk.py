"""
Several starts, the best one kept
=================================

The second problem of the MONKs, with two hidden units: several starts, the best one kept.

Robots have six attributes, and the class is whether exactly two of them have their first value
(Thrun et al., 1991). Two hidden units suffice, but many initial weights lead to a solution that is
right for most robots only. Trains on 169 of the 432 robots. Run ``python examples/monk.py``.
"""

import itertools

import numpy as np

from fastbp import BackpropClassifier

VALUES = (3, 3, 2, 3, 4, 2)  # of each attribute

robots = np.array(list(itertools.product(*map(range, VALUES))))
y = ((robots == 0).sum(axis=1) == 2).astype(int)
X = np.hstack([np.eye(n)[robots[:, k]] for k, n in enumerate(VALUES)])
seen = np.random.RandomState(0).permutation(len(X))[:169]

print("seed   one start   eight starts   (accuracy on all robots)")
for seed in range(8):
    network = BackpropClassifier(
        2,
        activation="tanh",
        alpha=0,
        learning_rate_init=0.1,
        max_iter=600,
        standardize=False,
        random_state=seed,
    )
    scores = []
    for n_init in (1, 8):
        network.set_params(n_init=n_init).fit(X[seen], y[seen])
        scores.append(f"{network.score(X, y):9.1%}")
    print(f"{seed:4}   {scores[0]}   {scores[1]:>12}")
