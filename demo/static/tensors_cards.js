// The cards of the Tensors tab: what two names share, and the prediction. Pure: frames in, HTML out.
// The answers are those of the trace; nothing is known here beforehand.

// Same object, same storage, same values? facts: name -> what the server says about it.
function factsHtml(facts, a, b) {
  const one = facts[a], two = facts[b], there = one && two, drawn = there && one.storage && two.storage;
  const cells = there && (a === b ? 'all its cells' : one.shared[b]);
  const yes = words => ['yes', words], no = words => ['no', words];
  const rows = [
    [`${a} is ${b}`, there && (one.object === two.object ? yes('True') : no('False'))],
    ['same storage?', drawn && (one.storage !== two.storage ? no(`no, ${one.storage} and ${two.storage}`)
      : cells ? yes(`yes, ${cells}`) : no('yes, but no common cell'))],
    ['same values?', there && (one.shape !== two.shape ? no('different shapes')
      : one.values === two.values ? yes('yes') : no('no'))],
  ];
  const missing = there ? 'no storage' : 'not there yet';
  return '<dl>' + rows.map(([what, answer]) => `<div><dt>${escapeHtml(what)}</dt><dd class="mono ${answer ? answer[0] : 'dim'}">` +
    `${escapeHtml(answer ? answer[1] : missing)}</dd></div>`).join('') + '</dl>';
}

// frames: the step in question, of each program. given: what was locked in. done: the step has run.
function questionHtml(frames, given, done, more, chip) {
  const line = frames[0].line;
  const groups = frames.map(({question, source}, i) => {
    if (!question) return '';
    const labels = question.choices.map(names => names.length ? names.map(chip).join(' ') : 'none');
    const choices = [...labels, 'an error'].map((label, k) => {
      const yours = given && given[i] === k, right = done && question.answer === k;
      const tag = right ? (yours ? 'you were right' : 'what happened') : yours ? 'your answer' : '';
      return `<label class="choice${right ? ' right' : ''}"><input type="radio" name="predict-${i}" value="${k}"` +
        `${yours ? ' checked' : ''}${done || given ? ' disabled' : ''}><span>${label}</span><em>${tag}</em></label>`;
    });
    return `<fieldset><legend class="mono">${escapeHtml(source.split('\n')[0])}</legend>${choices.join('')}</fieldset>`;
  });
  const right = given && frames.every(({question}, i) => !question || question.answer === given[i]);
  const verdict = given && !done ? `Your answer is locked in: run line ${line} to see.`
    : !done ? 'Choose, then lock it in. Your answer stays beside what happens.'
    : !given ? 'You did not predict this line.' : right ? 'You were right.' : 'Not what you said. The picture shows why.';
  const button = !done ? (given ? '' : `<button type="button" class="button" data-do="lock" disabled>Lock it in, run line ${line}</button>`)
    : more ? '<button type="button" class="button" data-do="ahead">Predict the next line</button>' : '';
  return `<h3>${done ? `Line ${line}: which names changed?` : `Before line ${line}: which names will change?`}</h3>` +
    `<div class="choices">${groups.join('')}</div><p class="verdict">${verdict}</p>${button}`;
}
