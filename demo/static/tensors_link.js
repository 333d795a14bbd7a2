// A link to what the Tensors tab shows: #case=view&operation=mul&step=2, or code= in place of the controls.
// Plain data both ways, and all of it checked when it comes back; nothing on the page is touched here.
const LONGEST_CODE = 4000, LONGEST_LINK = 60_000;      // in characters; one of code takes up to 9 in a link
const MOST_STEPS = 1000, MOST_ITEMS = 20, LONGEST_TEXT = 200;
const BESIDE = ['case', 'code', 'step', 'answers', 'tab'];             // what is not a control

const keyOf = control => BESIDE.includes(control.id) ? `set-${control.id}` : control.id;

// state: {case: id, code: text, step: number, answers: {step: what was locked in}, tab: the open one}.
function toFragment(state) {
  const entry = cases.find(({id}) => id === state.case), values = readBack(entry, state.code);
  const link = new URLSearchParams({case: entry.id});
  if (!values) link.set('code', state.code);
  for (const control of values ? entry.controls : [])
    if (values[control.id] !== control.options[0][1]) link.set(keyOf(control), values[control.id]);
  link.set('step', state.step);
  if (Object.keys(state.answers).length) link.set('answers', JSON.stringify(state.answers));
  if (state.tab !== 'tensors') link.set('tab', state.tab);
  return link.toString();
}

// The same state again, or null where this is no such link.
function fromFragment(text) {
  try { decodeURIComponent(text); } catch { return null; }  // URLSearchParams makes other code of it
  const link = new URLSearchParams(text), entry = cases.find(({id}) => id === link.get('case'));
  if (!entry || text.length > LONGEST_LINK) return null;
  const values = firstValues(entry);
  for (const control of entry.controls) values[control.id] = link.get(keyOf(control)) ?? values[control.id];
  const written = (link.get('code') ?? fillIn(entry.code, values)).replace(/\r\n?/g, '\n');
  const step = Number(link.get('step')), answers = readAnswers(link.get('answers') ?? '{}');
  const sound = (link.has('code') || !entry.code || readBack(entry, written)) && written.length <= LONGEST_CODE
    && Number.isInteger(step) && step >= 0 && step <= MOST_STEPS && answers;
  return sound ? {case: entry.id, code: written, step, answers, tab: link.get('tab') ?? 'tensors'} : null;
}

// Step -> a short plain answer; null for anything else.
function readAnswers(text) {
  let given;
  try { given = JSON.parse(text); } catch { return null; }
  const isObject = value => value !== null && typeof value === 'object';
  const isPlain = (value, depth) => isObject(value)
    ? depth > 0 && Object.keys(value).length <= MOST_ITEMS && Object.values(value).every(part => isPlain(part, depth - 1))
    : typeof value !== 'string' || value.length <= LONGEST_TEXT;
  const isAnswer = ([step, answer]) => /^\d{1,4}$/.test(step) && isPlain(answer, 3);
  return isObject(given) && !Array.isArray(given) && Object.entries(given).every(isAnswer) ? given : null;
}
