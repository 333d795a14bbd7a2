// Take it with you: the files of the run that is shown, and a link that fills in the form.
const find = name => element.querySelector('.take-' + name), say = words => { element.querySelector('output').textContent = words; };
const REFRESH = 5000;                                  // ms between two looks at a run that trains
const NO_ANSWER = 'The server did not answer: check that it is running, then try again.';
const EMPTY = find('line').textContent;
let run = null, mode = null, step = null, rewound = null;
let listed = '', asked = 0, due = null, seen = 0, visible = false;
let filled = false;                                    // the form, with the settings of a link

// What is shown depends on the run, on whether it trains, on whether it has taken a step, and on how
// far it is rewound; while it trains the list grows a little all the time.
const state = () => JSON.stringify([run, mode, !step, rewound]);

async function list() {
  clearTimeout(due);
  due = null;
  if (!run) return empty();
  const ticket = ++asked, about = state();
  [listed, seen] = [about, step];
  let answer = null;
  try { answer = await server.files({run, step: rewound}); } catch { /* said below */ }
  if (ticket !== asked) return;                        // another run, or it has moved on
  find('line').textContent = answer?.line ?? answer?.error ?? NO_ANSWER;
  const html = answer?.html ?? '';
  if (find('list').dataset.shows !== html) {
    const focus = element.querySelector('.take-files a:focus')?.textContent;
    find('list').innerHTML = html;
    find('list').dataset.shows = html;
    [...element.querySelectorAll('.take-files a')].find(link => link.textContent === focus)?.focus({preventScroll: true});
  }
}

function empty() {
  asked++;
  listed = '';
  find('line').textContent = EMPTY;
  find('list').innerHTML = find('list').dataset.shows = '';
}

function look() {
  if (!visible) return;
  if (listed !== state()) list();
  else if (step !== seen && due === null) due = setTimeout(list, REFRESH);
}

page.onRun(now => {
  if (now.run !== run) rewound = null;
  ({run, mode, step} = now);
  look();
  leaveAddress();
});
page.onRewind?.(now => {
  if (now.run !== run) return;
  rewound = now.step;
  look();
});
page.onVisibility('training', on => { visible = on; look(); });

// The link to the settings

function address(settings) {
  const url = new URL(location.pathname, location.origin);
  return `${url}?settings=${settings}`;
}

element.querySelector('#take-link').onclick = async () => {
  const field = element.querySelector('input');
  let answer = null;
  try { answer = await server.link(page.formSettings()); } catch { /* said below */ }
  field.hidden = true;
  if (!answer?.settings) return say(answer?.error ?? NO_ANSWER);
  say(await page.copyLink(address(answer.settings), field));
};

async function fillIn(text) {
  let answer = null;
  try { answer = await server.settings(text); } catch { /* said below */ }
  if (!answer?.values) return say(answer?.error ?? NO_ANSWER);
  page.show('training', answer.values);
  say(answer.note || 'The form is filled in with the settings of your link. Start when you like.');
}

// Once a run is in the address, that is what a reload should show.
function leaveAddress() {
  const url = new URL(location);
  if (!filled || !url.searchParams.has('run') || !url.searchParams.has('settings')) return;
  url.searchParams.delete('settings');
  history.replaceState(history.state, '', url);
}

const given = new URLSearchParams(location.search).get('settings');
if (given !== null) fillIn(given).then(() => { filled = true; });
