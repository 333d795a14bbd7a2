"""Feature spaces of the nets that visitors ask about: read once, in the background, and kept."""

import threading
from collections import OrderedDict
from collections.abc import Callable

from cifar_core.data import DataError, Pictures
from cifar_core.inference import Predictor
from cifar_core.inference.neighbours import FeatureSpace, feature_space

MOST_KEPT = 2  # spaces: 7 MB each for the nets here, 40 MB at most
MOST_WAITING = 3  # nets that are read, or wait for that


class NotYet(ValueError):
    """A sentence: the training pictures are being read. Ask again in a second."""


class _Reading:
    """A net whose pictures are being read; it ends with a space, or a problem (a sentence)."""

    def __init__(self):
        self.done, self.count = 0, 0
        self.space: FeatureSpace | None = None
        self.problem: str | None = None

    @property
    def ended(self) -> bool:
        return self.space is not None or self.problem is not None

    def told(self, done: int, count: int) -> None:
        self.done, self.count = done, count


class Spaces:
    """Finds the feature space of a net. Safe to use from many threads at once."""

    def __init__(self, training_pictures: Callable[[], Pictures]):
        self._training_pictures = training_pictures
        self._kept: OrderedDict[Predictor, _Reading] = OrderedDict()
        self._lock, self._turn = threading.Lock(), threading.Lock()  # one net is read at a time

    def find(self, predictor: Predictor) -> FeatureSpace:
        """The space of a net. The first who asks sets off the reading, which takes a while.

        Raises NotYet, and ValueError where it cannot be read.
        """
        with self._lock:
            reading = self._kept.get(predictor)
            if reading is None:
                reading = self._begin(predictor)
            elif reading.problem:
                del self._kept[predictor]  # who asks once more tries once more
                raise ValueError(reading.problem)
            self._kept.move_to_end(predictor)
            self._forget()
        if reading.space is None:
            raise NotYet(_progress(reading))
        return reading.space

    def _begin(self, predictor: Predictor) -> _Reading:
        if sum(not reading.ended for reading in self._kept.values()) >= MOST_WAITING:
            raise ValueError("Other nets are being read just now: ask again in a minute.")
        reading = self._kept[predictor] = _Reading()
        threading.Thread(target=self._read, args=(predictor, reading), daemon=True).start()
        return reading

    def _read(self, predictor: Predictor, reading: _Reading) -> None:
        with self._turn:
            try:
                reading.space = feature_space(predictor, self._training_pictures(), reading.told)
            except (DataError, OSError):  # what it says names folders
                reading.problem = "The training pictures cannot be read just now: ask again later."
            except ValueError as error:
                reading.problem = str(error)
            except Exception as error:  # out of memory, say: nobody must wait for ever
                kind = type(error).__name__
                reading.problem = f"The training pictures could not be read ({kind}): ask again."

    def _forget(self) -> None:
        """Those that were asked for longest ago; what is being read stays."""
        ended = [predictor for predictor, reading in self._kept.items() if reading.ended]
        for predictor in ended[: max(0, len(ended) - MOST_KEPT)]:
            del self._kept[predictor]


def _progress(reading: _Reading) -> str:
    if not reading.count:
        return "The training pictures are opened, to be read by the net."
    return f"The net reads training pictures: {reading.done:,} of {reading.count:,}."
