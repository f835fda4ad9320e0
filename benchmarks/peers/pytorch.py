"""PyTorch in eager mode: one forward, one backward, one step per pattern."""

from itertools import product
from typing import ClassVar

from .interface import Peer


class PyTorch(Peer):
    """`torch.nn` and autograd. Settings: how weights are updated, and threads."""

    name: ClassVar[str] = "PyTorch"
    remark: ClassVar[str] = "eager, autograd; the faster of `torch.optim.SGD` and an update by hand"
    requires: ClassVar[tuple[str, ...]] = ("torch",)
    settings: ClassVar[tuple] = tuple(product(("SGD", "own"), (1, 2)))

    def __init__(self, case):
        super().__init__(case)
        import torch
        from torch import nn

        network = case.network()
        layers = []
        for w, b in zip(network.weights, network.biases, strict=True):
            linear = nn.Linear(*w.shape, dtype=getattr(torch, case.dtype))
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(w.T.copy()))
                linear.bias.copy_(torch.from_numpy(b.copy()))
            layers += [linear, {"tanh": nn.Tanh, "relu": nn.ReLU}[case.activation]()]
        self.net = nn.Sequential(*layers[:-1])
        self.x, self.y = torch.from_numpy(self.X), torch.from_numpy(self.Y)
        self.step = self.own_step

    def use(self, setting: tuple[str, int]) -> None:
        """Choose the update and the number of threads."""
        import torch

        update, threads = setting
        torch.set_num_threads(threads)
        if update == "own":
            self.step = self.own_step
        else:
            self.optimizer = torch.optim.SGD(self.net.parameters(), lr=self.case.eta)
            self.step = self.optimizer_step

    def optimizer_step(self) -> None:
        """Update by `torch.optim`."""
        self.optimizer.step()
        self.optimizer.zero_grad()

    def own_step(self) -> None:
        """w ← w − η ∂E/∂w."""
        import torch

        with torch.no_grad():
            for w in self.net.parameters():
                w.sub_(w.grad, alpha=self.case.eta)
                w.grad = None

    def run(self, rows: int, epochs: int) -> None:
        """Go on from where the last run ended."""
        net, step = self.net, self.step
        for _ in range(epochs):
            for x, d in zip(self.x[:rows].unbind(), self.y[:rows].unbind(), strict=True):
                error = d - net(x)
                (0.5 * error.dot(error)).backward()
                step()

    def weights(self):
        """Return the parameters of the linear layers."""
        numbers = [p.detach().numpy() for p in self.net.parameters()]
        return [w.T for w in numbers[::2]], numbers[1::2]
