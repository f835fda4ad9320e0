"""Update rules: each a record of hyper-parameters, in a file of its own.

To add one, write such a file: a `typing.NamedTuple`, one field of which is the learning rate `eta`,
with `init` and `step` (and `at_step`, where the number of the update matters), see
`fastbp.rules.interface`. Every kernel then trains with it; there is nothing else to write.
"""

from .accumulate import Accumulate
from .adagrad import AdaGrad
from .adam import Adam
from .averaged import Averaged
from .gradient_descent import GradientDescent
from .interface import adjusted, at_step, delta_scale, init, step
from .momentum import Momentum
from .nadam import Nadam
from .nesterov import Nesterov
from .rmsprop import RMSprop
from .rprop import Rprop

__all__ = [
    "Accumulate",
    "AdaGrad",
    "Adam",
    "Averaged",
    "GradientDescent",
    "Momentum",
    "Nadam",
    "Nesterov",
    "RMSprop",
    "Rprop",
    "adjusted",
    "at_step",
    "delta_scale",
    "init",
    "step",
]
