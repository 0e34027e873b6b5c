"""Trains a small network on all devices of all processes; a test runs it as a script.

Arguments: the coordinator's port (0: no other process), number of processes, this one's number,
and the folder for the checkpoint. Prints the training losses and a parameter sum as JSON.
"""

import json
import sys

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax


def main(port: int, processes: int, number: int, folder: str) -> None:
    if processes > 1:
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
        jax.distributed.initialize(f"127.0.0.1:{port}", processes, number)

    import ranvier as rv
    from ranvier.core import Batch
    from ranvier.learn import data_parallel, losses

    draw = np.random.default_rng(0)
    batch = Batch(
        draw.binomial(1, 0.3, (20, 6, 5)).astype(np.float32),
        draw.binomial(1, 0.3, (20, 6, 4)).astype(np.float32),
        draw.binomial(1, 0.8, (20, 6)).astype(np.float32),
    )
    model = rv.chain(5, rv.recurrent(rv.SNU(7)), rv.Readout(4), key=jr.key(0))
    batches = data_parallel(lambda epoch: [batch, batch])
    model, history = rv.fit(
        model,
        batches,
        rv.bptt(losses.bernoulli),
        optax.adam(1e-2),
        epochs=3,
        checkpoint=f"{folder}/training.safetensors",
    )
    total = sum(
        float(jnp.abs(leaf).sum()) for leaf in jax.tree.leaves(model) if hasattr(leaf, "ndim")
    )
    found = {
        "devices": jax.device_count(),
        "examples": next(iter(batches(0))).x.shape[1],
        "train": history.train,
        "parameters": total,
    }
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]), sys.argv[4])
