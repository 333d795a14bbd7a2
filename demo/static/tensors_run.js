// The Tensors tab's state: the case, the code that ran, its frames, and the step the learner is at.
// One call of the server a run; what a step looks like is drawn elsewhere.
const find = selector => element.querySelector(selector);
const all = selector => [...element.querySelectorAll(selector)];
const code = find('#tensor-code-text'), memory = find('#tensor-memory'), table = find('table.names');
const cases = props.cases, own = cases.find(entry => !entry.code);

let here = cases[0], values = {};                     // the case, and what its controls are set to
let ran = null, programs = [], at = 0;                // the code that ran, its frames, the steps taken
let kept = null, typed = false;                       // the learner's own code; typed and not run yet
let pair = ['', ''], request = 0;

const frame = (program, step = at) => program[Math.min(step, program.length - 1)];
const last = () => Math.max(...programs.map(program => program.length)) - 1;
const edited = () => !ran || code.value !== ran.source;
const heading = i => escapeHtml(fillIn(here.headings[i], values));
const which = (tag, i) => programs.length > 1 ? `<${tag} class="which mono">${heading(i)}</${tag}>` : '';
const chip = name => all('table.names .chip').find(drawn => drawn.textContent === name)?.outerHTML ?? escapeHtml(name);

function choose(entry, next) {
  const {control} = document.activeElement?.dataset ?? {};            // drawn anew under the learner's hands
  [here, values] = [entry, next];
  find('.tensors').dataset.focus = entry.focus;
  find('.case-title').textContent = entry.title;
  find('.note').textContent = entry.note;
  find('.controls').innerHTML = controlsHtml(entry, next);
  if (control) find(`[data-control="${control}"]`)?.focus();
  pointOut();
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
  return run(code.value);
}

async function begin() {                               // with a first tensor, after what is written
  code.value = [code.value.trimEnd(), FIRST].filter(Boolean).join('\n');
  typed = true;
  await runTyped();
  find('#tensor-run').focus();
}

async function run(source, step = Infinity, given = null) {
  const mine = ++request, fits = readBack(here, source);
  choose(fits ? here : own, fits || {});
  const beside = here.beside ? fillIn(here.beside, values) : null;
  clearTimeout(due);                                   // a link to this code would have the step of that before
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
  if (ran?.source !== source || ran.beside !== beside) [answers, asking] = [{}, {}];
  ran = {source, beside};
  programs = reply.programs.map(unfolded);
  if (given) answers = fitting(given);
  lay();
  go(step);
}

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
  remember();
}

function toLine(line) {
  if (edited() || !programs.length) return;
  const steps = [...programs[0].keys()].filter(step => programs[0][step].line === line);
  if (steps.length) go(steps.find(step => step > at) ?? steps[0]);
}

// What is on the page, as plain data, and the same page again.
const stateNow = () => ({case: here.id, code: code.value, step: at, answers: edited() ? {} : answers});

function restore(state) {
  keepTyped();
  const entry = cases.find(({id}) => id === state.case) ?? own;
  pair = [...entry.compare];
  choose(entry, firstValues(entry));
  return run(state.code, state.step, state.answers);
}
