"""Measured series: a table of numbers over time, and what is to be foretold from it."""

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ranvier.core import Batch, nearest
from ranvier.data._fetch import find


@dataclass(frozen=True)
class Series:
    """Numbers measured at equal distances of time.

    Attributes:
        name: what errors and reports call it.
        columns: what was measured, with its unit where the file states one.
        values: float64 `[T, columns]`.

    Raises:
        ValueError: values that are not finite, or not one column per name.

    Example:
        >>> series = Series("tiny", ("a", "b"), np.arange(12.0).reshape(6, 2))
        >>> len(series), series[2:4].values.tolist()
        (6, [[4.0, 5.0], [6.0, 7.0]])
    """

    name: str
    columns: tuple[str, ...]
    values: np.ndarray

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.shape[1] != len(self.columns):
            raise ValueError(
                f"{self.name}: values have shape {list(self.values.shape)}; expected [T, "
                f"{len(self.columns)}], a column each for {', '.join(self.columns)}."
            )
        bad = np.argwhere(~np.isfinite(self.values))
        if len(bad):
            row, column = bad[0]
            raise ValueError(
                f"{self.name}: row {row + 1} has {self.values[row, column]} for "
                f"{self.columns[column]!r}; expected a finite number. Cut the series or fill it."
            )

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, part: slice) -> "Series":
        """Some of the times: `series[:1000]`, or every sixth by `series[::6]`."""
        return Series(self.name, self.columns, self.values[part])

    def column(self, name: str) -> int:
        """The number of a column.

        Raises:
            ValueError: no such column.
        """
        if name not in self.columns:
            raise ValueError(f"{self.name} has no column {name!r}. {nearest(name, self.columns)}")
        return self.columns.index(name)


def read_series(path: str | os.PathLike[str]) -> Series:
    """Read a comma-separated table whose first column is a date and all others are numbers.

    Args:
        path: text with one line of names.

    Raises:
        FileNotFoundError: no such file.
        ValueError: no numbers, a line of another length, or something that is no number.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "weather.csv"
        >>> _ = path.write_text("date,T (degC)\\n2016-01-01 00:00,3.5\\n2016-01-01 01:00,3.1\\n")
        >>> read_series(path).values.tolist()
        [[3.5], [3.1]]
    """
    path = Path(path)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    if len(rows) < 2 or len(rows[0]) < 2:
        raise ValueError(
            f"{path} holds {max(len(rows) - 1, 0)} rows under {len(rows[0]) if rows else 0} names; "
            "expected a line of names, a date first, and rows of numbers."
        )
    names, values = rows[0], []
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(names):
            raise ValueError(
                f"{path}: line {number} has {len(row)} entries; expected {len(names)}, as the "
                "first line. The file may be cut off."
            )
        try:
            values.append([float(entry) for entry in row[1:]])
        except ValueError as error:
            raise ValueError(f"{path}: line {number}: {error}; expected numbers.") from error
    return Series(path.stem, tuple(names[1:]), np.array(values))


def transformer_temperature(root: str | os.PathLike[str] | None = None) -> Series:
    """Two years of an electricity transformer, by the hour: six loads and the oil temperature.

    17,420 hours from July 2016; the columns are HUFL, HULL, MUFL, MULL, LUFL, LULL (loads) and
    OT (oil temperature, degrees Celsius).

    Args:
        root: a data folder that holds `ett/ETTh1.csv`; without it, $RANVIER_DATA, the cache and
            the source are tried in this order.

    Raises:
        ValueError: a file that is not the published one.
        ConnectionError: it is neither here nor to be fetched.

    Source: Zhou et al., "Informer", AAAI 2021.

    Example:
        >>> len(transformer_temperature())  # doctest: +SKIP
        17420
    """
    return read_series(
        find(
            "ett/ETTh1.csv",
            "https://raw.githubusercontent.com/zhouhaoyi/ETDataset/main/ETT-small/ETTh1.csv",
            "8381763947c85f4be6ac456c508460d6",
            root=root,
        )
    )


@dataclass(frozen=True)
class Forecast:
    """Windows of a series, and by how much one of its columns will have changed later.

    Inputs are standardised by the mean and the deviation of `scale`, changes divided by the
    deviation, so that nothing is known of the part that is judged. To foretell the change, not the
    value, is as hard, and does not break where a later year is colder.

    Args:
        series: what windows are cut from.
        scale: the training part.
        target: the column that is foretold.
        ahead: by how many steps.
        steps: of a window.
        settle: its first steps, whose mean is taken off its inputs; they are not judged. A level
            that drifts over months is nothing that a network could learn.

    Raises:
        ValueError: an unknown column, counts below one, no step that is judged, or a series
            shorter than a window and what comes after it.

    Example:
        >>> series = Series("tiny", ("a",), np.arange(40.0)[:, None])
        >>> forecast = Forecast(series, series[:20], "a", ahead=3, steps=5)
        >>> batch = forecast.draw(np.random.default_rng(0), 2)
        >>> batch.x.shape, batch.target.shape
        ((5, 2, 1), (5, 2, 1))
        >>> round(forecast.as_now(), 6)
        3.0
    """

    series: Series
    scale: Series
    target: str
    ahead: int = 24
    steps: int = 120
    settle: int = 0

    def __post_init__(self) -> None:
        self.series.column(self.target)
        for what, number in (("ahead", self.ahead), ("steps", self.steps)):
            if number < 1:
                raise ValueError(f"Forecast: {what} is {number}, expected at least 1.")
        if not 0 <= self.settle < self.steps:
            raise ValueError(
                f"Forecast: settle is {self.settle}, expected 0 to {self.steps - 1}; windows have "
                f"{self.steps} steps, and one has to be judged."
            )
        if len(self.series) < self.steps + self.ahead:
            raise ValueError(
                f"{self.series.name}: {len(self.series)} steps; expected at least "
                f"{self.steps + self.ahead}, a window and what comes after it."
            )

    @property
    def deviation(self) -> float:
        """Of the target in the training part: the unit of what a network foretells."""
        return float(self.scale.values[:, self.series.column(self.target)].std())

    def draw(self, random: np.random.Generator, examples: int) -> Batch:
        """Windows at random places.

        Args:
            random: draws the places.
            examples: how many.

        Returns:
            Input `[T, B, columns]`, target `[T, B, 1]`, and a mask that is 0 while it settles.
        """
        last = len(self.series) - self.steps - self.ahead
        places = random.integers(0, last + 1, examples) + np.arange(self.steps)[:, None]
        mean, deviation = self.scale.values.mean(0), self.scale.values.std(0)
        standard = ((self.series.values - mean) / np.where(deviation > 0, deviation, 1)).astype(
            np.float32
        )
        target = standard[:, self.series.column(self.target)]
        x, mask = standard[places], np.ones(places.shape, np.float32)
        if self.settle:
            x = x - x[: self.settle].mean(0)
            mask[: self.settle] = 0.0
        return Batch(x, (target[places + self.ahead] - target[places])[..., None], mask)

    def as_now(self) -> float:
        """Mean absolute error of foretelling no change, in the unit of the target."""
        values = self.series.values[:, self.series.column(self.target)]
        return float(np.abs(values[self.ahead :] - values[: -self.ahead]).mean())
