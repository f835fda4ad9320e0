"""Where models that were saved before version 0.1.0 find what they are made of.

Those name the modules that classes were in; later ones name `fastbp` alone.
"""

import sys

from .estimators import classifier, regressor
from .kernels import descent
from .rules import gradient_descent
from .training import moments, optimizer

RENAMED = {
    "fastbp.classifier": classifier,
    "fastbp.regressor": regressor,
    "fastbp.optimizer": optimizer,
    "fastbp.moments": moments,
    "fastbp.rules.descent": gradient_descent,
}


def keep_old_names() -> None:
    """Let modules be imported by the names that they had."""
    sys.modules.update(RENAMED)
    vars(sys.modules["fastbp.kernels.online"])["Model"] = descent.Formulas
