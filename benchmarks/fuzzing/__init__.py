"""Kinds of attacks on what is read from outside, in one table.

To add a kind: a generator function of a folder, which makes what all tries share, then
receives a `random.Random` for each try, and yields RIGHT or ERROR. Whatever it raises
is what should not be. And its line in `KINDS`.
"""

from .archives import archives
from .caches import caches
from .fasttext import fasttext
from .harness import Kind
from .models import models
from .processes import kills, processes
from .vectors import bombs, npz, vectors

KINDS = {
    attack.__name__: Kind(attack)
    for attack in (
        vectors,
        npz,
        fasttext,
        bombs,
        caches,
        archives,
        models,
        kills,
        processes,
    )
}
