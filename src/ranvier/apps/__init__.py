"""Floor 5: experiments that reproduce published results by name. No reusable parts live here."""

from ranvier.apps._catalogue import catalogue as catalogue
from ranvier.apps._catalogue import pictures as pictures
from ranvier.apps._catalogue import reports as reports
from ranvier.apps._resumable import kept_settings as kept_settings
