"""A trace on a terminal."""

from cifar_core.tensors import trace
from cifar_core.tensors.text import as_text

SHOWN = """\
  1  t = torch.ones(2)
     t = [1.0, 1.0]  float32 [2] on s1 version 0
  2  u = t.add_(1)
     t = [2.0, 2.0]  float32 [2] on s1 version 1
     u = [2.0, 2.0]  float32 [2] on s1 version 1
  3  print('hello')
        hello
  4  t.view(3)
     RuntimeError: shape '[3]' is invalid for input of size 2
     A new shape keeps the number of elements: here there are 2."""


def test_a_step_shows_the_names_that_it_changed():
    source = "t = torch.ones(2)\nu = t.add_(1)\nprint('hello')\nt.view(3)"
    assert as_text(trace(source)) == SHOWN


def test_a_long_value_is_cut_and_an_empty_trace_is_empty():
    assert max(map(len, as_text(trace("x = list(range(99))")).splitlines())) < 80
    assert as_text(trace("")) == ""
