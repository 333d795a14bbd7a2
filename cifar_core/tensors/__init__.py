"""The tracer: runs a snippet on real tensors and shows what each statement did to memory.

from cifar_core.tensors import trace
for step in trace("t = torch.ones(3)\nnew_t = t.add_(5)").steps:
    print(step.line, step.names["t"].values)
"""

from cifar_core.tensors.snapshot import Trace
from cifar_core.tensors.tracer import trace
from cifar_core.tensors.worker import Worker

__all__ = ["Trace", "Worker", "trace"]
