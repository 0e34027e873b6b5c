"""Published scores on the Boulanger-Lewandowski split of the JSB chorales, nats per time step."""

from typing import NamedTuple


class Published(NamedTuple):
    """A published score and where it stands."""

    value: float
    source: str


_SNU_PAPER = (
    "Woźniak, Pantazi, Bohnstingl, Eleftheriou, Nat. Mach. Intell. 2 (2020), music figure "
    "(read off the bar chart)"
)

PUBLISHED = {
    "snu": Published(8.72, _SNU_PAPER),
    "ssnu": Published(8.39, _SNU_PAPER),
    "gru": Published(8.54, _SNU_PAPER),
    "lstm": Published(8.67, _SNU_PAPER),
    "rnn": Published(9.10, _SNU_PAPER),
}

TUTORIAL = Published(
    8.5985,
    "stored checkpoint of the OSTL tutorial of Bohnstingl et al., best test score in 100 epochs",
)
