"""The yardstick: the same algorithm in hand-vectorised C."""

import subprocess
from typing import ClassVar

import numpy as np
from compiled_c import compiler
from yardstick import Yardstick

from .interface import Peer


class C(Peer):
    """``yardstick.c``, all that the machine has."""

    name: ClassVar[str] = "C"
    remark: ClassVar[str] = "hand-vectorised by the same algorithm and layout (`yardstick.c`)"

    @classmethod
    def absence(cls) -> str | None:
        """Return that there is no compiler, if so."""
        return None if compiler() else "no C compiler"

    @classmethod
    def version(cls) -> str:
        """Return the compiler's version."""
        answer = subprocess.run([compiler(), "--version"], capture_output=True, text=True)
        return answer.stdout.partition("\n")[0]

    def __init__(self, case):
        super().__init__(case)
        self.train = Yardstick(case.network(), self.X, self.Y, case.eta, case.activation == "relu")

    def run(self, rows: int, epochs: int) -> None:
        """Call the C function once per epoch."""
        self.train(np.arange(rows), epochs)

    def weights(self):
        """Return the network's."""
        return self.train.network.weights, self.train.network.biases
