// The prediction of the Tensors tab: asked before a line, locked in, and kept beside what happened.
// One a step; all of them last as long as the code that they are about.
const CHOOSE = 'Choose, then lock it in. Your answer stays beside what happens.';

let answers = {}, asking = {};                        // step -> what was locked in; what is asked
let ahead = false;                                    // ask about the next line

const questionsAt = step => programs.flatMap(program => program[step]?.questions ?? [])
  .filter((question, i, every) => every.findIndex(other => keyOfQuestion(other) === keyOfQuestion(question)) === i);
const questionIn = (program, step, key) => program[step]?.questions.find(question => keyOfQuestion(question) === key);
const isCases = step => here !== own && step === here.step + 1;   // the line that the case is about

function keyAt(step) {                                // what is asked of a step
  const every = questionsAt(step), keys = every.map(keyOfQuestion);
  const ofCase = isCases(step) && every.find(({kind, about}) =>
    kind === here.ask && here.about.every(name => about.includes(name)));
  const wanted = answers[step] ? keyOfQuestion(answers[step]) : asking[step];
  return keys.includes(wanted) ? wanted : ofCase ? keyOfQuestion(ofCase) : keys[0];
}

function predict() {                                  // the line that was predicted, else the next one
  const askable = step => step <= last() && questionsAt(step).length > 0;
  const step = answers[at] && !ahead || !askable(at + 1) ? at : at + 1;
  const done = step <= at, more = done && askable(at + 1);
  const card = find('#tensor-predict .card'), inside = card.contains(document.activeElement);
  card.innerHTML = (askable(step) ? cardHtml(step, done)
    : '<h3>Predict</h3><p class="dim">Run some lines first: there is nothing to predict here.</p>') + buttonsHtml(step, done, more);
  if (inside) (card.querySelector('select, button:enabled') ?? find('.steps .button:enabled'))?.focus({preventScroll: true});
}

function cardHtml(step, done) {
  const key = keyAt(step), {given} = answers[step] ?? {}, every = questionsAt(step);
  const asked = every.find(question => keyOfQuestion(question) === key);
  const {line} = programs.map(program => program[step]).find(Boolean);
  const fieldsets = programs.map((program, i) => {
    const question = questionIn(program, step, key), {source, raised} = frame(program, step);
    const known = {called: which('b', i), source, raised, given: given?.[i], done, chip};
    return question ? choicesHtml(question, i, known) : '';
  });
  return `<h3>${escapeHtml(done ? `Line ${line}: ${worded(asked, 2)}` : `Before line ${line}: ${worded(asked, 1)}`)}</h3>` +
    (done || given ? '' : askHtml(every, key)) + `<div class="choices">${fieldsets.join('')}</div>` +
    `<p class="verdict">${escapeHtml(verdict(step, done, line))}</p>` +
    (done && isCases(step) && here.after ? `<p class="why">${escapeHtml(here.after)}</p>` : '');
}

function verdict(step, done, line) {
  if (!answers[step]) return done ? 'You did not predict this line.' : CHOOSE;
  if (!done) return `Your answer is locked in: run line ${line} to see.`;
  const right = rightAt(step);
  if (right.every(Boolean)) return 'You were right.';
  return `${right.some(Boolean) ? 'One of the two is as you said.' : 'Not what you said.'} The picture shows why.`;
}

function rightAt(step) {                                // of each program that was asked about
  const asked = programs.map(program => questionIn(program, step, keyAt(step)));
  return asked.flatMap((question, i) => question ? [question.answer === answers[step].given[i]] : []);
}

function buttonsHtml(step, done, more) {
  const button = (what, words, look = '', state = '') =>
    `<button type="button" class="button ${look}" data-do="${what}"${state}>${words}</button>`;
  const open = !done && !answers[step] && questionsAt(step).length, {line} = frame(programs[0], step);
  return `<div class="buttons">${[
    open ? button('lock', `Lock it in, run line ${line}`, '', ' disabled') : '',
    here !== own && at > here.step && nextCase() ? button('next', 'Next case', at >= last() ? 'primary' : '') : '',
    more && answers[step] ? button('ahead', 'Predict the next line') : '',
  ].join('')}</div>`;
}

const chosen = i => find(`[name=predict-${i}]:checked`)?.value;
const typedIn = i => find(`[data-typed="${i}"]`);
const answerable = () => all('#tensor-predict fieldset').every(set => {
  const {value} = set.querySelector(':checked') ?? {};
  return value && (value !== 'typed' || set.querySelector('[data-typed]').value.trim());
});
const announce = words => { find('#tensor-predict .spoken').textContent = words; };
const enableLock = () => { const button = find('[data-do=lock]'); if (button) button.disabled = !answerable(); };

function lock() {
  const step = at + 1, key = keyAt(step), given = [];
  for (const [i, program] of programs.entries()) {
    const question = questionIn(program, step, key);
    if (!question) { given.push(-1); continue; }
    given.push(chosen(i) === 'typed' ? standsFor(question, typedIn(i).value) : Number(chosen(i)));
    if (given[i] === undefined) {
      find('#tensor-predict .verdict').textContent = READABLE[question.kind];
      announce(READABLE[question.kind]);
      typedIn(i).focus();
      return;
    }
  }
  const {kind, about} = questionsAt(step).find(question => keyOfQuestion(question) === key);
  answers[step] = {kind, about, given};
  if (isCases(step)) markDone(here);
  go(step);
  (find('.card [data-do]:enabled') ?? find('#tensor-back')).focus({preventScroll: true});
  announce(spoken(step, key));
}

function spoken(step, key) {                          // the outcome, for those who hear the page
  const parts = programs.map((program, i) => {
    const question = questionIn(program, step, key);
    return question && `you said ${spelledChoice(question, answers[step].given[i])}, ` +
      `it was ${spelledChoice(question, question.answer)}`;
  });
  return `${verdict(step, true)} ${parts.filter(Boolean).join('; ')}. ${isCases(step) ? here.after : ''}`;
}

// Of answers that came from elsewhere, those that fit the steps.
function fitting(given) {
  return Object.fromEntries(Object.entries(given).filter(([step, answer]) => {
    const asked = ASKED[answer?.kind] && Array.isArray(answer.about) && Array.isArray(answer.given)
      && programs.map(program => questionIn(program, step, keyOfQuestion(answer)));
    return asked && asked.some(Boolean) && asked.every((question, i) => !question || typeof answer.given[i] === 'string'
      || Number.isInteger(answer.given[i]) && answer.given[i] >= 0 && answer.given[i] <= question.choices.length);
  }));
}
