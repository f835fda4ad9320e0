"""How the parts of kernels are compiled: as far as LLVM's language, not to machine code.

Numba optimises every function by itself, then together with all that it calls, and makes machine
code of it, in case somebody calls it from outside. The parts of a kernel are never called from
outside, and are optimised again where the kernel is: by leaving out all three for them, a first fit
takes 2.3 s instead of 3.5. What follows rests on Numba's means to customise its pipeline of
compilation, and on what a library of code is inside: with series of Numba that the tests ran on,
and no others. The only step that differs is where a part's code is collected.
"""

from typing import Any

from .numba_internals import (
    AnalysisPass,
    CompilerBase,
    DefaultPassBuilder,
    JITCodeLibrary,
    NativeLowering,
    register_pass,
)


class _NoEnvironments:
    """Takes the environment of a function that nobody can call."""

    @staticmethod
    def set_env(name: str, environment: Any) -> None:
        """Do nothing: a function without machine code has no place for it."""


class PartLibrary(JITCodeLibrary):
    """The code of a part and of all its parts, to be linked into kernels."""

    codegen = _NoEnvironments

    def _optimize_functions(self, ll_module: Any) -> None:
        """Do nothing but say how data is laid out."""
        ll_module.data_layout = self._codegen._data_layout

    def finalize(self) -> None:
        """Link the parts' parts in; whoever links this one optimises it."""
        for library in dict.fromkeys(self._linking_libraries):
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """Return 0: there is no machine code."""
        self._ensure_finalized()
        return 0


@register_pass(mutates_CFG=False, analysis_only=True)
class _CollectInPart(AnalysisPass):
    _name = "fastbp_collect_in_part"

    def __init__(self) -> None:
        AnalysisPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        """Have the code that lowering generates collected in a `PartLibrary`."""
        state.library = PartLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return False


class PartCompiler(CompilerBase):
    """Numba's pipeline, collecting code in a `PartLibrary`."""

    def define_pipelines(self) -> list:
        """Return Numba's own passes and one before the lowering."""
        manager = DefaultPassBuilder.define_nopython_pipeline(self.state)
        lowering = [kind for kind, _ in manager.passes].index(NativeLowering)
        manager.passes.insert(lowering, (_CollectInPart, "collect code in a part"))
        return [manager]
