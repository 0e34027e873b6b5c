"""Functions of matrices that Numba compiles and XLA calls on the CPU, on all of its threads."""

import ctypes
import threading
from collections.abc import Callable
from typing import Any

import jax
import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

# XLA hands over a call frame, a C structure, and in it a table of functions. These are places in
# them, in words of 8 bytes, as of version 0.3 of its interface (xla/ffi/api/c_api.h in jaxlib).
_VERSION = (0, 3)
_EXTENSION, _FUNCTIONS, _CONTEXT, _STAGE, _ARGUMENTS, _RESULTS = 1, 2, 3, 4, 9, 14
_DATA, _LENGTHS = 3, 5
_DESTROY_ERROR, _SCHEDULE, _COUNT_THREADS = 8, 17, 18
_METADATA, _EXECUTE = 1, 3
# With fewer numbers than that in the first matrix, one thread does all of the work.
_LEAST = 1 << 16
# A desk is where threads find their work: who holds it, pieces in all, left, done, and matrices.
_HELD, _PIECES, _LEFT, _DONE, _MATRICES, _DESK = 0, 1, 2, 3, 4, 16


carray: Any = numba.carray  # pyright: ignore[reportPrivateImportUsage]


def _to_pointer(typing: Any, address: Any, kind: Any) -> Any:
    """An address as a pointer to numbers of a kind."""
    pointer = types.CPointer(kind.dtype)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(pointer))

    return pointer(types.intp, kind), generate


_pointer: Any = intrinsic(_to_pointer)


def _atomic(change: Callable[[Any, Any, Any], Any]) -> Any:
    """`(address, value) -> what stood there`, in one step that no other thread comes between."""

    @intrinsic
    def done(typing: Any, address: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            place = builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())
            return change(builder, place, arguments[1])

        return types.intp(types.intp, types.intp), generate

    return done


_add = _atomic(lambda builder, place, value: builder.atomic_rmw("add", place, value, "seq_cst"))
_put = _atomic(lambda builder, place, value: builder.atomic_rmw("xchg", place, value, "seq_cst"))


def _to_call(typing: Any, function: Any, argument: Any) -> Any:
    """Call a C function at an address with one address."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        word = ir.IntType(64)
        kind = ir.FunctionType(word, [word]).as_pointer()
        return builder.call(builder.inttoptr(arguments[0], kind), [arguments[1]])

    return types.intp(types.intp, types.intp), generate


_call: Any = intrinsic(_to_call)


@numba.njit
def _words(address: Any, count: Any) -> Any:
    return carray(_pointer(address, numba.int64), count)


@numba.njit
def _describe(extension: Any) -> None:
    """Tell XLA the version of the interface, should it ask."""
    if carray(_pointer(extension, numba.int32), 3)[2] != _METADATA:
        return
    version = carray(_pointer(_words(extension, 4)[3], numba.int32), 8)
    version[6], version[7] = _VERSION


@numba.njit
def _asked(functions: Any, which: Any, arguments: Any) -> bool:
    """Ask XLA for something; whether it did it."""
    arguments[0] = arguments.size * 8
    error = _call(functions[which], arguments.ctypes.data)
    if error == 0:
        return True
    destroyed = np.zeros(3, np.int64)
    destroyed[0], destroyed[2] = 24, error
    _call(functions[_DESTROY_ERROR], destroyed.ctypes.data)
    return False


@numba.njit
def _threads(frame: Any) -> int:
    """How many threads XLA has; one where it cannot say."""
    version = carray(_pointer(frame[_FUNCTIONS], numba.int32), 10)
    if version[8] != _VERSION[0] or version[9] != _VERSION[1]:
        return 1
    found, arguments = np.ones(1, np.int64), np.zeros(4, np.int64)
    arguments[2], arguments[3] = frame[_CONTEXT], found.ctypes.data
    _asked(_words(frame[_FUNCTIONS], 19), _COUNT_THREADS, arguments)
    return found[0]


@numba.njit
def _invite(frame: Any, count: int, task: Any, desk: Any) -> None:
    """Ask so many other threads of XLA to come to the desk."""
    for _ in range(count):
        arguments = np.zeros(5, np.int64)
        arguments[2], arguments[3], arguments[4] = frame[_CONTEXT], task, desk
        if not _asked(_words(frame[_FUNCTIONS], 19), _SCHEDULE, arguments):
            return


def _compiled(body: Any, kind: Any, pieces_per_thread: int) -> tuple[Any, Any, Any]:
    """What XLA calls, what its other threads do, and the desk between them."""
    memory = np.zeros(_DESK, np.int64)
    desk = memory.__array_interface__["data"][0]

    @numba.njit
    def matrix(at: Any, kind: Any) -> Any:
        place = _words(at, 3)
        return carray(_pointer(place[0], kind), (place[1], place[2]))

    @numba.njit
    def matrices(at: Any) -> Any:
        return (
            matrix(at, kind),
            matrix(at + 24, kind),
            matrix(at + 48, numba.int32),
            matrix(at + 72, kind),
        )

    @numba.njit
    def work(at: Any) -> None:
        # Pieces are counted down: a thread that comes late finds none, whoever holds the desk.
        piece = _add(at + 8 * _LEFT, -1) - 1
        while piece >= 0:
            one, two, plan, result = matrices(at + 8 * _MATRICES)
            rows, pieces = result.shape[0], _words(at, _DESK)[_PIECES]
            body(one, two, plan, result, rows * piece // pieces, rows * (piece + 1) // pieces)
            _add(at + 8 * _DONE, 1)
            piece = _add(at + 8 * _LEFT, -1) - 1

    @numba.cfunc(types.void(types.intp))
    def task(at: Any) -> None:
        work(at)

    helper = int(task.address or 0)

    @numba.njit
    def put(at: Any, buffer: Any) -> None:
        given, place = _words(buffer, 6), _words(at, 3)
        lengths = _words(given[_LENGTHS], 2)
        place[0], place[1], place[2] = given[_DATA], lengths[0], lengths[1]

    @numba.njit
    def execute(frame: Any) -> None:
        arguments, results = _words(frame[_ARGUMENTS], 3), _words(frame[_RESULTS], 1)
        own = np.zeros(12, np.int64)
        at = own.ctypes.data
        for i in range(3):
            put(at + 24 * i, arguments[i])
        put(at + 72, results[0])
        one, two, plan, result = matrices(at)
        threads = _threads(frame) if one.size >= _LEAST else 1
        if threads == 1 or _put(desk + 8 * _HELD, 1) != 0:
            body(one, two, plan, result, 0, result.shape[0])
            return
        shared, pieces = _words(desk, _DESK), threads * pieces_per_thread
        shared[_PIECES] = pieces
        shared[_MATRICES:] = own
        _put(desk + 8 * _DONE, 0)
        _put(desk + 8 * _LEFT, pieces)
        _invite(frame, threads - 1, helper, desk)
        work(desk)
        while _add(desk + 8 * _DONE, 0) < pieces:
            pass
        _put(desk + 8 * _HELD, 0)

    @numba.cfunc(types.intp(types.intp))
    def handler(address: Any) -> int:
        frame = _words(address, 15)
        if frame[_EXTENSION] != 0:
            _describe(frame[_EXTENSION])
        elif frame[_STAGE] & 0xFFFFFFFF == _EXECUTE:
            execute(frame)
        return 0

    return handler, task, memory


_kept: dict[str, Any] = {}
_one_at_a_time = threading.Lock()


def target(name: str, body: Any, dtype: Any, *, pieces_per_thread: int) -> str:
    """The name under which XLA knows a function; compiled and registered when first asked for.

    Args:
        name: of the function.
        body: compiled by Numba, `(one, two, plan, result, begin, end)`: fills rows `begin` to
            `end` of the result, a matrix like the first two; the plan is a matrix of whole
            numbers of 32 bits. Rows are shared out over XLA's threads.
        dtype: of all but the plan, single or double precision.
        pieces_per_thread: into how many pieces the rows are cut; many are shared out more evenly,
            few make each piece go through the second matrix once.
    """
    kind = np.dtype(dtype).name
    known = f"ranvier_{name}_{kind}"
    with _one_at_a_time:
        if known not in _kept:
            made = _compiled(body, getattr(numba, kind), pieces_per_thread)
            capsule = ctypes.pythonapi.PyCapsule_New
            capsule.restype = ctypes.py_object
            capsule.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
            pointer = capsule(made[0].address, None, None)
            jax.ffi.register_ffi_target(known, pointer, platform="cpu")
            _kept[known] = made
    return known
