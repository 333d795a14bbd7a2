"""A picture to an answer: opening it, the stages to 32x32, and the net's probabilities."""

from cifar_core.inference.command import predict_files
from cifar_core.inference.pictures import PictureError, open_picture
from cifar_core.inference.predictor import Prediction, Predictor
from cifar_core.inference.preprocess import Preprocessed, Stage, preprocess

__all__ = [
    "PictureError",
    "Prediction",
    "Predictor",
    "Preprocessed",
    "Stage",
    "open_picture",
    "predict_files",
    "preprocess",
]
