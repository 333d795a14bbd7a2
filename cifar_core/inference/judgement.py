"""What was fitted to a net so that it can judge its answers, as it stands in its metadata."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cifar_core.inference.calibration import Bin, Calibration, expected_calibration_error
from cifar_core.inference.outside import Outside
from cifar_core.models.weights import Metadata, WeightsError

KEY = "judgement"  # in the metadata's details


@dataclass(frozen=True)
class Reliability:
    """How far percentages can be believed on one kind of picture.

    bins: 15, calibrated, from 0 to 1. before: expected calibration error without calibration.
    """

    bins: tuple[Bin, ...]
    before: float

    @property
    def count(self) -> int:
        return sum(each.count for each in self.bins)

    @property
    def error(self) -> float:
        """The expected calibration error, 0 to 1."""
        return expected_calibration_error(self.bins)


@dataclass(frozen=True)
class Judgement:
    """calibration: logits to probabilities. outside: the score that can refuse, and its threshold.

    reliability: what the calibration gives on pictures that it was not fitted on, kind -> diagram.
    refused: kind -> share below the threshold, 0 to 1; validation pictures are among those that
    fitted the score or set the threshold.
    """

    calibration: Calibration
    outside: Outside
    reliability: Mapping[str, Reliability]
    refused: Mapping[str, float]

    @classmethod
    def of(cls, metadata: Metadata) -> "Judgement | None":
        """The one in a net's metadata; None where none was fitted. Raises WeightsError: damaged."""
        told = metadata.details.get(KEY)
        if told is None:
            return None
        try:
            read = cls(
                Calibration(float(told["temperature"]), float(told["power"])),
                Outside(tuple(map(float, told["weights"])), float(told["threshold"])),
                {
                    str(kind): Reliability(_bins(each["bins"]), float(each["before"]))
                    for kind, each in told["reliability"].items()
                },
                {str(kind): float(share) for kind, share in told["refused"].items()},
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise WeightsError("The weights' calibration is damaged: calibrate again.") from error
        if not (read.calibration.temperature > 0 and read.calibration.power > 0):
            raise WeightsError("The weights' temperature and power must be above 0.")
        return read

    def within(self, metadata: Metadata) -> Metadata:
        """The metadata with this judgement, in place of one that is there."""
        told = {
            "temperature": self.calibration.temperature,
            "power": self.calibration.power,
            "weights": list(self.outside.weights),
            "threshold": self.outside.threshold,
            "reliability": {
                kind: {
                    "bins": [
                        [b.count, round(b.confidence, 4), round(b.accuracy, 4)] for b in each.bins
                    ],
                    "before": round(each.before, 4),
                }
                for kind, each in self.reliability.items()
            },
            "refused": {kind: round(share, 4) for kind, share in self.refused.items()},
        }
        return replace(metadata, details={**metadata.details, KEY: told})


def _bins(told: list) -> tuple[Bin, ...]:
    """From [count, confidence, accuracy] of each of the equally wide bins."""
    width = 1 / len(told) if told else 1
    return tuple(
        Bin(i * width, (i + 1) * width, int(count), float(confidence), float(accuracy))
        for i, (count, confidence, accuracy) in enumerate(told)
    )
