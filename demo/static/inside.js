// The Inside panel: asks for a look into the run that the tab shows, while somebody looks at it. A run
// that is rewound is looked into at each step that is chosen; while one drags, the newest step counts.
const one = selector => element.querySelector(selector);
const root = one('#train-inside'), every = one('#inside-every');
const places = [...element.querySelectorAll('[data-part]')];
const INVITATION = {
  line: one('.inside-line').textContent,
  parts: Object.fromEntries(places.map(place => [place.dataset.part, place.innerHTML])),
};
const RESTING = ['paused', 'completed', 'stopped', 'crashed', 'interrupted'];
const CHANGING = ['stepping', 'pausing', 'stopping'];   // what comes next is worth the look
const SHORTEST = 1200;                                 // ms: the server looks once a second at most

let now = null, visible = false;                       // the run that is shown; whether its tab is
let busy = false, timer = null, asked = 0;             // one question at a time; when it was asked
let seen = '';                                         // the moment of a run that rests that is shown
let picture = null, sight = 0;                         // the test picture that is followed through the layers
let failed = false;                                    // the server did not answer
let rewound = null;                                    // the step that is looked at; null is now

const rests = () => rewound !== null || RESTING.includes(now.mode);
const moment = step => `${now.run} ${rewound === null ? `${now.mode} ${step}` : `at ${rewound}`}`;
const wanted = () => visible && root.open && now?.run && (!rests() || moment(now.step) !== seen)
  && (rewound !== null || now.mode && Number(every.value) && !CHANGING.includes(now.mode));

function plan() {
  clearTimeout(timer);
  if (busy || !wanted()) return;
  const pause = rewound !== null && !failed ? 0 : rests() ? SHORTEST : 1000 * every.value;
  timer = setTimeout(ask, Math.max(0, asked + pause - Date.now()));
}

async function ask() {
  if (!wanted()) return;                               // the panel was closed this moment
  const {run, mode} = now, step = rewound;
  busy = true;
  asked = Date.now();
  const answer = await server.look({run, step}).catch(() => undefined);
  busy = false;
  failed = !answer;
  if (run === now.run && (step === null) === (rewound === null)) {
    show(answer ?? {error: 'The server does not answer: asking again.'});
    if (answer?.parts && step === rewound) follow(picture ?? Number(one('[data-picture]')?.dataset.picture));
    const ends = step !== null || answer?.ended;       // then nothing newer than this will come
    if (mode === now.mode && step === rewound && rests() && answer) seen = moment(ends ? now.step : answer.step);
  }
  plan();
}

function show({error, line, parts}) {
  one('.inside-trouble').textContent = error ?? '';
  if (line) one('.inside-line').textContent = line;
  for (const place of places) {
    if (!(place.dataset.part in (parts ?? {}))) continue;
    place.innerHTML = parts[place.dataset.part];
    keepRoom(place);
  }
  mark();
}

// What each layer makes of one test picture, as of this moment.
async function follow(row) {
  if (!Number.isInteger(row)) return;
  const ticket = ++sight, {run} = now, step = rewound;
  picture = row;
  mark();
  const answer = await server.layers({run, step, picture}).catch(() => undefined)
    ?? {error: 'The server does not answer: choose the picture again.'};
  if (ticket !== sight || run !== now.run || step !== rewound) return;     // another was chosen meanwhile
  const past = now.mode === 'paused' && step === null && answer.step < now.step;     // shared with those who looked a step ago
  if (answer.again || past) setTimeout(() => { if (ticket === sight) follow(row); }, SHORTEST);
  one('.inside-trouble').textContent = answer.error ?? '';
  if (answer.html) one('[data-part=layers]').innerHTML = answer.html;
}
function mark() {
  for (const button of element.querySelectorAll('[data-picture]'))
    button.setAttribute('aria-pressed', Number(button.dataset.picture) === picture);
}

// What was once tall stays so: fewer mistakes must not move what stands below them.
function keepRoom(place) {
  const room = Number(place.dataset.room ?? 0), height = place.offsetHeight;
  if (height > room) place.style.minHeight = `${place.dataset.room = height}px`;
}

function clear() {
  freeRoom();
  picture = null;
  sight++;
  show(INVITATION);
  seen = '';
  asked = 0;
}

function freeRoom() {                                  // the lines break elsewhere
  for (const place of places) { place.style.minHeight = ''; delete place.dataset.room; }
}

root.addEventListener('toggle', plan);
every.addEventListener('change', plan);
one('[data-part=sheet]').addEventListener('click', event => {
  const button = event.target.closest('[data-picture]');
  if (button) follow(Number(button.dataset.picture));
});
addEventListener('resize', freeRoom);
page.onVisibility('training', on => { visible = on; plan(); });
page.onRewind(next => {
  if (rewound !== next.step) seen = '';
  rewound = next.step;
  plan();
});
page.onRun(next => {
  if (next.run !== now?.run) clear();
  now = next;
  plan();
});
