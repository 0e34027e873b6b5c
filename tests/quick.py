"""Compilation for tests that run a program once: little effort, the same arithmetic."""

import functools

import equinox as eqx

NO_EFFORT = {
    "xla_backend_optimization_level": 0,
    "xla_llvm_disable_expensive_passes": True,
}
quick_jit = functools.partial(eqx.filter_jit, compiler_options=NO_EFFORT)
