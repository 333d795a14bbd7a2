// Two names of the Tensors tab compared: one object, one storage, the same values?
// facts: name -> what the server says about it.
function factsHtml(facts, a, b) {
  const one = facts[a], two = facts[b], there = one && two, drawn = there && one.storage && two.storage;
  const cells = there && (a === b ? 'all its cells' : one.shared[b]);
  const values = there && one.values !== null && two.values !== null;
  const yes = words => ['yes', words], no = words => ['no', words];
  const rows = [
    [`${a} is ${b}`, there && (one.object === two.object ? yes('True') : no('False'))],
    ['same storage?', drawn && (one.storage !== two.storage ? no(`no, ${one.storage} and ${two.storage}`)
      : cells ? yes(`yes, ${cells}`) : no('yes, but no common cell'))],
    ['same values?', there && one.shape && two.shape && one.shape !== two.shape ? no('different shapes')
      : values && (one.values === two.values ? yes('yes') : no('no'))],
  ];
  const missing = what => !there ? 'not there yet' : what === 'same storage?' ? 'no storage' : 'no values';
  return '<dl>' + rows.map(([what, answer]) => `<div><dt>${escapeHtml(what)}</dt><dd class="mono ${answer ? answer[0] : 'dim'}">` +
    `${escapeHtml(answer ? answer[1] : missing(what))}</dd></div>`).join('') + '</dl>';
}

function compare() {
  find('.facts').innerHTML = programs.map((program, i) =>
    `<div>${which('h4', i)}${factsHtml(frame(program).facts, ...pair)}</div>`).join('');
}
