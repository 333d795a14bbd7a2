"""The third step of the article's net, opened: plain, with all that SGD has, and with Muon."""

import pytest

from tests.demo.views.opened_pages import ALL, MUON, PLAIN, opened_step


@pytest.fixture(scope="module", params=[PLAIN, ALL, MUON], ids=["plain", "all", "muon"])
def opened(request):
    return opened_step(request.param, layer="conv2", picture=3)
