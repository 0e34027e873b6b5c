"""Published ways to train on devices, ready to be put last in an `optax.chain`."""

import optax
from jaxtyping import PRNGKeyArray

from ranvier.hardware.devices import Device, PulsedDevice
from ranvier.hardware.updates._capacitor import CapacitorPair, Polarity, inverted
from ranvier.hardware.updates._cell import SingleDevice
from ranvier.hardware.updates._drive import Accumulated, Drive, StochasticTrain
from ranvier.hardware.updates._on_devices import Limit, on_devices
from ranvier.hardware.updates._pair import OneSidedPair
from ranvier.hardware.updates._transfer import TransferCell
from ranvier.hardware.updates._weak_reset import WeakResetPair


def mixed_precision(
    device: PulsedDevice,
    *,
    limit: Limit,
    key: PRNGKeyArray,
    expected_step: float | None = None,
    clipped_at_most: float = 0.05,
) -> optax.GradientTransformation:
    """Updates add up in the digital part until they are worth a pulse.

    Args:
        device: that holds a weight and is pulsed both ways.
        limit: as of `on_devices`.
        key: draws devices and noise.
        expected_step: of a pulse; that of the device if not given.
        clipped_at_most: as of `on_devices`.

    Raises:
        ValueError: as `on_devices`.

    Source: Nandakumar et al., ISCAS 2018, and Front. Neurosci. 14 (2020).

    Example:
        >>> import jax, optax
        >>> from ranvier.hardware import devices, updates
        >>> held = updates.mixed_precision(devices.ecram(), limit=1.0, key=jax.random.key(0))
        >>> optimiser = optax.chain(optax.adam(1e-3), optax.masked(held, updates.matrices))
    """
    cell = SingleDevice(device, expected_step=expected_step)
    return on_devices(cell, Accumulated(), limit=limit, key=key, clipped_at_most=clipped_at_most)


def pulse_trains(
    device: PulsedDevice,
    *,
    limit: Limit,
    key: PRNGKeyArray,
    length: int = 10,
    clipped_at_most: float = 0.05,
) -> optax.GradientTransformation:
    """Plain analogue descent: updates become pulses at random, with the right mean, at once.

    Args:
        device: that holds a weight and is pulsed both ways.
        limit: as of `on_devices`.
        key: draws devices, noise and pulses.
        length: slots of a train, and so pulses of an update at most.
        clipped_at_most: as of `on_devices`.

    Raises:
        ValueError: as `on_devices`.

    Source: Gokmen, Vlasov, Front. Neurosci. 10 (2016).

    Example:
        >>> import jax
        >>> from ranvier.hardware import devices, updates
        >>> held = updates.pulse_trains(devices.gokmen_vlasov(), limit=1.0, key=jax.random.key(0))
    """
    drive = StochasticTrain(length)
    return on_devices(
        SingleDevice(device), drive, limit=limit, key=key, clipped_at_most=clipped_at_most
    )


def tiki_taka(
    fast: PulsedDevice,
    slow: PulsedDevice | None = None,
    *,
    limit: Limit,
    key: PRNGKeyArray,
    every: int = 1,
    rate: float = 1.0,
    mix: float = 0.0,
    length: int = 10,
    clipped_at_most: float = 0.05,
) -> optax.GradientTransformation:
    """Descent on an array that forgets, taken over column by column by one that does not.

    Args:
        fast: device of the array that the gradient pulses.
        slow: device of the array that holds the weights; the same if not given.
        limit: as of `on_devices`.
        key: draws devices, noise and pulses.
        every: updates from one transfer of a column to the next.
        rate: how much of a column goes over.
        mix: part of the first array in the weight.
        length: slots of a train, of an update and of a transfer.
        clipped_at_most: as of `on_devices`.

    Raises:
        ValueError: as `TransferCell` and `on_devices`.

    Source: Gokmen, Haensch, Front. Neurosci. 14 (2020).

    Example:
        >>> import jax
        >>> from ranvier.hardware import devices, updates
        >>> held = updates.tiki_taka(devices.hfo2_array(), limit=1.0, key=jax.random.key(0))
    """
    drive = StochasticTrain(length)
    cell = TransferCell(fast, slow, every=every, rate=rate, mix=mix, drive=drive)
    return on_devices(cell, drive, limit=limit, key=key, clipped_at_most=clipped_at_most)


def one_sided_pairs(
    device: PulsedDevice,
    *,
    limit: Limit,
    key: PRNGKeyArray,
    drive: Drive | None = None,
    expected_step: float | None = None,
    refresh_at: float = 0.9,
    clipped_at_most: float = 0.05,
) -> optax.GradientTransformation:
    """Pairs of devices that are only raised, and refreshed before one of them is full.

    Args:
        device: that pulses raise, from nothing.
        limit: as of `on_devices`.
        key: draws devices, noise and pulses.
        drive: from an update to pulses; `Accumulated()` if not given.
        expected_step: of a pulse; that of the device if not given.
        refresh_at: share of the range beyond which a pair is refreshed.
        clipped_at_most: as of `on_devices`.

    Raises:
        ValueError: as `OneSidedPair` and `on_devices`.

    Source: Nandakumar et al., Front. Neurosci. 14 (2020); Bichler et al., IEEE Trans. Electron
    Devices 59 (2012).

    Example:
        >>> import jax
        >>> from ranvier.hardware import devices, updates
        >>> held = updates.one_sided_pairs(
        ...     devices.pcm_one_sided(), limit=1.0, key=jax.random.key(0), expected_step=0.03)
    """
    cell = OneSidedPair(device, expected_step=expected_step, refresh_at=refresh_at)
    given = Accumulated() if drive is None else drive
    return on_devices(cell, given, limit=limit, key=key, clipped_at_most=clipped_at_most)


def capacitor_pairs(
    capacitor: PulsedDevice,
    pair: Device,
    *,
    limit: Limit,
    key: PRNGKeyArray,
    factor: float = 3.0,
    every: int = 8000,
    polarity: Polarity = inverted,
    drive: Drive | None = None,
    clipped_at_most: float = 0.05,
) -> optax.GradientTransformation:
    """Capacitors that learn, transferred now and then to pairs of memories that keep.

    Args:
        capacitor: the device that every update pulses.
        pair: the memory of which two hold what was learned.
        limit: as of `on_devices`; a full capacitor is this weight, a full pair `factor` of it.
        key: draws devices, noise and pulses.
        factor: significance of the pair.
        every: updates from one transfer to the next.
        polarity: `inverted` or `fixed`.
        drive: from an update to pulses; `Accumulated()` if not given.
        clipped_at_most: as of `on_devices`.

    Raises:
        ValueError: as `CapacitorPair` and `on_devices`.

    Source: Ambrogio et al., Nature 558 (2018).

    Example:
        >>> import jax
        >>> from ranvier.hardware import devices, updates
        >>> held = updates.capacitor_pairs(
        ...     devices.capacitor(), devices.pcm(), limit=1.0, every=100, key=jax.random.key(0))
    """
    cell = CapacitorPair(capacitor, pair, factor=factor, every=every, polarity=polarity)
    given = Accumulated() if drive is None else drive
    return on_devices(cell, given, limit=limit, key=key, clipped_at_most=clipped_at_most)


def weak_reset_pairs(
    device: PulsedDevice,
    *,
    limit: Limit,
    key: PRNGKeyArray,
    drive: Drive | None = None,
    expected_step: float | None = None,
    clipped_at_most: float = 0.05,
) -> optax.GradientTransformation:
    """Hidden weights of signs in pairs of filaments that are only ever weakened.

    Args:
        device: a filament, formed at its high bound.
        limit: as of `on_devices`; the weight of one filament formed, the other gone.
        key: draws devices, noise and pulses.
        drive: from an update to pulses; `StochasticTrain(1)` if not given, which needs no memory:
            at most one pulse per update.
        expected_step: as of `WeakResetPair`.
        clipped_at_most: as of `on_devices`.

    Raises:
        ValueError: as `WeakResetPair` and `on_devices`.

    Source: Hirtzlin et al., IEDM 2019.

    Example:
        >>> import jax
        >>> from ranvier.hardware import devices, updates
        >>> held = updates.weak_reset_pairs(
        ...     devices.PulsedDevice(devices.SoftBounds(), step=0.02), limit=1.0,
        ...     key=jax.random.key(0))
    """
    cell = WeakResetPair(device, expected_step=expected_step)
    given = StochasticTrain(1) if drive is None else drive
    return on_devices(cell, given, limit=limit, key=key, clipped_at_most=clipped_at_most)
