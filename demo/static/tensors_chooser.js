// The list of cases: in groups, with a tick at those that were predicted, and a way to the next one.
// What was done is kept in the visitor's browser only.
const DONE = 'my-first-neural-net.cases';
const coded = cases.filter(entry => entry.code);
let predicted = new Set([page.recall(DONE) ?? []].flat());

function keepDone() {
  page.keep(DONE, [...predicted]);
  listCases();
}

function markDone(entry) { predicted.add(entry.id); keepDone(); }

function clearDone() {
  predicted = new Set();
  keepDone();
  find('#tensor-case-list').focus();
}

const nextCase = (by = 1) => coded[(here === own ? coded.length : coded.indexOf(here)) + by];

function listCases() {
  const list = find('#tensor-case-list'), option = id => {
    const {title} = cases.find(entry => entry.id === id), ticked = predicted.has(id);
    const look = ticked ? ` aria-label="${escapeHtml(title)}, done">✓ ` : '>';
    return `<option value="${escapeHtml(id)}"${look}${escapeHtml(title)}</option>`;
  };
  list.innerHTML = props.groups.map(({title, ids}) =>
    `<optgroup label="${escapeHtml(title)}">${ids.map(option).join('')}</optgroup>`).join('');
  pointOut();
}

function pointOut() {                                 // which of them is open
  const count = coded.filter(({id}) => predicted.has(id)).length;
  find('#tensor-case-list').value = here.id;
  find('.count').textContent = here === own ? own.title : `case ${coded.indexOf(here) + 1} of ${coded.length}`;
  find('#tensor-case-back').disabled = !nextCase(-1);
  find('#tensor-case-next').disabled = !nextCase();
  if (document.activeElement?.matches('.chooser :disabled')) find('#tensor-case-list').focus();
  find('.done').hidden = !count;
  find('.done span').textContent = `✓ ${count} done`;
}
