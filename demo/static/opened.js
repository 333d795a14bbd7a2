// One step, opened: asks for a paused run's next step and walks through its stages. It moves no run.
const panel = element.querySelector('.opened'), find = name => element.querySelector('.opened-' + name);
const button = name => element.querySelector('#opened-' + name);
const tabs = [...element.querySelectorAll('[data-stage]')];
let now = {run: null, mode: null, step: null};         // the run that the tab shows
let opened = null;                                     // what the server answered, while it stands there
let stage = 0, asked = 0;
let taken = null;                                      // the run's step when you had it take the next one

const still = () => now.run && now.mode === 'paused';

function line() {
  if (opened) return `You look at step ${opened.step.toLocaleString()} before it is taken. Looking does not move the run.`;
  if (still()) return `The run stands at step ${(now.step ?? 0).toLocaleString()}. Look at what its next step will do, number by number.`;
  return 'Press One step, or pause a run, and you can open its next step here.';
}

function show() {
  find('line').textContent = line();
  button('open').hidden = !!opened;
  button('open').disabled = !still();
  find('walk').hidden = !opened;
  if (!opened) return;
  const {says, html} = opened.stages[stage], body = find('body');
  find('says').textContent = says;
  if (body.dataset.shows !== `${opened.ticket} ${stage}`) body.innerHTML = html;
  body.dataset.shows = `${opened.ticket} ${stage}`;
  if (find('code').dataset.shows !== String(opened.ticket)) find('code').innerHTML = opened.code;   // with its mistakes
  find('code').dataset.shows = opened.ticket;
  tabs.forEach((tab, i) => i === stage ? tab.setAttribute('aria-current', 'step') : tab.removeAttribute('aria-current'));
  for (const line of element.querySelectorAll('[data-line]'))   // the code of this stage
    Number(line.dataset.line) === stage ? line.setAttribute('aria-current', 'true') : line.removeAttribute('aria-current');
  // aria-disabled keeps the keyboard's focus, which `disabled` would drop
  button('back').setAttribute('aria-disabled', stage === 0);
  button('next').setAttribute('aria-disabled', stage === opened.stages.length - 1);
}

function go(to) {
  if (!opened || to < 0 || to >= opened.stages.length || to === stage) return;
  stage = to;
  show();
  if (panel.getBoundingClientRect().top < 0) panel.scrollIntoView();   // else you would land in its middle
  find('live').textContent = `${stage + 1} of ${opened.stages.length}: ${opened.stages[stage].name}. ${find('says').textContent}`;
}

function complain(sentence) { find('problem').textContent = sentence; }

// choice: {picture, layer}, what is followed through the step.
async function open(choice) {
  const ticket = ++asked, place = now;
  complain('');
  panel.setAttribute('aria-busy', 'true');
  const answer = await server.open_next({run: place.run, ...choice});
  if (ticket !== asked) return;                        // something else was chosen, or the run moved
  panel.removeAttribute('aria-busy');
  if (!answer || answer.error) return complain(answer?.error ?? 'The server did not answer: reload the page.');
  opened = {...answer, choice, ticket};
  show();
}

function close() {
  asked++;
  panel.removeAttribute('aria-busy');
  opened = null;
  show();
}

button('open').onclick = async () => {
  stage = 0;
  await open({picture: 0, layer: null});
  if (opened) tabs[0].focus();
};
button('back').onclick = () => go(stage - 1);
button('next').onclick = () => go(stage + 1);
button('take').onclick = () => {
  taken = now.step;
  document.querySelector('#train-step').click();       // one control takes steps, here and there
};
tabs.forEach((tab, i) => { tab.onclick = () => go(i); });

// Choosing a picture or a layer follows another number of the same step.
find('body').onclick = async event => {
  const chosen = event.target.closest('[data-picture], [data-layer]');
  if (!chosen || !opened) return;
  const {picture, layer} = chosen.dataset, same = chosen === document.activeElement;
  await open({...opened.choice, ...(layer === undefined ? {picture: Number(picture)} : {layer})});
  const again = [...find('body').querySelectorAll('[data-picture], [data-layer]')]
    .find(other => other.dataset.picture === picture && other.dataset.layer === layer);
  if (same) again?.focus({preventScroll: true});
};

panel.onkeydown = event => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const by = {ArrowRight: 1, ArrowLeft: -1}[event.key];
  if (!by || !opened) return;
  event.preventDefault();
  go(stage + by);
  tabs[stage].focus();                                 // what had the focus may be gone with its stage
};

page.onRun(shown => {
  const stays = ['run', 'mode', 'step'].every(key => shown[key] === now[key]);
  now = shown;
  complain('');
  if (stays && opened) return open(opened.choice);     // the same step, by other settings
  close();                                             // it moved, or is another: what was open is past
  if (taken !== null && still() && now.step > taken) { // your step is taken: the next can be opened
    taken = null;
    find('live').textContent = line();
    button('open').focus();
  }
});
show();
