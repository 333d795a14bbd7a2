"""The table of several pictures: empty and hidden, until the learner gives more than one."""


def several_frame() -> str:
    """The table's head; the page adds a row a picture."""
    return """
<section class="panel several" aria-labelledby="several-title" hidden>
  <div class="several-head">
    <h3 id="several-title">Your pictures</h3>
    <button type="button" id="several-close">Close the table</button>
  </div>
  <p class="classify-small" id="several-about" role="status"></p>
  <table aria-labelledby="several-title">
    <thead><tr><th scope="col"><span class="several-hidden">picture</span></th>
      <th scope="col">file</th><th scope="col">answer</th><th scope="col">probability</th>
    </tr></thead>
    <tbody></tbody>
  </table>
</section>"""
