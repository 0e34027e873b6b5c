"""Training and judging one network of the language experiment."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
import numpy as np

from ranvier.apps._optimisers import optimiser
from ranvier.apps.language._models import network
from ranvier.apps.language._settings import Settings, name_of
from ranvier.core import Batch, Cell
from ranvier.data import Corpus
from ranvier.learn import CarriedBPTT, Epoch, fit, losses
from ranvier.nets import parameter_count, run

# Words judged in one piece; the state goes on from piece to piece.
_AT_ONCE = 512
_END = "<eos>"


@eqx.filter_jit
def _piece(model: Cell, state: Any, x: Any, target: Any) -> tuple[Any, Any]:
    state, scores = run(model, x, state=state)
    return state, losses.categorical_index(scores, target)


@eqx.filter_jit
def _next(model: Cell, state: Any, word: Any) -> tuple[Any, Any]:
    return model(state, word)


class Trainer:
    """What all trainings of one experiment share: text, rule and optimiser.

    Args:
        settings: of the experiment.
        corpus: the text.

    Raises:
        ValueError: fewer words to learn from than a batch has.
    """

    def __init__(self, settings: Settings, corpus: Corpus) -> None:
        self.settings, self.corpus = settings, corpus
        self.updates = (len(corpus.train) - 1) // (settings.steps * settings.batch_size)
        if self.updates < 1:
            raise ValueError(
                f"{corpus.name}: the training text has {len(corpus.train)} words; expected more "
                f"than one batch has, steps {settings.steps} times batch_size "
                f"{settings.batch_size}."
            )
        self.start = corpus.vocabulary.index(_END) if _END in corpus.vocabulary else 0
        self.rule = CarriedBPTT(losses.categorical_index)
        self.optimiser = optimiser(
            settings.optimiser,
            settings.learning_rate,
            updates=self.updates * settings.epochs,
            schedule=settings.schedule,
            clip=settings.clip,
            weight_decay=settings.weight_decay,
        )

    def batches(self, seed: int, epoch: int) -> Iterator[Batch]:
        """The text read by as many readers as a batch has, each from a place of its own on.

        Where the first one begins is drawn anew for every epoch, and those who come to the end
        go on at the beginning.
        """
        settings, text = self.settings, self.corpus.train
        words = self.updates * settings.steps
        first = np.random.default_rng([seed, epoch]).integers(len(text))
        begins = first + words * np.arange(settings.batch_size)
        for begin in range(0, words, settings.steps):
            within = begin + np.arange(settings.steps)[:, None]
            places = begins[None] + within
            x, target = (text[(places + later) % len(text)] for later in (0, 1))
            yield Batch(x[..., None], target, np.ones(places.shape, np.float32))

    def loss(self, model: Cell, text: np.ndarray) -> float:
        """Nats per word over a whole text, read in one go; every word of it is foretold once."""
        before = np.concatenate([[self.start], text[:-1]]).astype(np.int32)
        # Filled up to whole pieces; what stands behind the end is not counted.
        pieces = -(-len(text) // _AT_ONCE)
        x, target = (np.resize(array, pieces * _AT_ONCE) for array in (before, text))
        state, found = model.init((1,)), []
        for begin in range(0, len(x), _AT_ONCE):
            part = slice(begin, begin + _AT_ONCE)
            state, nats = _piece(
                model, state, jnp.asarray(x[part, None, None]), jnp.asarray(target[part, None])
            )
            found.append(np.asarray(nats[:, 0], np.float64))
        return float(np.concatenate(found)[: len(text)].mean())

    def sample(self, model: Cell, words: int, seed: int) -> str:
        """Words that the network goes on with from the end of a line, drawn by its own scores."""
        random, state, word, said = np.random.default_rng(seed), model.init((1,)), self.start, []
        for _ in range(words):
            state, scores = _next(model, state, jnp.full((1, 1), word))
            # The largest of scores with Gumbel noise is a draw from their softmax.
            word = int(np.argmax(np.asarray(scores[0]) + random.gumbel(size=scores.shape[-1])))
            said.append(self.corpus.vocabulary[word])
        return " ".join(said).replace(f" {_END}", ".")

    def train(
        self,
        neuron: str,
        seed: int,
        folder: Path,
        on_epoch: Callable[[Epoch], None] | None = None,
    ) -> tuple[Cell, dict[str, Any]]:
        """Train one network, or go on with it, and judge the epoch that validates best.

        Args:
            neuron: the hidden unit.
            seed: draws weights, dropout and the order of the sequences.
            folder: of the run.
            on_epoch: called after every epoch.

        Returns:
            The model of that epoch, and what goes into the result.
        """
        settings, name = self.settings, name_of(neuron, seed)
        model, history = fit(
            network(neuron, settings, len(self.corpus.vocabulary), seed),
            lambda epoch: self.batches(seed, epoch),
            self.rule,
            self.optimiser,
            key=jr.key(seed) if settings.dropout else None,
            epochs=settings.epochs,
            validate=lambda model: self.loss(model, self.corpus.valid),
            patience=settings.patience or None,
            checkpoint=folder / "training" / f"{name}.safetensors",
            settings={"name": name},
            on_epoch=on_epoch,
        )
        return model, {
            "neuron": neuron,
            "seed": seed,
            "parameters": parameter_count(model),
            "best_epoch": history.best_epoch,
            "epochs": len(history.train),
            "valid_perplexity": math.exp(history.valid[history.best_epoch - 1]),
            "test_perplexity": math.exp(self.loss(model, self.corpus.test)),
            "curves": {
                "train": [math.exp(value) for value in history.train],
                "valid": [math.exp(value) for value in history.valid],
            },
            "sample": self.sample(model, 60, seed),
        }
