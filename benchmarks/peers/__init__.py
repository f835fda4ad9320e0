"""Everybody who trains the same networks on the same data: one class each, one interface.

A new peer is a file with a class like the others, and an entry in `PEERS`.
"""

from .c import C
from .fann import Fann
from .interface import Peer
from .jax_scan import JaxScan
from .numpy_loop import NumpyLoop
from .ours import Fastbp
from .pytorch import PyTorch
from .pytorch_batches import PyTorchBatches
from .sklearn_mlp import ScikitLearn

# In the order of the report's columns.
PEERS: dict[str, type[Peer]] = {
    peer.name: peer for peer in (C, JaxScan, Fann, NumpyLoop, PyTorch, ScikitLearn)
}
BATCH_PEERS: dict[str, type[Peer]] = {peer.name: peer for peer in (PyTorchBatches, ScikitLearn)}

__all__ = [
    "BATCH_PEERS",
    "PEERS",
    "C",
    "Fann",
    "Fastbp",
    "JaxScan",
    "NumpyLoop",
    "Peer",
    "PyTorch",
    "PyTorchBatches",
    "ScikitLearn",
]
