// The code of the Tensors tab: line numbers, the current line, and which button comes next.
const LONG = 34;                                      // characters: longer lines are written smaller

function number() {
  const lines = code.value.split('\n');
  find('.gutter').innerHTML = lines.map((_, i) => `<button type="button" tabindex="-1" data-line="${i + 1}" ` +
    `aria-label="Go to line ${i + 1}">${i + 1}</button>`).join('');
  find('.marks').innerHTML = lines.map((_, i) => `<i${fixedLines().includes(i) ? ' class="fixed"' : ''}></i>`).join('');
  code.rows = Math.max(3, lines.length);
  find('.editor').classList.toggle('long', Math.max(...lines.map(line => line.length)) > LONG);
  mark();
}

function mark() {
  const dirty = edited();
  all('.now').forEach(line => line.classList.remove('now', 'stopped'));
  [['.marks', 0], ['.gutter', 0], ['.beside pre', 1]].forEach(([group, i]) => {
    const now = !dirty && programs[i] && frame(programs[i]);
    const line = now && find(group).children[now.line - 1];
    if (line) line.classList.add('now', ...(now.stopped ? ['stopped'] : []));
  });
  find('#tensor-run').textContent = dirty ? 'Run' : 'Run all';
  find('#tensor-run').classList.toggle('primary', dirty);
  find('#tensor-forward').classList.toggle('primary', !dirty);
  find('#tensor-back').disabled = dirty || at === 0;
  find('#tensor-forward').disabled = dirty || !programs.length || at >= last();
  all('[data-fix]').forEach(button => button.disabled = dirty);
  if (document.activeElement?.matches('.steps :disabled')) all('.steps .button').find(button => !button.disabled)?.focus();
  if (dirty) find('.position').textContent = 'edited: run it to see what it does';
}
