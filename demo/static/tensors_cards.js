// A prediction's card as HTML: the question, its choices, and what happened. Pure: plain data in, text out.
// The answers are those of the trace; nothing is known here beforehand.

// kind -> how the list of questions names it, how it is asked before the line, and how after.
const ASKED = {
  names: ['which names change', 'which names will change?', 'which names changed?'],
  raises: ['an error or not', 'will it raise an error?', 'did it raise an error?'],
  shape: ['shape of {0}', 'what shape will {0} have?', 'what shape does {0} have?'],
  value: ['value of {0}', 'what will {0} be?', 'what is {0}?'],
  storage: ['same memory: {0}, {1}', 'will {0} and {1} read the same memory?', 'do {0} and {1} read the same memory?'],
};
const worded = ({kind, about}, form) => ASKED[kind][form].replace(/\{(\d)\}/g, (_, i) => about[i]);
const keyOfQuestion = ({kind, about}) => [kind, ...about].join(' ');

function askHtml(questions, key) {
  const option = question => `<option value="${escapeHtml(keyOfQuestion(question))}"` +
    `${keyOfQuestion(question) === key ? ' selected' : ''}>${escapeHtml(worded(question, 0))}</option>`;
  return '<label class="field ask"><span>Predict</span><select aria-label="What to predict">' +
    `${questions.map(option).join('')}</select></label>`;
}

// One program's question. given: undefined, or what was locked in: the position of a choice, or text.
function choicesHtml({kind, about, choices, answer}, i, {called, source, raised, given, done, chip}) {
  const words = choice => kind === 'names' ? (choice.length ? choice.map(chip).join(' ') : 'none')
    : `<span class="${kind === 'shape' || kind === 'value' ? 'mono' : ''}">${escapeHtml(choice)}</span>`;
  const locked = given !== undefined, error = done && raised ? `an error: ${escapeHtml(raised)}` : 'an error';
  const typed = typeof given === 'string' ? [`<span class="mono">${escapeHtml(given)}</span>`] : [];
  const row = (label, position) => {
    const yours = given === position || position > choices.length, right = done && answer === position;
    const tag = right ? (yours ? 'you were right' : 'what happened') : yours ? 'your answer' : '';
    return `<label class="choice${right ? ' right' : ''}"><input type="radio" name="predict-${i}" value="${position}"` +
      `${yours ? ' checked' : ''}${done || locked ? ' disabled' : ''}><span>${label}</span><em>${tag}</em></label>`;
  };
  const rows = [...choices.map(words), error, ...typed].map(row);
  if (!done && !locked && READABLE[kind]) rows.push(typedHtml(kind, about, i));
  return `<fieldset><legend class="mono">${called}${escapeHtml(source.split('\n')[0])}</legend>${rows.join('')}</fieldset>`;
}

const typedHtml = (kind, about, i) =>
  `<div class="choice typed"><input type="radio" name="predict-${i}" value="typed" aria-label="Type it">` +
  `<input type="text" data-typed="${i}" maxlength="200" autocomplete="off" spellcheck="false" placeholder="or type it"` +
  ` aria-label="${escapeHtml(`${kind} of ${about[0]}, typed`)}"></div>`;

// What was locked in, or what happened, in plain words.
function spelledChoice({kind, choices}, given) {
  if (typeof given === 'string') return given;
  const choice = choices[given] ?? 'an error';
  return kind === 'names' && given < choices.length ? choice.join(' and ') || 'none' : choice;
}
