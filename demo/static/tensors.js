// The Tensors tab: runs the code once, then flips through the steps that the server drew.
const find = selector => element.querySelector(selector);
const all = selector => [...element.querySelectorAll(selector)];
const code = find('#tensor-code-text'), memory = find('#tensor-memory'), table = find('table.names');
const cases = props.cases, own = cases.find(entry => !entry.code);
const LEVELS = ['', 'under', 'chips'];                // where shape and stride stand; brackets or chips
const MEASURED = 80;                                  // steps whose height is looked at
const NARROW = 34;                                    // em: less is too little for two programs side by side
const HINT = 'Click a cell to see which names read it.';

let here = cases[0], values = {};                     // the case, and what its controls are set to
let ran = null, programs = [], at = 0;                // the code that ran, its frames, the steps taken
let kept = null, typed = false;                       // the learner's own code; typed and not run yet
let answers = {}, ahead = false;                      // step -> choice of each program; ask about the next
let pair = ['', ''], request = 0;

const frame = (program, step = at) => program[Math.min(step, program.length - 1)];
const last = () => Math.max(...programs.map(program => program.length)) - 1;
const edited = () => !ran || code.value !== ran.source;
const heading = i => escapeHtml(fillIn(here.headings[i], values));
const which = (tag, i) => programs.length > 1 ? `<${tag} class="which mono">${heading(i)}</${tag}>` : '';
const chip = name => all('table.names .chip').find(drawn => drawn.textContent === name)?.outerHTML ?? escapeHtml(name);

// ---- Cases and running: one call, all steps.
function choose(entry, next) {
  [here, values] = [entry, next];
  find('#tensor-case-list').value = entry.id;
  find('.note').textContent = entry.note;
  find('.controls').innerHTML = controlsHtml(entry, next);
}

function keepTyped() { if (typed && !readBack(here, code.value)) kept = code.value; }

function openCase(entry, step = entry.step) {
  keepTyped();
  if (entry === own) { choose(own, {}); run(kept ?? code.value, at); return; }
  choose(entry, firstValues(entry));
  pair = [...entry.compare];
  run(fillIn(entry.code, values), step);
}

function runTyped() {
  keepTyped();
  run(code.value);
}

async function run(source, step = Infinity) {
  const mine = ++request, fits = readBack(here, source);
  choose(fits ? here : own, fits || {});
  const beside = here.beside ? fillIn(here.beside, values) : null;
  code.value = source;
  typed = false;
  number();
  memory.setAttribute('aria-busy', 'true');
  find('.position').textContent = 'running …';
  let reply = null;
  try { reply = await server.trace({source, beside}); } catch { /* said below, like no answer */ }
  if (mine !== request) return;
  memory.setAttribute('aria-busy', 'false');
  if (!reply || reply.error) {
    const words = reply?.error || 'The server did not answer. Check that it is running, then run the code again.';
    find('#tensor-message').innerHTML = `<div class="notice error"><p>${escapeHtml(words)}</p></div>`;
    find('.position').textContent = 'not run';
    return;
  }
  if (ran?.source !== source || ran.beside !== beside) answers = {};
  ran = {source, beside};
  programs = reply.programs;
  lay();
  go(step);
}

// ---- The code: line numbers, the current line, and which button comes next.
function number() {
  const lines = code.value.split('\n');
  find('.gutter').innerHTML = lines.map((_, i) => `<button type="button" tabindex="-1" data-line="${i + 1}" ` +
    `aria-label="Go to line ${i + 1}">${i + 1}</button>`).join('');
  find('.marks').innerHTML = lines.map(() => '<i></i>').join('');
  code.rows = Math.max(3, lines.length);
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
  if (dirty) find('.position').textContent = 'edited: run it to see what it does';
}

// ---- The picture. Space for the tallest step is there from the start.
function lay() {
  memory.classList.toggle('two', programs.length > 1);
  memory.innerHTML = programs.map((_, i) => '<section class="program">' +
    (programs.length > 1 ? `<h3><span class="mono">${heading(i)}</span><code></code></h3>` : '') + '<p class="sentence"></p><div class="strips"></div></section>').join('');
  find('.beside').hidden = programs.length < 2;
  if (programs.length > 1) {
    const lines = ran.source.split('\n');
    find('.beside p').innerHTML = `Beside it, <span class="mono">${heading(1)}</span>:`;
    find('.beside pre').innerHTML = ran.beside.split('\n').map((line, i) =>
      `<span class="${line === lines[i] ? 'dim' : ''}">${escapeHtml(line)}\n</span>`).join('');
  }
  [...table.tBodies].forEach(body => body.remove());
  programs.forEach(() => table.append(document.createElement('tbody')));
  const names = [...new Set(programs.flatMap(program => program.flatMap(({facts}) => Object.keys(facts))))];
  if (!pair.every(name => names.includes(name))) pair = [names[1] ?? names[0] ?? '', names[0] ?? ''];
  all('.pair select').forEach((list, i) => {
    list.innerHTML = names.map(name => `<option>${escapeHtml(name)}</option>`).join('');
    list.value = pair[i];
    list.disabled = !names.length;
  });
  find('.output').hidden = !programs.some(program => program.some(({printed}) => printed));
  reserve();
}

const rowsAt = (i, step) => (programs.length > 1 ? `<tr class="which"><th colspan="6" class="mono">${heading(i)}</th></tr>` : '') +
  frame(programs[i], step).rows;
const messageAt = step => programs.map((program, i) =>
  step < program.length && program[step].message ? which('p', i) + program[step].message : '').join('');
const printedAt = step => programs.flatMap(program => program.slice(0, step + 1).map(({printed}) => printed)).join('');

function reserve() {
  const steps = [...Array(Math.min(last() + 1, MEASURED)).keys()];
  for (const level of LEVELS) {                       // the first at which every strip of every step fits
    memory.dataset.level = level;
    const boxes = all('.strips').filter((box, i) => {
      keep(box, steps.map(step => frame(programs[i], step).memory));
      return box.classList.contains('tight');
    });
    if (!boxes.length) break;
  }
  all('.sentence').forEach((box, i) => keep(box, steps.map(step => escapeHtml(frame(programs[i], step).sentence))));
  [...table.tBodies].forEach((body, i) => keep(body, steps.map(step => rowsAt(i, step)), find('.table')));
  keep(find('#tensor-message'), steps.map(messageAt));
  keep(find('#tensor-printed'), [escapeHtml(printedAt(last()))]);
}

function keep(box, versions, outer = box) {           // as high as its highest version, at most 900 px
  outer.style.minHeight = '';
  let height = 0, tight = false;
  for (const html of versions) {
    box.innerHTML = html;
    height = Math.max(height, outer.offsetHeight);
    tight ||= box.scrollWidth > box.clientWidth;
  }
  box.classList.toggle('tight', tight);
  outer.style.minHeight = Math.min(height, 900) + 'px';
}

// ---- Stepping.
function go(step) {
  if (!programs.length) return;
  const before = at;
  at = Math.max(0, Math.min(step, last()));
  ahead = false;
  draw();
  memory.classList.toggle('moved', at > before);      // what changed flashes only on the way forward
  mark();
  compare();
  predict();
}

function draw() {
  const lines = ran.source.trimEnd().split('\n').length, {line} = frame(programs[0]);
  find('.after').textContent = at === 0 ? 'Memory before line 1' : `Memory after line ${line}`;
  find('.position').textContent = (at === 0 ? 'before line 1' : `line ${line} of ${lines}`) +
    (last() === lines ? '' : `, step ${at} of ${last()}`);
  all(programs.length > 1 ? '.program h3 code' : '.picture h2 code').forEach((drawn, i) =>
    drawn.textContent = frame(programs[i]).source.split('\n')[0]);
  if (programs.length > 1) find('.picture h2 code').textContent = '';
  all('.program').forEach((box, i) => {
    const now = frame(programs[i]);
    box.querySelector('.sentence').textContent = now.sentence;
    box.querySelector('.strips').innerHTML = now.memory;
    table.tBodies[i].innerHTML = rowsAt(i, at);
  });
  all('.strip').forEach(strip => strip.querySelector('.cell')?.setAttribute('tabindex', '0'));
  find('#tensor-message').innerHTML = messageAt(at);
  find('#tensor-printed').textContent = printedAt(at);
  find('.picked').textContent = find('.cell') ? HINT : '';
}

function toLine(line) {
  if (edited() || !programs.length) return;
  const steps = [...programs[0].keys()].filter(step => programs[0][step].line === line);
  if (steps.length) go(steps.find(step => step > at) ?? steps[0]);
}

function pick(cell) {
  const again = cell.matches('.chosen');
  all('.chosen, .lit, .unlit').forEach(drawn => drawn.classList.remove('chosen', 'lit', 'unlit'));
  find('.picked').textContent = again ? HINT : cell.getAttribute('aria-label');
  if (again) return;
  cell.classList.add('chosen');
  const names = cell.dataset.names.split('\n');
  for (const reader of cell.closest('.strip').querySelectorAll('.reader'))
    reader.classList.add(names.includes(reader.dataset.name) ? 'lit' : 'unlit');
}

// ---- The cards.
function compare() {
  find('.facts').innerHTML = programs.map((program, i) =>
    `<div>${which('h4', i)}${factsHtml(frame(program).facts, ...pair)}</div>`).join('');
}

function predict() {                                  // the line that was predicted, else the next one
  const askable = step => step <= last() && programs.some(program => program[step]?.question);
  const step = answers[at] && !ahead || !askable(at + 1) ? at : at + 1;
  find('#tensor-predict').innerHTML = askable(step)
    ? questionHtml(programs.map(program => frame(program, step)), answers[step], step <= at, answers[at] && askable(at + 1), chip)
    : '<h3>Predict</h3><p class="dim">Go on: there is no name yet that the next line could change.</p>';
}

function lock() {
  answers[at + 1] = programs.map((_, i) => Number(find(`[name=predict-${i}]:checked`)?.value ?? -1));
  go(at + 1);
  (find('[data-do=ahead]') || find('#tensor-back')).focus({preventScroll: true});
}

// ---- What the learner does.
find('#tensor-case-list').innerHTML = cases.map(({id, title}) => `<option value="${id}">${escapeHtml(title)}</option>`).join('');
find('#tensor-back').addEventListener('click', () => go(at - 1));
find('#tensor-forward').addEventListener('click', () => go(at + 1));
find('#tensor-run').addEventListener('click', runTyped);
code.addEventListener('input', () => { typed = true; number(); });
code.addEventListener('click', () => toLine(code.value.slice(0, code.selectionStart).split('\n').length));
element.addEventListener('change', ({target}) => {
  if (target.id === 'tensor-case-list') openCase(cases.find(({id}) => id === target.value));
  if (target.dataset.control) {
    keepTyped();
    values[target.dataset.control] = target.value;
    run(fillIn(here.code, values), here.step);
  }
  if (target.name?.startsWith('predict-'))
    find('[data-do=lock]').disabled = all('#tensor-predict fieldset').some(set => !set.querySelector(':checked'));
  if (target.closest('.pair')) { pair = all('.pair select').map(list => list.value); compare(); }
});
element.addEventListener('click', ({target}) => {
  const cell = target.closest('.cell');
  if (cell) pick(cell);
  if (target.dataset.line) toLine(Number(target.dataset.line));
  if (target.dataset.do === 'lock') lock();
  if (target.dataset.do === 'ahead') { ahead = true; predict(); find('#tensor-predict input')?.focus(); }
});
document.addEventListener('keydown', event => {
  const {key, target} = event;
  if (!page.isOpen('tensors') || event.altKey || event.metaKey) return;
  if (key === 'Enter' && event.ctrlKey && element.contains(target)) return runTyped();
  if (key === 'Escape' && target === code) return find('#tensor-run').focus();
  const move = {ArrowRight: 1, ArrowLeft: -1}[key];
  if (!move || event.ctrlKey || event.shiftKey || !element.contains(target) && target !== document.body
    || target.closest('input, select, textarea, .values, pre')) return;
  const cells = [...target.closest('.strip')?.querySelectorAll('.cell') ?? []];
  if (cells.length) return cells[cells.indexOf(target) + move]?.focus();
  event.preventDefault();
  if (!edited()) go(at + move);
});
let width = 0;
new ResizeObserver(() => {
  if (!memory.clientWidth || memory.clientWidth === width) return;
  width = memory.clientWidth;
  find('.tensors').classList.toggle('narrow', width < NARROW * parseFloat(getComputedStyle(memory).fontSize));
  if (!programs.length) return;
  memory.classList.remove('moved');
  reserve();
  draw();
  mark();
}).observe(memory);

let asked = false;                                    // the walkthrough may have asked before the tab was there
page.onShow('tensors', setup => {
  asked = true;
  if (!setup.code) return openCase(cases.find(({id}) => id === setup.case) ?? cases[0], setup.step);
  keepTyped();
  choose(own, {});
  run(setup.code, setup.step);
});
if (!asked) openCase(cases[0]);
