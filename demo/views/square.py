"""The tools for the square of a picture: its size, and the usual squares with the net's answers."""


def square_tools() -> str:
    """Room for them, beside the picture; the page fills in what the net says of each square."""
    return """
<fieldset class="square-tools">
  <legend>Square for the net</legend>
  <p class="classify-small" id="square-keys">The net only sees a square. Drag it, or move it with
    the arrow keys; plus and minus change its size.</p>
  <p class="classify-small square-room" hidden>The background of this picture is plain, so it
    was continued: all of the picture fits into a square.</p>
  <label class="square-size">Size
    <input type="range" id="square-size" min="5" max="100" step="1" value="100"
      aria-label="Size of the square in percent of the short side">
    <output class="mono">100 %</output></label>
  <div class="square-usual" role="group" aria-label="Usual squares and their answers"></div>
</fieldset>"""
