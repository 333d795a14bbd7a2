"""The slider under the chart, with room for what it says; rewind.js moves it and fills that in."""


def rewind_html() -> str:
    """Before there is a run to rewind."""
    return """<div class="rewind" role="group" aria-label="Rewind this run">
    <div class="rewind-slider">
      <label for="train-rewind">Rewind</label>
      <button type="button" id="rewind-earlier" aria-disabled="true"
        aria-label="Earlier checkpoint">&#8249;</button>
      <input type="range" id="train-rewind" min="0" max="0" value="0" step="1" disabled
        aria-describedby="rewind-says">
      <button type="button" id="rewind-later" aria-disabled="true"
        aria-label="Later checkpoint">&#8250;</button>
      <button type="button" id="rewind-now" aria-disabled="true">Back to now</button>
    </div>
    <p id="rewind-says"></p>
    <div class="rewind-branch">
      <button type="button" id="rewind-branch" aria-disabled="true"
        aria-describedby="rewind-how">Continue from here</button>
      <p id="rewind-how"></p>
    </div>
  </div>"""
