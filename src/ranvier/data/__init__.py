"""Floor 1: readers, data sets and splits. NumPy comes out; nothing here knows of spikes."""

from ranvier.data._bach import bach_chorales as bach_chorales
from ranvier.data._catalogue import catalogue as catalogue
from ranvier.data._fetch import find as find
from ranvier.data._generated import cue_accumulation as cue_accumulation
from ranvier.data._generated import pattern_generation as pattern_generation
from ranvier.data._generated import temporal_xor as temporal_xor
from ranvier.data._idx import read_idx as read_idx
from ranvier.data._images import Images as Images
from ranvier.data._images import fashion_mnist as fashion_mnist
from ranvier.data._images import mnist as mnist
from ranvier.data._musicxml import read_musicxml as read_musicxml
from ranvier.data._optical_digits import optical_digits as optical_digits
from ranvier.data._pianoroll import jsb_chorales as jsb_chorales
from ranvier.data._pianoroll import nottingham as nottingham
from ranvier.data._pianoroll import piano_midi as piano_midi
from ranvier.data._pianoroll import read_pianoroll as read_pianoroll
from ranvier.data._reckon import read_reckon as read_reckon
from ranvier.data._sequences import Sequences as Sequences
from ranvier.data._sequences import Split as Split
from ranvier.data._text import Corpus as Corpus
from ranvier.data._text import penn_treebank as penn_treebank
from ranvier.data._text import read_words as read_words
from ranvier.data._text import text_folder as text_folder
from ranvier.data._text import wikitext2 as wikitext2
