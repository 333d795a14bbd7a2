"""What `predict` answers for files and folders: one plain record a file, ready for JSON."""

import os
from collections.abc import Iterator, Sequence

from cifar_core.inference.pictures import PictureError
from cifar_core.inference.predictor import Predictor


def predict_files(weights: str | os.PathLike, paths: Sequence[str | os.PathLike]) -> list[dict]:
    """A record for each file, in order: file, label, probabilities, known, error.

    weights: "photos", "doodles" or a weights file. paths: files, and folders, which are walked in
    sorted order; what is hidden in them (.DS_Store, .git) is left out. `file` is the path as given;
    for a file in a folder it begins with the folder as given. `label` is None where the picture has
    one colour only, and where it cannot be read: then `error` says why, and is None otherwise.

    Raises WeightsError, and ValueError where the net's answer is not finite, or its score was
    fitted to another net.
    """
    predictor = Predictor.load(weights)
    return [_record(predictor, file) for path in paths for file in _files(os.fspath(path))]


def _files(path: str) -> Iterator[str]:
    """The path itself, or the files under it; an empty folder stands for itself, to be told of."""
    found = False
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                found = True
                yield os.path.join(folder, name)
    if not found:
        yield path


def _record(predictor: Predictor, file: str) -> dict:
    record = {"file": file, "label": None, "probabilities": {}, "known": False, "error": None}
    if os.path.isdir(file):
        return record | {"error": "There is no file in this folder: choose another."}
    try:
        prediction = predictor(file)
    except PictureError as error:
        return record | {"error": str(error)}
    return record | {
        "label": prediction.label,
        "probabilities": prediction.probabilities,
        "known": prediction.known,
    }
