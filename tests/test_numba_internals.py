"""What is relied on of each name of Numba's that is not public, in the smallest form."""

import ctypes
import operator
import os
import pickle
import subprocess
import sys
import threading

import llvmlite
import numba
import pytest
from numba import types
from numba.extending import lower_builtin, models, register_model, type_callable

from fastbp.compiling import numba_internals as internals

CONTRACTS = {}


def contract(*names):
    """Make a function the contract of these names, or of the one that it is called by."""

    def decorate(function):
        CONTRACTS.update(dict.fromkeys(names or (function.__name__[3:],), function))
        return function

    return decorate


def square(x):
    return x * x


def in_kernel(code, *given):
    """Return a compiled function of a number of such types, by a generator of code."""

    def function(*args):
        raise NotImplementedError

    typer = {1: lambda a: a, 2: lambda a, b: a}[len(given)]
    type_callable(function)(lambda context: typer)
    lower_builtin(function, *given)(code)
    return numba.njit({1: lambda a: function(a), 2: lambda a, b: function(a, b)}[len(given)])


@contract("alloca_once_value", "for_range")
def of_loops_over_memory():
    def code(context, builder, signature, values):  # x + 0 + 1 + ... + (n - 1)
        place = internals.alloca_once_value(builder, values[0])
        with internals.for_range(builder, values[1]) as loop:
            builder.store(builder.add(builder.load(place), loop.index), place)
        return builder.load(place)

    assert in_kernel(code, types.int64, types.int64)(5, 4) == 5 + 6


@contract()
def of_create_struct_proxy():
    def code(context, builder, signature, values):
        (t,) = signature.args
        given = internals.create_struct_proxy(t)(context, builder, values[0])
        made = internals.create_struct_proxy(t)(context, builder)
        made.real, made.imag = given.imag, given.real
        return made._getvalue()

    assert in_kernel(code, types.complex128)(1 + 2j) == 2 + 1j


@contract("if_unlikely", "printf")
def of_an_access_out_of_bounds():
    def code(context, builder, signature, values):
        with internals.if_unlikely(builder, builder.icmp_signed("<", values[0], values[0].type(0))):
            internals.printf(builder, "%zd is negative\n", values[0])
            context.call_conv.return_user_exc(builder, IndexError, ("negative",))
        return values[0]

    function = in_kernel(code, types.int64)
    assert function(3) == 3
    with pytest.raises(IndexError, match="negative"):
        function(-3)


@contract()
def of_NumbaError():
    with pytest.raises(internals.NumbaError, match="unknown"):
        numba.njit(lambda x: x.unknown)(1)


@contract()
def of_TypingError():
    # Whatever else Numba has tried, what the rule says is in the message.

    def refused(x):
        raise NotImplementedError

    @type_callable(refused)
    def _(context):
        def typer(x):
            raise internals.TypingError("as many as before")

        return typer

    with pytest.raises(internals.NumbaError, match="as many as before"):
        numba.njit(lambda x: refused(x))(1)


def imports():
    import math

    return math.pi


@contract()
def of_UnsupportedBytecodeError():
    with pytest.raises(internals.UnsupportedBytecodeError, match="opcode"):
        numba.njit(imports)()


@contract()
def of_global_compiler_lock():
    compiling = threading.Thread(target=numba.njit(square), args=(1,))
    with internals.global_compiler_lock, internals.global_compiler_lock:
        compiling.start()
        compiling.join(0.5)
        assert compiling.is_alive()
    compiling.join(60)
    assert not compiling.is_alive()
    internals.global_compiler_lock.acquire()
    internals.global_compiler_lock.release()


@contract()
def of_option():
    assert internals.option("CACHE_DIR") == os.environ["NUMBA_CACHE_DIR"]
    assert internals.option("BOUNDSCHECK") in (None, 0, 1)
    assert isinstance(internals.option("CPU_FEATURES"), str | None)
    assert internals.option("FULL_TRACEBACKS") in (0, 1)


def test_an_option_that_numba_has_no_longer_is_what_the_environment_says(monkeypatch):
    assert internals.option("OF_OLD") is None
    monkeypatch.setenv("NUMBA_OF_OLD", "1")
    assert internals.option("OF_OLD") == "1"


@contract()
def of_options_of_code():
    with pytest.MonkeyPatch.context() as patch:
        known = dict(internals.options_of_code())
        assert len(known) == 5
        for name in known:
            before = internals.options_of_code()
            patch.setattr(numba.config, name, "other")
            assert internals.options_of_code() != before


@contract()
def of_compiled_alone():
    assert internals.compiled_alone(square, (types.float32,)) == types.float32

    class Unknown(types.Opaque):  # which Python has no values of
        pass

    register_model(Unknown)(models.OpaqueModel)
    assert internals.compiled_alone(lambda x: 1.0, (Unknown("unknown"),)) == types.float64


@contract()
def of_entry_point():
    compiled = numba.njit(square)
    assert compiled(1.5) == internals.entry_point(compiled, (types.float64,))(1.5) == 2.25
    assert internals.entry_point(square, (types.float64,)) is square


class Recorder:
    """A cache that keeps what a function was compiled to, taken apart."""

    cache_path = "nowhere"

    def __init__(self):
        self.content, self.keys, self.held = None, [], []

    def load_overload(self, signature, target):
        target.refresh()
        self.keys.append((signature, internals.processor(target.codegen())))
        if self.content:
            return internals.put_together(target, pickle.loads(self.content))

    def save_overload(self, signature, result):
        self.keys.append((signature, internals.processor(result.codegen)))
        self.held.append(internals.holds_addresses(result))
        self.content = internals.pickled(internals.taken_apart(result))

    def flush(self):
        self.content = None


def kept(function, cache, *args):
    compiled = numba.njit(function)
    internals.keep(compiled, cache)
    return compiled(*args), sum(compiled.stats.cache_hits.values())


@contract("keep", "taken_apart", "put_together", "CompileResult")
def of_what_is_kept():
    cache = Recorder()
    assert kept(square, cache, 1.5) == (2.25, 0) and len(cache.keys) == 2
    assert cache.keys[0] == cache.keys[1]
    assert kept(square, cache, 1.5) == (2.25, 1)
    cache.flush()
    assert kept(square, cache, 1.5) == (2.25, 0)


@contract()
def of_processor():
    cache = Recorder()
    kept(square, cache, 1)
    machine = cache.keys[0][1]
    assert machine[1] == llvmlite.binding.get_host_cpu_name() and "+" in machine[2]
    assert pickle.loads(pickle.dumps(machine)) == machine == eval(repr(machine))


@contract()
def of_holds_addresses():
    cache, double = Recorder(), ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(lambda x: 2 * x)
    kept(square, cache, 1)
    cache.flush()
    kept(lambda x: double(x), cache, 1.0)
    assert cache.held == [False, True]


@contract("dumps", "pickled")
def of_pickled():
    value = (types.float64(types.int64), operator.add, b"bytes", 1.5)
    assert pickle.loads(internals.pickled(value)) == value
    assert pickle.loads(internals.pickled(lambda x: x + 1))(1) == 2  # by value
    assert internals.pickled(value) == internals.pickled(value)


def with_step(step):
    """Return Numba's pipeline with one step more before the lowering."""

    class Compiler(internals.CompilerBase):
        def define_pipelines(self):
            manager = internals.DefaultPassBuilder.define_nopython_pipeline(self.state)
            lowering = [kind for kind, _ in manager.passes].index(internals.NativeLowering)
            manager.passes.insert(lowering, (step, "one step more"))
            return [manager]

    return Compiler


@contract("CompilerBase", "DefaultPassBuilder", "NativeLowering", "AnalysisPass", "register_pass")
def of_the_steps_of_compiling():
    seen = []

    @internals.register_pass(mutates_CFG=False, analysis_only=True)
    class Look(internals.AnalysisPass):
        _name = "fastbp_tests_look"

        def __init__(self):
            internals.AnalysisPass.__init__(self)

        def run_pass(self, state):
            assert state.library is None  # so that another may be set
            library = state.targetctx.codegen().create_library("library")
            assert type(library) is internals.JITCodeLibrary
            seen.append(state.func_id.func_qualname)
            return False

    assert numba.njit(pipeline_class=with_step(Look))(square)(3) == 9 and seen == ["square"]


@contract()
def of_JITCodeLibrary():
    """See that what `PartLibrary` replaces is called, and that what it calls is there."""
    called = []

    class Library(internals.JITCodeLibrary):
        def _optimize_functions(self, ll_module):
            called.append("_optimize_functions")
            ll_module.data_layout = self._codegen._data_layout

        def finalize(self):
            called.append("finalize")
            for library in self._linking_libraries:
                self._final_module.link_in(library._get_module_for_linking(), preserve=True)
            super().finalize()
            assert self._finalized

        def get_pointer_to_function(self, name):
            called.append("get_pointer_to_function")
            self._ensure_finalized()
            return super().get_pointer_to_function(name)

    @internals.register_pass(mutates_CFG=False, analysis_only=True)
    class Collect(internals.AnalysisPass):
        _name = "fastbp_tests_collect"

        def __init__(self):
            internals.AnalysisPass.__init__(self)

        def run_pass(self, state):
            state.library = Library(state.targetctx.codegen(), state.func_id.func_qualname)
            state.library.enable_object_caching()
            return False

    assert numba.njit(pipeline_class=with_step(Collect))(square)(3) == 9
    assert set(called) == {"_optimize_functions", "finalize", "get_pointer_to_function"}


@contract("numba_threads")
def of_threads():
    """Ask Numba how many threads there may be; none is started for it."""
    code = """if True:
        import numba
        from numba.np.ufunc import parallel
        from fastbp.compiling.numba_internals import numba_threads
        assert numba_threads() == 3 and not parallel._is_initialized
        numba.set_num_threads(2)
        assert numba_threads() == 2
    """
    environment = {**os.environ, "NUMBA_NUM_THREADS": "3"}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=120)


@contract()
def of_learn_types():
    """Types are known before the first call, those of other packages, too."""
    code = """if True:
        import numba
        from fastbp.compiling.numba_internals import learn_types
        from numba.core.typing.typeof import typeof_impl
        learn_types()
        known = set(typeof_impl.registry)
        assert numba.njit(lambda x: x)(1) == 1
        assert set(typeof_impl.registry) == known
    """
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


@pytest.mark.parametrize("name", internals.__all__)
def test_contract(name):
    assert hasattr(internals, name)
    CONTRACTS[name]()


def test_all_that_is_not_public_has_a_contract():
    own = {name for name in vars(internals) if not name.startswith("_")}
    public = {"Any", "Callable", "REMEDY", "TESTED", "llvmlite", "numba", "os", "threading"}
    assert own - public - {"untested"} == set(internals.__all__) == CONTRACTS.keys()
