"""The picture of the Tensors tab in a browser: one cell everywhere, grids, broadcasting, graph."""

import pytest

from tests.browser.tensors_page import ready, run

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

VIEWS = "m = torch.arange(6.).reshape(2, 3)\nt = m.t()\nv = m[1]\nother = m + 1\nt[0, 1] = 7."
GRAPH = (
    "w = torch.tensor(3., requires_grad=True)\nx = torch.tensor(2.)\ny = w * x\n"
    "loss = y ** 2\nloss.backward()"
)
WIDE = (
    "net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))\n"
    "out = net(torch.rand(5, 3))\nloss = (out - torch.zeros(2)).sum()\nloss.backward()\n"
    "big = torch.rand(20, 20)\ndeep = torch.rand(2, 2, 3, 9)\nrow = big + torch.rand(20)"
)


@pytest.fixture
def page(new_page):
    return ready(new_page())


def chosen(page):
    return page.locator("#tensor-memory .chosen").evaluate_all(
        "cells => cells.map(cell => cell.dataset.cell)"
    )


def names(page, selector):
    return page.locator(selector).evaluate_all(
        "found => found.map(one => one.dataset.name ?? one.querySelector('.chip').textContent)"
    )


def test_a_picked_cell_lights_up_in_every_name_that_reads_it(page):
    run(page, VIEWS)
    page.locator(".strip .cell[data-cell='A:3']").click()
    assert chosen(page) == ["A:3"] * 3  # the ribbon, the grid of m and that of t
    assert names(page, ".reader.lit") == ["m", "t", "v"]
    assert names(page, "table.names tr.lit") == ["m", "t", "v"]
    words = "cell 3 of storage A: 7., was 3., read as m[1, 0], t[0, 1] and v[0]"
    expect(page.locator(".picked")).to_have_text(words)


def test_a_cell_picked_in_a_grid_is_the_cell_of_the_ribbon(page):
    run(page, VIEWS)
    page.get_by_role("grid", name="t", exact=True).get_by_role("gridcell", name="2.").click()
    assert chosen(page) == ["A:2"] * 3
    assert names(page, ".reader.lit") == ["m", "t"] and names(page, ".reader.unlit") == ["v"]
    page.get_by_role("grid", name="t", exact=True).get_by_role("gridcell", name="2.").click()
    assert chosen(page) == []  # picked again, it is let go
    assert names(page, ".reader.lit, .reader.unlit, table.names tr.lit") == []


def test_a_picked_cell_stays_picked_from_step_to_step(page):
    run(page, VIEWS)
    page.locator("#tensor-back").click()
    page.locator(".strip .cell[data-cell='A:3']").click()
    expect(page.locator(".picked")).to_contain_text("cell 3 of storage A: 3., read as")
    page.locator("#tensor-forward").click()
    expect(page.locator(".picked")).to_contain_text("cell 3 of storage A: 7., was 3.")


def test_several_places_of_an_expanded_tensor_are_one_cell(page):
    run(page, "e = torch.arange(3.).reshape(3, 1).expand(3, 4)")
    page.locator(".grid td[data-cell='A:1']").first.click()
    expect(page.locator(".grid .chosen")).to_have_count(4)
    expect(page.locator(".strip .chosen")).to_have_count(1)


def test_a_cell_that_the_ribbon_folds_tells_of_itself(page):
    run(page, "big = torch.arange(400.).reshape(20, 20)")
    page.locator(".grid td[data-cell='A:340']").click()
    words = "cell 340 of storage A: 340., read as big[17, 0]"
    expect(page.locator(".picked")).to_have_text(words)


def test_arrow_keys_move_in_a_grid_in_both_directions(page):
    run(page, VIEWS)
    focused = "document.activeElement.dataset.cell"
    page.locator("[role=grid][aria-label=m] td[tabindex='0']").focus()
    moves = [("ArrowRight", "A:1"), ("ArrowDown", "A:4"), ("ArrowDown", "A:4"),
             ("ArrowLeft", "A:3"), ("ArrowLeft", "A:3"), ("ArrowUp", "A:0")]  # fmt: skip
    for key, cell in moves:
        page.keyboard.press(key)
        assert page.evaluate(focused) == cell
    page.keyboard.press("Enter")
    assert chosen(page) == ["A:0"] * 3
    expect(page.locator("[role=grid][aria-label=m] td[tabindex='0']")).to_have_count(1)
    expect(page.locator(".position")).to_have_text("line 5 of 5")  # no step was taken


def test_arrow_keys_step_over_what_a_grid_leaves_out(page):
    run(page, "big = torch.arange(400.).reshape(20, 20)")
    page.locator(".grid td[data-cell='A:2']").focus()
    page.locator(".grid td[tabindex='0']").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.dataset.cell") == f"A:{17 * 20 + 17}"


def test_a_strip_leaves_on_the_way_forward_only(page):
    run(page, "a = torch.ones(2)\nb = torch.zeros(2)\ndel a\nc = 1")
    page.locator("#tensor-back").click()  # from line 4 to line 3
    expect(page.locator(".strip:visible")).to_have_count(1)
    page.locator("#tensor-back").click()
    page.locator("#tensor-forward").click()
    expect(page.locator(".strip.ghost:visible")).to_contain_text("no name is left")
    page.locator("#tensor-forward").click()
    expect(page.locator(".strip")).to_have_count(1)


def test_the_graph_shows_gradients_after_backward(page):
    run(page, GRAPH)
    boxes = page.locator(".graph li")
    expect(boxes).to_contain_text(["grad 24.", "grad 12.", "grad 1."])
    expect(page.locator(".graph svg:visible path.back:not(.head)")).to_have_count(2)
    page.locator("#tensor-back").click()
    expect(boxes.first).to_contain_text("grad None")
    expect(page.locator(".graph path.back")).to_have_count(0)
    expect(boxes.nth(1)).to_contain_text("saved x, version 0")


def test_without_gradients_there_is_no_graph(page):
    run(page, GRAPH)
    expect(page.locator(".graph-panel")).to_be_visible()
    run(page, VIEWS)
    expect(page.locator(".graph-panel")).to_be_hidden()


def test_broadcasting_shows_the_copies_that_are_not_there_as_ghosts(page):
    run(page, "a = torch.ones(2, 3)\nb = torch.arange(3.)\nc = a + b")
    ghosts = page.locator(".broadcast td.copy")
    expect(ghosts).to_have_text(["0.", "1.", "2."])
    style = ghosts.first.evaluate("cell => getComputedStyle(cell).borderStyle")
    assert style == "dashed"
    expect(page.locator(".broadcast")).to_contain_text("1 → 2 rows")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("source", [VIEWS, GRAPH, WIDE], ids=["views", "graph", "wide"])
def test_nothing_is_wider_than_a_phone(new_page, source, scheme):
    page = new_page(390, 844, color_scheme=scheme)
    expect(page.locator("#tensor-memory .cell").first).to_be_visible()
    run(page, source)
    for _ in range(source.count("\n") + 1):
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.locator("#tensor-back").click()


def test_words_in_the_graph_are_at_least_15_px(page):
    run(page, GRAPH)
    sizes = page.locator(".graph li span").evaluate_all(
        "spans => spans.map(span => parseFloat(getComputedStyle(span).fontSize))"
    )
    assert min(sizes) >= 15


def test_the_ring_round_a_box_at_fault_is_whole(new_page):
    for width in (1280, 390):
        page = ready(new_page(width, 844))
        run(page, "w = torch.zeros(2, 3, requires_grad=True)\nw -= torch.ones(3)")
        room = page.locator(".graph .fault").evaluate(
            """box => {
              const inner = box.getBoundingClientRect();
              const outer = box.closest('.graph-of').getBoundingClientRect();
              const sides = ['left', 'top', 'right', 'bottom'];
              return sides.map(side => Math.abs(inner[side] - outer[side]));
            }"""
        )
        assert min(room) >= 4  # px of the ring


def test_boxes_of_the_graph_hold_their_words(page):
    run(page, WIDE)
    cut = page.locator(".graph li > span:not(.unseen)").evaluate_all(
        "spans => spans.filter(span => span.scrollWidth > span.clientWidth + 1)"
        ".map(span => span.textContent)"
    )
    assert cut == []
