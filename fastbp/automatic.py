"""What "auto" stands for: learning rate, epochs and weight decay, by the size of the problem.

Chosen together with the other defaults, by evidence: see ``benchmarks/defaults.py``.
"""

import math

UPDATES = 100_000
FEWEST, MOST = 20, 200  # epochs
PATTERNS = 1_000_000  # beyond which there are fewer epochs than `FEWEST`, down to `LEAST`
LEAST = 5
LBFGS_ITERATIONS = 1000

RATE = 0.03  # at most
STEP = 0.06  # at most, over √inputs, the length of a row of standardised inputs
RATES = {"adagrad": 0.01, "rprop": 0.1}  # of solvers other than sgd; `ADAPTIVE` if not here
ADAPTIVE = 0.0005

PULL = 15.0  # of the weight decay of all patterns together, where all is noise
STRONGEST = 0.03
LISTENING = 0.1  # part of the epochs after which the noise is known


def epochs_for(n_patterns: int, batch_size: int) -> int:
    """Return the epochs that make 100,000 updates: 20 to 200, fewer from 50,000 patterns on."""
    epochs = math.ceil(UPDATES / math.ceil(n_patterns / batch_size))
    fewest = max(LEAST, min(FEWEST, PATTERNS // n_patterns))
    return max(fewest, min(MOST, epochs))


def learning_rate_for(solver: object, n_inputs: int, momentum: float, batch_size: int) -> float:
    """Return the initial learning rate.

    For 'sgd' min(0.03, 0.06 / √n_inputs), less with momentum, whose steps add up to 1 / (1 − μ) of
    one; times √batch_size for the mean of a batch's gradients, for Adam and its kin as well.
    """
    if isinstance(solver, str) and solver in RATES:
        return RATES[solver]
    rate = ADAPTIVE
    if solver == "sgd":
        rate = min(RATE, STEP / math.sqrt(max(n_inputs, 1))) * max(1 - momentum, 0.01)
    return rate * math.sqrt(batch_size)


class Decay:
    """The strength of the L2 penalty where nobody has given one.

    Weights have a prior of fixed width, so that the penalty of all patterns together is a constant,
    α n = 15 r, and the more patterns there are the less each of them pulls. r is the part of the
    error that training does not explain, which is the noise in relation to which the prior counts
    (MacKay, 1992): 1 in the first epoch, and then the error of the last epoch over that of the
    best constant prediction. It is listened to in the first tenth of the epochs: later on, the
    error on patterns trained with says little of the noise.

    Parameters
    ----------
    n_patterns, batch_size : int
        Patterns in all, and in a batch, whose penalty is divided by its size.
    constant : float
        The error of the best constant prediction.
    n_epochs : int
        Of training.
    """

    def __init__(self, n_patterns: int, batch_size: int, constant: float, n_epochs: int) -> None:
        self.scale, self.batch_size = PULL / n_patterns, batch_size
        self.constant, self.until = constant, LISTENING * n_epochs
        self.alpha = self.strength(1.0)

    def strength(self, noise: float) -> float:
        """Return α at this part of noise."""
        return min(self.scale * noise, STRONGEST) * self.batch_size

    def listen(self, epoch: int, error: float) -> float:
        """Return α after an epoch with this mean error."""
        if epoch <= max(1, self.until) and self.constant > 0:
            self.alpha = self.strength(min(1.0, error / self.constant))
        return self.alpha
