"""A picture to an answer: opening it, the stages to 32x32, the net's probabilities, their worth."""

from cifar_core.inference.calibration import Bin, Calibration
from cifar_core.inference.command import predict_files
from cifar_core.inference.ground import with_room
from cifar_core.inference.judgement import Judgement, Reliability
from cifar_core.inference.judging import Judged, Kind, judge
from cifar_core.inference.others import Others, load_others
from cifar_core.inference.outside import Outside
from cifar_core.inference.pictures import PictureError, open_picture
from cifar_core.inference.predictor import Prediction, Predictor
from cifar_core.inference.preprocess import SWITCHES, Failure, Preprocessed, Stage, preprocess
from cifar_core.inference.square import Square, centre, propose
from cifar_core.inference.switched import Outcome, answer_without

__all__ = [
    "SWITCHES",
    "Bin",
    "Calibration",
    "Failure",
    "Judged",
    "Judgement",
    "Kind",
    "Others",
    "Outcome",
    "Outside",
    "PictureError",
    "Prediction",
    "Predictor",
    "Preprocessed",
    "Reliability",
    "Square",
    "Stage",
    "answer_without",
    "centre",
    "judge",
    "load_others",
    "open_picture",
    "predict_files",
    "preprocess",
    "propose",
    "with_room",
]
