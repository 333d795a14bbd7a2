"""Copies of a net for one question: alike in weights, without anybody's hooks."""

import threading

import torch
from torch import nn

from cifar_core.models.hooks import private_copy


def test_a_private_copy_answers_alike_and_leaves_the_hooks_of_others_behind():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 3), nn.Dropout(0.5), nn.Linear(3, 2))
    lock, called = threading.Lock(), []  # a lock cannot be copied
    net[2].register_forward_pre_hook(lambda *_: lock.locked() or called.append(1))
    net.register_forward_hook(lambda *_: called.append(2))
    x = torch.ones(1, 4)
    expected = net.eval()(x)
    called.clear()
    net.train()
    copied = private_copy(net)
    assert torch.equal(copied(x), expected) and not called
    copied[0].register_forward_hook(lambda *_: called.append(3))
    net(x)
    assert called == [1, 2] and net.training and net[0].weight.requires_grad
    assert not any(p.requires_grad for p in copied.parameters())
