// Take away: the address bar that leads back to what is shown, a link to copy, the code as a file.
// It reads the tab by stateNow(), sets it up by restore(state), and is told of every change by remember().
const BROKEN_LINK = 'This link is damaged, so here is the first case: ask for the link again, or begin here.';
const NO_ANSWER = 'The server did not answer: check that it is running, then try again.';
const PAUSE = 300;                                     // ms; browsers refuse many changes in a row
const TABS = ['tensors', 'training', 'classify'];

let untouched = null, due = 0;

const openTab = () => TABS.find(name => page.isOpen(name)) ?? TABS[0];
const fragment = () => toFragment({...stateNow(), tab: openTab()});

function address() {
  const url = new URL(location);
  url.hash = fragment();
  return url.href;
}

function remember() {
  untouched ??= fragment();                            // what a visitor meets needs no link
  clearTimeout(due);
  due = setTimeout(keepAddress, PAUSE);
}

function keepAddress() {
  clearTimeout(due);
  if (untouched === null || !location.hash && fragment() === untouched) return;
  try { history.replaceState(history.state, '', address()); } catch { /* too many: the next one will do */ }
}

// Sets the tab up as the address bar says; false where it says nothing, or nothing that can be read.
function followAddress() {
  const text = location.hash.slice(1), state = text && fromFragment(text);
  find('.link-broken').textContent = text && !state ? BROKEN_LINK : '';
  if (!state) return false;
  if (TABS.includes(state.tab)) page.open(state.tab);
  restore(state);
  return true;
}

const say = words => { find('.takeaway output').textContent = words; };

async function copyLink() {
  say(await page.copyLink(address(), find('#tensor-link-text')));
}

async function download(format) {
  let reply = null;
  try { reply = await server.take({format, source: code.value, case: here.id, link: address()}); } catch { /* said below */ }
  if (!reply?.text) return say(reply?.error ?? NO_ANSWER);
  const file = URL.createObjectURL(new Blob([reply.text], {type: 'text/plain'}));
  Object.assign(document.createElement('a'), {href: file, download: reply.name}).click();
  setTimeout(() => URL.revokeObjectURL(file), 10_000);
  say(`${reply.name} is downloaded.`);
}

find('#tensor-link').addEventListener('click', copyLink);
all('[data-format]').forEach(button => button.addEventListener('click', () => download(button.dataset.format)));
element.addEventListener('input', () => { find('.link-broken').textContent = ''; });
addEventListener('pagehide', keepAddress);
addEventListener('hashchange', () => { if (!followAddress()) openCase(cases[0]); });
new MutationObserver(remember).observe(document.querySelector('#tabs'), {subtree: true, attributeFilter: ['aria-selected']});
