"""Any picture as red, green and blue of 8 bits, as people see it: what is transparent on white."""

from PIL import Image


def eight_bits(picture: Image.Image) -> Image.Image:
    """RGB, or RGBA where a picture has transparent parts. 16-bit grey becomes 8-bit grey."""
    if picture.mode.startswith("I"):  # `convert` alone would cut off at 255
        picture = picture.point(lambda value: value / 256).convert("L")
        if "transparency" in picture.info:
            picture.info["transparency"] >>= 8
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    return picture if picture.mode == mode else picture.convert(mode)


def on_white(picture: Image.Image) -> Image.Image:
    """RGB of what `eight_bits` gives."""
    if picture.mode != "RGBA":
        return picture
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture, mask=picture)
    return white
