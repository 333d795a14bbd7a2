"""No upload and no drawing outlives its visit: not on the disk, and not in the server's memory."""

import base64
import gc
import secrets
import tempfile
from pathlib import Path

import numpy as np
import pytest
from gradio.utils import get_upload_folder
from PIL import Image, PngImagePlugin

from cifar_core.inference import Prediction, Stage
from cifar_core.paths import cache_dir
from tests.browser.classify_page import ANSWER, LINE, draw, headline, settled

expect = pytest.importorskip("playwright.sync_api").expect


def write_marked(path: Path) -> list[bytes]:
    """A noisy picture with a secret in its bytes; the secret as it is, and as base64 has it."""
    secret = secrets.token_bytes(60)
    words = PngImagePlugin.PngInfo()
    words.add_text("secret", secret.hex())
    pixels = np.random.default_rng().integers(0, 256, (60, 80, 3), np.uint8)
    Image.fromarray(pixels).save(path, "PNG", pnginfo=words)
    hexed = secret.hex().encode()
    shifted = [base64.b64encode(b"x" * shift + hexed)[4:-8] for shift in range(3)]
    return [hexed, *shifted]


def alive() -> dict[int, str]:
    """By id, the predictions, stages and open pictures of this process, which is the server."""
    gc.collect()
    kinds = (Prediction, Stage, Image.Image)
    found = (held for held in gc.get_objects() if issubclass(type(held), kinds))
    return {id(held): type(held).__name__ for held in found}


def kept_in_memory(secrets_: list[bytes], before: dict[int, str]) -> list[str]:
    """What this process still holds: texts and bytes with a secret, and what is newly `alive`."""
    found = [f"a {kind} is alive" for held, kind in alive().items() if held not in before]
    texts = [secret.decode("ascii") for secret in secrets_]
    for holder in gc.get_objects():
        for held in gc.get_referents(holder):
            if type(held) is str and len(held) > 500:
                with_it = any(text in held for text in texts)
            elif type(held) in (bytes, bytearray) and len(held) > 500:
                with_it = any(secret in held for secret in secrets_)
            else:
                continue
            if with_it:
                found.append(f"a {type(holder).__name__} holds {type(held).__name__}")
    return found


def kept_on_disk(secrets_: list[bytes], *folders: Path) -> list[Path]:
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    small = [path for path in files if path.stat().st_size < 50_000_000]
    return [path for path in small if any(secret in path.read_bytes() for secret in secrets_)]


def listed(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def test_the_search_finds_what_is_kept(tmp_path):
    """Or the test below could not fail."""
    marks = write_marked(tmp_path / "kept.png")
    assert kept_on_disk(marks, tmp_path) == [tmp_path / "kept.png"]
    before, holder = alive(), {"file": [(tmp_path / "kept.png").read_bytes()]}
    assert "a list holds bytes" in kept_in_memory(marks, before)
    holder["file"] = [base64.b64encode(b"xx" + holder["file"][0]).decode()]
    assert "a list holds str" in kept_in_memory(marks, before)
    holder["file"] = [Image.new("RGB", (4, 4))]
    assert "a Image is alive" in kept_in_memory(marks, before)
    holder.clear()
    assert not kept_in_memory(marks, before)


def test_no_upload_and_no_drawing_outlives_its_visit(app, open_classify, tmp_path):
    uploads, temporary = Path(get_upload_folder()), Path(tempfile.gettempdir())
    page = open_classify()
    before, beside = listed(uploads), {path.name for path in temporary.iterdir()}
    alive_before = alive()
    marks = write_marked(tmp_path / "private.png")
    page.evaluate("""() => {
        const ask = window.fetch;
        window.fetch = (...asked) => {
            const sent = /"picture":"([^"]+)"/.exec(asked[1]?.body ?? '');
            if (sent) window.sent = sent[1].slice(100, 160);
            return ask(...asked);
        };
    }""")
    draw(page, *LINE)
    expect(headline(page)).to_have_text(ANSWER)
    settled(page)
    drawing = page.evaluate("window.sent")
    assert len(drawing) == 60
    page.locator("#upload input").set_input_files(tmp_path / "private.png")
    expect(page.locator(".picture-message")).to_have_text("private.png")
    page.locator("[data-switch=divide]").uncheck()
    settled(page)
    page.locator("#upload input").set_input_files([tmp_path / "private.png"] * 2)
    expect(page.locator("#several-about")).to_contain_text("2 pictures answered")
    page.close()
    marks.append(drawing.encode("ascii"))
    assert not kept_in_memory(marks, alive_before)
    assert listed(uploads) == before
    assert not kept_on_disk(marks, app.runs, cache_dir())
    new = {path.name for path in temporary.iterdir()} - beside
    assert not [name for name in new if name.endswith((".png", ".jpg", ".json", ".txt"))], new
