"""Pure functions from plain data to HTML and SVG: no gradio, no torch."""
