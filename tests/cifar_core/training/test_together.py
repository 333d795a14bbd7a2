"""What a fit does otherwise where several processes share it, as far as one process can tell."""

import pytest
import torch
from torch import nn

from cifar_core import distributed
from cifar_core.training import Trainer
from cifar_core.training.dropout import seeded


def test_each_process_drops_out_for_its_own_part(monkeypatch):
    net, drawn = nn.Dropout(), {}
    for rank in (None, 0, 1, 2):
        if rank is not None:
            monkeypatch.setattr(distributed, "rank", lambda rank=rank: rank)
        for _ in range(2):  # by (seed, step, rank) alone
            with seeded(net, seed=5, step=7):
                drawn.setdefault(rank, []).append(torch.rand(4))
    assert all(torch.equal(first, again) for first, again in drawn.values())
    assert torch.equal(drawn[None][0], drawn[0][0]), "the first draws as if it were alone"
    assert len({tuple(numbers[0].tolist()) for numbers in drawn.values()}) == 3


def test_a_step_ahead_is_refused_where_the_others_would_have_to_take_it_too(
    config, splits, monkeypatch
):
    trainer = Trainer(config, data=splits)
    monkeypatch.setattr(distributed, "world_size", lambda: 2)
    with pytest.raises(ValueError, match="A twin works in a run of one process only"):
        trainer.twin()


def test_alone_everybody_agrees_at_once():
    assert distributed.any_rank(True) and not distributed.any_rank(False)
    assert distributed.from_main(lambda: "here") == "here"
    assert (distributed.rank(), distributed.world_size(), distributed.is_main()) == (0, 1, True)


@pytest.mark.parametrize("gpus, rank, fits", [(2, 1, True), (1, 1, False), (0, 0, False)])
def test_each_process_has_a_gpu_of_its_own_or_says_so(monkeypatch, gpus, rank, fits):
    taken = []
    monkeypatch.setattr(distributed, "world_size", lambda: 2)
    monkeypatch.setenv("LOCAL_RANK", str(rank))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    monkeypatch.setattr(torch.cuda, "set_device", taken.append)
    assert distributed.own(torch.device("cpu")).type == "cpu" and taken == []
    if fits:
        assert distributed.own(torch.device("cuda")) == torch.device("cuda", rank)
        assert taken == [rank]
    else:
        with pytest.raises(ValueError, match=f"there are {gpus} here: start fewer"):
            distributed.own(torch.device("cuda"))
