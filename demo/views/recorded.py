"""The label of the recorded run: what it is, and how to put your own in its place."""

from html import escape


def recorded_html(run: str, day: str, command: str) -> str:
    """Shown by recorded.js while `run` is on the chart. day, command: when and how it was made."""
    return f"""<p class="train-recorded" data-run="{escape(run)}" hidden>
  <strong>Recorded run</strong> trained on {escape(day)} with <code>{escape(command)}</code>.
  Start your own and it takes its place.</p>"""
