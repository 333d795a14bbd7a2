// A fix in the Tensors tab: its button puts the edited code into the editor and runs it; another takes it back.
let fixed = null;                                     // the last fix, what it was made from, and the page before it

const isFixed = () => fixed !== null && code.value === fixed.source;

function fixedLines() {                               // from 0; the lines that were not there before
  const old = fixed?.from.split('\n');
  return isFixed() ? fixed.source.split('\n').flatMap((line, i) => old.includes(line) ? [] : [i]) : [];
}

function fixedHtml() {
  if (!isFixed()) return '';
  const lines = fixedLines().map(i => i + 1), many = lines.length > 1 ? 'Lines' : 'Line';
  const button = (what, words) => `<button type="button" class="button" data-do="${what}">${words}</button>`;
  return `<div class="notice mended"><h4>${many} ${lines.join(' and ')} fixed</h4><p>${escapeHtml(fixed.label)}.</p>` +
    `${button('unfix', 'Undo the fix')}${caseAfterFix() ? button('onward', 'Next case') : ''}</div>`;
}

function caseAfterFix() {                             // a fixed case is the learner's own code; this leads on from it
  const place = coded.findIndex(({id}) => id === fixed?.before.case);
  return place < 0 ? undefined : coded[place + 1];
}

async function fix(button) {
  const i = Number(button.closest('[data-program]').dataset.program);
  const {label, source} = frame(programs[i]).fixes[button.dataset.fix];
  fixed = {label, source, from: i ? ran.beside : ran.source, before: stateNow(), kept};
  if (here === own) kept = source;
  await run(source);
  find('[data-do=unfix]')?.focus();
}

async function unfix() {
  const {before} = fixed;
  [kept, fixed] = [fixed.kept, null];
  await restore(before);
  find('[data-fix]')?.focus();
}
