"""A look inside a run that stands at a checkpoint, with the gradients that no checkpoint holds."""

import dataclasses

from cifar_core.introspect.inside import Inside, look_inside
from cifar_core.introspect.norms import layer_norms

MOST_PICTURES = 128  # of the batch: a large net takes seconds for more


def look_back(trainer, **how) -> tuple[Inside, int]:
    """(inside, pictures): `look_inside` of a trainer that was put at a checkpoint.

    Its gradients are those of the next step, taken on a copy over the first `pictures` of that
    step's training pictures, on top of all before where the run never clears them; a run that is
    over is asked as if it went on. Updates are of the last
    step, and None where they cannot be told from the momentum alone. how: as for `look_inside`.
    """
    inside = look_inside(trainer, **how)
    other = trainer.twin()
    epoch, done = divmod(trainer.step, len(trainer.loader))
    images, labels = next(other.loader.epoch(epoch, done))
    images, labels = images[:MOST_PICTURES], labels[:MOST_PICTURES]
    other.train_step(images, labels, other.config.lr)  # leaves the gradients
    norms = tuple(
        dataclasses.replace(norm, gradient=with_gradient.gradient)
        for norm, with_gradient in zip(
            inside.norms, layer_norms(other.model, other.optimizer), strict=True
        )
    )
    return dataclasses.replace(inside, norms=norms), len(labels)
