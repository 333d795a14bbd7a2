"""What a trace tells, as the contract's JSON: its steps, the last one, its names and storages."""

from cifar_core.tensors import trace


def steps_of(source):
    return trace(source).to_json()["steps"]


def last(source):
    return steps_of(source)[-1]


def names(source):
    return last(source)["names"]


def storages(source):
    return last(source)["storages"]
