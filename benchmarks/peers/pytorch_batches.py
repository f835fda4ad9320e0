"""PyTorch in eager mode on mini-batches."""

from itertools import product
from typing import ClassVar

from .pytorch import PyTorch


class PyTorchBatches(PyTorch):
    """`torch.nn`, autograd and `torch.optim`; settings: loop, foreach or fused, and threads.

    Its Adam adds ε to √v after the correction of the bias, scikit-learn's and ours before it.
    """

    remark: ClassVar[str] = "eager, autograd, `torch.optim`: loop, foreach or fused"
    settings: ClassVar[tuple] = tuple(product(("loop", "foreach", "fused"), (1, 2)))

    def __init__(self, case):
        super().__init__(case)
        self.implementation = {}

    def use(self, setting: tuple[str, int]) -> None:
        """Choose the implementation of the update and the number of threads."""
        import torch

        implementation, threads = setting
        torch.set_num_threads(threads)
        self.implementation = {} if implementation == "loop" else {implementation: True}

    def optimizer(self):
        """Return a new optimizer, as every fit of an estimator has one."""
        from torch import optim

        parameters, case = self.net.parameters(), self.case
        if case.solver == "adam":
            return optim.Adam(parameters, lr=case.eta, eps=case.epsilon, **self.implementation)
        return optim.SGD(
            parameters,
            lr=case.eta,
            momentum=case.momentum,
            nesterov=case.momentum > 0,
            **self.implementation,
        )

    def run(self, rows: int, epochs: int) -> None:
        """Go on from where the last run ended; batches are views."""
        import torch
        from torch.nn.functional import mse_loss

        net, optimizer, size = self.net, self.optimizer(), self.case.batch_size
        for _ in range(epochs):
            batches = self.x[:rows].split(size), self.y[:rows].split(size)
            for x, d in zip(*batches, strict=True):
                optimizer.zero_grad()
                error = mse_loss(net(x), d, reduction="sum")
                error.backward(torch.tensor(0.5 / len(x), dtype=error.dtype))
                optimizer.step()
