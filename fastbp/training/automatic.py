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
RATES = {"adagrad": 0.01, "rprop": 0.01}  # of solvers other than sgd; `ADAPTIVE` if not here
ADAPTIVE = 0.0005

PULL = 15.0  # of the weight decay of all patterns together, where all is noise; at most
PULL_PER_INPUT = 1.0
STRONGEST, STRONGEST_PER_INPUT = 0.03, 0.003
FIRST_GUESS = 0.3  # of the noise
LISTENING = 0.1  # part of the epochs after which the noise is known


def epochs_for(n_patterns: int, batch_size: int) -> int:
    """Return the epochs that make 100,000 updates: 20 to 200, fewer from 50,000 patterns on.

    At most 200 √batch_size: updates by batches are fewer, and each goes as much further.
    """
    epochs = math.ceil(UPDATES / math.ceil(n_patterns / batch_size))
    fewest = max(LEAST, min(FEWEST, PATTERNS // n_patterns))
    return max(fewest, min(int(MOST * math.sqrt(batch_size)), epochs))


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


class AutomaticDecay:
    """The strength of the L2 penalty where nobody has given one.

    Weights have a prior of fixed width, so that the penalty of all patterns together is a constant,
    α n = c r, and the more patterns there are the less each of them pulls. c is the number of
    inputs, 15 at most: with few inputs there is little room to learn rows by heart, and a strong
    pull would hide what is there. r is the part of the error that training does not explain, the
    noise in relation to which the prior counts (MacKay, 1992): the error of the last epoch over
    that of the best constant prediction. It is listened to in the first tenth of the epochs: later
    on, the error on patterns trained with says little of the noise.

    Parameters
    ----------
    n_patterns, n_inputs : int
        The size of the problem.
    batch_size : float
        Patterns of a batch, by which its penalty is divided.
    constant : float
        The error of the best constant prediction.
    n_epochs : int
        Of training.
    """

    def __init__(
        self, n_patterns: int, n_inputs: int, batch_size: float, constant: float, n_epochs: int
    ) -> None:
        self.pull = min(PULL, PULL_PER_INPUT * n_inputs) / n_patterns
        self.strongest = min(STRONGEST, STRONGEST_PER_INPUT * n_inputs)
        self.batch_size, self.constant = batch_size, constant
        self.until = LISTENING * n_epochs
        self.alpha = self.strength(FIRST_GUESS)

    def strength(self, noise: float) -> float:
        """Return α at this part of noise."""
        return min(self.pull * noise, self.strongest) * self.batch_size

    def listen(self, epoch: int, error: float) -> float:
        """Return α after an epoch with this mean error."""
        if epoch <= max(1, self.until) and self.constant > 0:
            self.alpha = self.strength(min(1.0, error / self.constant))
        return self.alpha
