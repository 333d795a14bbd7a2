"""The lines in the terminal say what the events said, and the device is hardly waited for."""

import io
import math
import re

import pytest

from cifar_core.training import Callback, ProgressBar, Trainer, notify


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Losses(Callback):
    """Each step's loss, for comparison."""

    def __init__(self):
        self.values = []

    def on_step_end(self, trainer, event):
        self.values.append(event.loss.item())


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still: clock[0] is the time. Each step of a Trainer takes 0.3 s of it."""
    now = [0.0]
    monkeypatch.setattr("cifar_core.training.callbacks.progress_bar.time.monotonic", lambda: now[0])
    step = Trainer.train_step

    def timed(*args):
        now[0] += 0.3
        return step(*args)

    monkeypatch.setattr(Trainer, "train_step", timed)
    return now


def shown(stream) -> list[str]:
    return [line for line in re.split(r"[\r\n]+", stream.getvalue()) if line.strip()]


def test_the_line_that_moves_has_step_loss_speed_and_time_left(config, splits, clock):
    stream, losses = Terminal(), Losses()
    Trainer(config, data=splits).fit([losses, ProgressBar(stream)])
    moving = [line for line in shown(stream) if "left" in line]
    assert [line.split("  ")[1] for line in moving] == [
        "step 2/8", "step 4/8", "step 6/8", "step 8/8",
    ], "a look every 0.5 s at the earliest"  # fmt: skip
    for i, line in enumerate(moving):
        mean = sum(losses.values[2 * i : 2 * i + 2]) / 2
        assert f"loss {mean:.3f}  53 pictures/s" in line, "16 pictures in 0.3 s"
        assert f"00:0{int(0.3 * (6 - 2 * i))} left" in line


def test_the_device_is_waited_for_twice_a_second_at_most(config, splits, clock, monkeypatch):
    trainer, looks = Trainer(config.replace(epochs=5), data=splits), []

    class Sum:
        """Stands for a tensor on a device."""

        def item(self):
            looks.append(clock[0])
            return 0.0

    bar = ProgressBar(Terminal())
    for event in trainer.events():
        trainer.loss_sum, real = Sum(), trainer.loss_sum
        notify([bar], trainer, event)
        trainer.loss_sum = real
    bar.close()
    assert len(looks) == 11 and all(b - a >= 0.5 for a, b in zip(looks, looks[1:], strict=False))


def test_a_line_an_epoch_stays_and_the_moving_one_is_wiped(config, splits, tmp_path):
    stream = Terminal()
    Trainer(config, data=splits).fit([ProgressBar(stream)])
    stay = [line for line in stream.getvalue().split("\n") if "validation loss" in line]
    assert [line.rpartition("\r")[2][:20] for line in stay] == [
        "epoch 1/2  step 4/8 ", "epoch 2/2  step 8/8 ",
    ]  # fmt: skip
    assert stream.getvalue().rpartition("\r")[0].rpartition("\r")[2].isspace()


def test_where_nobody_watches_there_are_whole_lines_and_no_control_characters(
    config, splits, clock
):
    stream = io.StringIO()
    Trainer(config.replace(epochs=30), data=splits).fit([ProgressBar(stream)])
    text = stream.getvalue()
    assert text.isprintable() or set(filter(lambda c: not c.isprintable(), text)) == {"\n"}
    assert len([line for line in shown(stream) if "validation loss" in line]) == 30
    assert len([line for line in shown(stream) if "left" in line]) == 1, "36 s: one after 30"


def test_an_evaluation_does_not_count_as_slow_steps(config, splits, clock, monkeypatch):
    validate = Trainer.validate

    def slowly(self):
        clock[0] += 100
        return validate(self)

    monkeypatch.setattr(Trainer, "validate", slowly)
    stream = Terminal()
    Trainer(config, data=splits).fit([ProgressBar(stream)])
    speeds = re.findall(r"(\d+) pictures/s", stream.getvalue())
    assert len(speeds) > 2 and set(speeds) == {"53"}


def test_small_pictures_first_do_not_promise_an_early_end(config, splits, clock):
    """Half the side is a quarter of the work: 4 of 8 steps are a fifth of it."""
    stream = Terminal()
    config = config.replace(model="convnet", resize="16:0.5")
    Trainer(config, data=splits).fit([ProgressBar(stream)])
    line = next(line for line in shown(stream) if "step 4/8" in line and "left" in line)
    assert "00:04 left" in line, "1.2 s for a quarter each of four steps, so 4.8 s for the others"


def test_a_stream_that_is_gone_does_not_end_the_fit(config, splits):
    class Gone(Terminal):
        def write(self, text):
            raise BrokenPipeError

    class GoneFile(Gone):
        def isatty(self):
            return False

    for stream in (Gone(), GoneFile()):
        assert Trainer(config, data=splits).fit([ProgressBar(stream)]).status == "completed"


def test_a_run_that_was_stopped_at_its_evaluation_goes_on_with_that(
    config, splits, tmp_path, monkeypatch
):
    trainer, stream = Trainer(config.replace(epochs=1), tmp_path, splits), io.StringIO()
    monkeypatch.setattr(trainer, "validate", trainer.stop)
    assert trainer.fit().status == "stopped" and trainer.step == 4
    trainer = Trainer(config.replace(epochs=1), tmp_path, splits)
    trainer.resume()
    trainer.fit([ProgressBar(stream)])
    assert "epoch 1/1  step 4/4  training loss" in shown(stream)[-1]


def test_a_run_that_goes_on_says_so(config, splits, tmp_path):
    Trainer(config.replace(epochs=1), tmp_path, splits).fit()
    trainer, stream, losses = Trainer(config, tmp_path, splits), io.StringIO(), Losses()
    trainer.resume()
    trainer.fit([ProgressBar(stream), losses])
    assert shown(stream)[0] == "going on after step 4 of 8"
    mean = math.fsum(losses.values) / 4
    assert f"epoch 2/2  step 8/8  training loss {mean:.3f}" in shown(stream)[-1]
