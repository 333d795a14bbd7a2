"""A trainer that is rewound is the trainer that stood there, and looking back changes no run."""

import shutil

import pytest
import torch

from cifar_core.introspect.inside import look_inside
from cifar_core.introspect.rewound import MOST_PICTURES, look_back
from cifar_core.training import RunLog, StepEnd, Trainer, notify, read_events
from cifar_core.training.checkpoint import checkpoints
from cifar_core.training.optim import lr_at
from cifar_core.training.rewind import onlooker, rewind

EVERYTHING = {"augment": "cutout", "average": 0.9, "schedule": "onecycle", "nesterov": True}
EVERYTHING |= {"label_smoothing": 0.1, "weight_decay": 1e-3, "model": "convnet"}
BOTH = pytest.mark.parametrize("changes", [{}, EVERYTHING], ids=["plain", "everything"])


def train(config, run_dir, splits, look=lambda trainer: None) -> dict:
    """A whole run; what `look` finds after each step, by the step."""
    trainer, log, found = Trainer(config, run_dir, splits), RunLog(run_dir), {}
    for event in trainer.events():
        notify([log], trainer, event)
        if isinstance(event, StepEnd):
            found[event.step] = look(trainer)
    log.close()
    return found


def resumed(config, run_dir, splits, step, tmp_path) -> Trainer:
    """The oracle: a trainer that resumes a directory in which nothing later is."""
    shutil.copytree(run_dir, tmp_path / "cut")
    for later, path in checkpoints(tmp_path / "cut"):
        if later > step:
            path.unlink()
    trainer = Trainer(config, tmp_path / "cut", splits)
    assert trainer.resume() == step
    return trainer


def same(a, b) -> bool:
    return str(a) == str(b)  # all that is shown of it; arrays of pixels are compared beside it


@BOTH
@pytest.mark.parametrize("step", [1, 3, 6])
def test_a_look_at_a_step_is_that_of_a_trainer_resumed_there(
    config, splits, tmp_path, changes, step
):
    config = config.replace(**changes)
    train(config, tmp_path / "run", splits)
    trainer = onlooker(config, splits)
    assert rewind(trainer, checkpoints(tmp_path / "run"), step) == step == trainer.step
    oracle = resumed(config, tmp_path / "run", splits, step, tmp_path)
    for group in oracle.optimizer.param_groups:
        group["lr"] = lr_at(step - 1, oracle.total_steps, config)
    found, expected = look_inside(trainer), look_inside(oracle)
    assert same(found, expected)
    for sheet in ("sheet", "mistakes"):
        pixels = [[a.pixels.tobytes() for a in getattr(look, sheet)] for look in (found, expected)]
        assert pixels[0] == pixels[1]


@BOTH
def test_gradients_are_those_of_the_step_that_the_run_took_next(config, splits, tmp_path, changes):
    config = config.replace(**changes)
    live = train(config, tmp_path / "run", splits, look_inside)
    trainer = onlooker(config, splits)
    for step in (1, 4, 6):
        rewind(trainer, checkpoints(tmp_path / "run"), step)
        inside, pictures = look_back(trainer)
        assert pictures == config.batch_size <= MOST_PICTURES
        following = live[step + 1].norms
        assert [n.gradient for n in inside.norms] == [n.gradient for n in following]


def test_updates_are_those_of_the_run_where_the_momentum_tells_them(config, splits, tmp_path):
    live = train(config, tmp_path / "run", splits, look_inside)
    trainer = onlooker(config, splits)
    for step in (6, 2):  # back and forth
        rewind(trainer, checkpoints(tmp_path / "run"), step)
        norms = look_back(trainer)[0].norms
        for name in ("update", "ratio"):  # a buffer's layout differs: its sum is rounded elsewhere
            found, expected = ([getattr(n, name) for n in of] for of in (norms, live[step].norms))
            assert found == pytest.approx(expected, rel=1e-6)
    nesterov = config.replace(nesterov=True)
    train(nesterov, tmp_path / "other", splits)
    trainer = onlooker(nesterov, splits)
    rewind(trainer, checkpoints(tmp_path / "other"), 6)
    assert {n.update for n in look_back(trainer)[0].norms} == {None}


def test_updates_of_kernels_under_muon_are_not_told_by_a_checkpoint(config, splits, tmp_path):
    config = config.replace(
        optimizer="muon", lr=0.1, sgd_scale=0.1, resize="24:0.6", model="convnet"
    )
    live = train(config, tmp_path / "run", splits, look_inside)
    trainer = onlooker(config, splits)
    for step in (2, 6):
        rewind(trainer, checkpoints(tmp_path / "run"), step)
        norms = {n.name: n for n in look_back(trainer)[0].norms}
        for before in live[step].norms:
            now = norms[before.name]
            kernel = trainer.model.get_submodule(now.name).weight.ndim == 4
            expected = None if kernel else pytest.approx(before.update, rel=1e-5)
            assert now.update == expected and before.update > 0
        following = {n.name: n.gradient for n in live[step + 1].norms}
        assert {name: n.gradient for name, n in norms.items()} == following


def test_what_was_changed_while_it_trained_is_in_effect_from_there_on(config, splits, tmp_path):
    def look(trainer):
        inside = look_inside(trainer)
        if trainer.step == 3:
            trainer.change(lr=0.1, momentum=0.5)
        return inside

    live = train(config, tmp_path / "run", splits, look)
    trainer, events = onlooker(config, splits), read_events(tmp_path / "run")
    for step, last, following in ((3, 0.01, 0.1), (4, 0.1, 0.1), (2, 0.01, 0.01)):
        rewind(trainer, checkpoints(tmp_path / "run"), step, events)
        assert trainer.optimizer.param_groups[0]["lr"] == last
        assert trainer.settings.lr == following
        updates = [n.update for n in look_back(trainer)[0].norms]
        assert updates == pytest.approx([n.update for n in live[step].norms], rel=1e-6)


def test_the_end_of_a_run_can_be_looked_at(config, splits, tmp_path):
    train(config, tmp_path / "run", splits)
    trainer = onlooker(config, splits)
    assert rewind(trainer, checkpoints(tmp_path / "run"), 8) == 8 == trainer.total_steps
    assert all(n.gradient > 0 for n in look_back(trainer)[0].norms)


def test_looking_back_leaves_the_trainer_and_the_run_as_they_were(config, splits, tmp_path):
    train(config, tmp_path / "run", splits)
    files = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    trainer = onlooker(config, splits)
    random = torch.get_rng_state()
    rewind(trainer, checkpoints(tmp_path / "run"), 4)
    before = {name: t.clone() for name, t in trainer.model.state_dict().items()}
    first, second = look_back(trainer), look_back(trainer)
    assert same(first, second)
    assert all(torch.equal(before[n], t) for n, t in trainer.model.state_dict().items())
    assert torch.equal(random, torch.get_rng_state())
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == files


def test_a_step_between_two_checkpoints_is_answered_by_the_one_before(config, splits, tmp_path):
    train(config, tmp_path / "run", splits)
    kept = [found for found in checkpoints(tmp_path / "run") if found[0] in (2, 6)]
    assert rewind(onlooker(config, splits), kept, 5) == 2
    with pytest.raises(ValueError, match=r"at or before step 1: the first is of step 2\.$"):
        rewind(onlooker(config, splits), kept, 1)
    with pytest.raises(ValueError, match=r"there are none yet\.$"):
        rewind(onlooker(config, splits), [], 1)


@pytest.mark.parametrize("harm", ["cut", "gone", "no optimiser"])
def test_a_damaged_checkpoint_is_passed_over_for_the_one_before(config, splits, tmp_path, harm):
    train(config, tmp_path / "run", splits)
    kept = checkpoints(tmp_path / "run")
    path = dict(kept)[6]
    if harm == "cut":
        path.write_bytes(path.read_bytes()[:100])
    else:
        (path if harm == "gone" else path.with_suffix(".optimizer.safetensors")).unlink()
    trainer = onlooker(config, splits)
    assert rewind(trainer, kept, 6) == 5 == trainer.step
    for _, path in kept:
        path.unlink(missing_ok=True)
    with pytest.raises(ValueError, match=r"cannot be read: choose a later step\.$"):
        rewind(trainer, kept, 6)


def test_checkpoints_of_another_net_are_refused_in_one_sentence(config, splits, tmp_path):
    train(config, tmp_path / "run", splits)
    with pytest.raises(ValueError, match=r"not of this net or these classes\.$"):
        rewind(onlooker(config.replace(model="mlp"), splits), checkpoints(tmp_path / "run"), 6)
