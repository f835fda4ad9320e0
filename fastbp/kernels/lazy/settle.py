"""All weights as they are, whatever patterns have touched."""

from ...compiling.jit import kernel
from ...network.memory import memory_of
from ..rows.interface import inputs_of
from ..rows.sparse import catch_up_rows


@kernel
def settle(parameters, state, layout, rows, working, first, stop):
    """Let the weights of inputs `first` to stop − 1 catch up with all updates of the epoch.

    The other parameters are those of `fastbp.kernels.online.train_online`.
    """
    memory = memory_of(parameters, state, layout, working)
    catch_up_rows(memory, inputs_of(rows, memory.net).history, first, stop)
