// The Training tab: form, buttons, tiles and sentence. The chart is chart.js, the live updates stream.js.
const one = id => element.querySelector('#train-' + id);
const KEPT = 'my-first-neural-net.runs';
const mine = new Set(recall());                        // runs started from this browser tab
const FIELDS = ['recipe', 'model', 'data', 'lr', 'batch', 'epochs', 'seed'];
const WORDS = {running: 'training', completed: 'finished'};   // modes that the page calls otherwise
const ENDED = ['completed', 'stopped', 'crashed', 'interrupted'];
const TILES = {count: 'step', loss: 'loss', validation: 'validation', accuracy: 'accuracy', speed: 'speed'};

let run = new URLSearchParams(location.search).get('run'), watched = null, state = null;
let wrong = '', problem = '', silence = '';            // with the form, with what was asked, with the server
let pending = '', before = null;                       // what was asked for, until the line is no longer this
let visible = false, download = {}, announced = 0;
let names = {};                                        // run -> its name in the list
let filled = null;                                     // the run whose settings the form shows
const chart = lossChart(one('chart'), () => stream.again());
const curves = curveControls(element, chart, server.curve);
const stream = runStream(receive, broken);
chart.ready.catch(error => complain(error.message));

function recall() {
  try { return JSON.parse(sessionStorage.getItem(KEPT)) ?? []; } catch { return []; }
}
function keep(id) {
  mine.add(id);
  try { sessionStorage.setItem(KEPT, JSON.stringify([...mine].slice(-20))); } catch { /* blocked */ }
}

// The form

function written() { return Object.fromEntries(FIELDS.map(name => [name, one(name).value])); }

function write(values) {
  for (const name of FIELDS) {
    const field = one(name), value = values[name];
    if (value === undefined) continue;
    if (field.tagName !== 'SELECT' || [...field.options].some(o => o.value === String(value))) field.value = value;
  }
  changed();
}

function changed() {
  one('model-about').textContent = one('model').selectedOptions[0]?.dataset.summary ?? '';
  one('data-about').textContent = one('data').value;
  checkSoon();
}

let timer = null;
function checkSoon() { clearTimeout(timer); timer = setTimeout(check, 250); }
async function check() {
  await listed;                                        // without data nothing fits
  const asked = written(), answer = await server.check(asked);
  if (JSON.stringify(asked) !== JSON.stringify(written())) return;   // the next answer is on its way
  element.querySelector('.train-about').textContent = answer?.about ?? '';
  wrong = answer?.error ?? '';
  show();
}

// Steering

function complain(sentence) { problem = sentence; show(); }

// Shows at once what is asked for; the server's own word follows by the stream.
async function ask(word, request) {
  [problem, pending, before] = ['', word, state?.line];
  show();
  const answer = await request();
  if (answer && !answer.error) return answer;
  pending = '';
  complain(answer?.error ?? 'The server did not answer: reload the page.');
}

async function begin(step) {
  const instead = own() ? run : null;
  const answer = await ask('starting', async () => {
    await listed;
    return server.begin({settings: written(), step, instead});
  });
  if (!answer) return;
  keep(answer.run);
  filled = answer.run;
  watch(answer.run, true);
}

function steer(action, word) { return ask(word, () => server.steer({run, action})); }

const own = () => state?.live && mine.has(run);
const stands = () => state?.live && ['paused', 'pausing'].includes(state.mode);

// A button that is off keeps the keyboard's focus, which `disabled` would drop.
function press(name, act) {
  one(name).onclick = () => { if (one(name).getAttribute('aria-disabled') !== 'true') act(); };
}
function allow(name, on) { one(name).setAttribute('aria-disabled', !on); }

press('start', () => begin(false));
press('pause', () => stands() ? steer('play', 'training') : steer('pause', 'pausing'));
press('step', () => stands() ? steer('step', 'taking one step') : begin(true));
press('stop', () => steer('stop', 'stopping'));
press('download', async () => showDownload(await server.download({})));
one('recipe').onchange = () => { problem = ''; write(one('recipe').selectedOptions[0].dataset); };
for (const name of FIELDS.slice(1)) one(name).oninput = () => { problem = ''; changed(); };

// Which run is watched

function watch(id, inLink) {
  run = watched = id;
  state = before = null;
  problem = '';
  if (inLink) {                                        // then a reload shows this run too
    const url = new URL(location);
    url.searchParams.set('run', id);
    history.replaceState(history.state, '', url);
  }
  clear();
  stream.watch(id);
  look();
}

function lost() {
  run = watched = state = null;
  stream.watch(null);
  complain('This run is not on this server: choose another, or start one.');
}

function broken(refused) {
  silence = 'The server does not answer: asking again.';
  show();
  if (refused) look();                                 // it may not know the run, or be starting
}

function clear() {
  chart.clear();
  element.querySelector('tbody').replaceChildren();
}

function receive(message) {
  if (message.reset) clear();
  const ended = state?.live && !message.live;
  state = {...state, ...message};
  silence = '';
  if (message.line !== before) pending = '';
  chart.plan(spanOf(state), state.per_epoch, state.classes);
  chart.extend(message.points, message.epochs);
  for (const epoch of message.epochs) addRow(epoch);
  if (message.settings && filled !== run) { filled = run; write(message.settings); }
  if (message.settings || ended) look();
  show();
}

// The planned run, except where that would hide what is there: while you step at its start, and after
// it ended early.
function spanOf({mode, live, step, total}) {
  if (!total) return 1000;
  if (!live && step < total / 2) return Math.max(10, Math.ceil(step * 1.05));
  if (['paused', 'pausing', 'stepping'].includes(mode) && step < total / 20) {
    let span = 20;
    while (span < step * 1.25) span *= 2;
    return Math.min(span, total);
  }
  return total;
}

// What is shown

function show() {
  const live = state?.live, still = stands(), trouble = wrong || problem || silence;
  const line = trouble || pending || state?.line || (run ? 'loading' : 'no run yet');
  const status = one('status');
  if (status.textContent !== line) status.textContent = line;
  status.dataset.mode = trouble ? 'problem' : pending || (state?.mode ?? 'none');
  const start = one('start'), pause = one('pause');
  start.textContent = !live ? 'Start' : own() ? 'Start over' : 'Start your own';
  pause.textContent = still ? 'Continue' : 'Pause';
  start.classList.toggle('primary', !own());
  pause.classList.toggle('primary', !!own());
  const leaving = state?.mode === 'stopping' || pending === 'stopping';
  allow('pause', live && !leaving && state.mode !== 'waiting');
  allow('step', !own() || still);
  allow('stop', live && !leaving);
  page.setRun({run, mode: state?.mode ?? null, step: state?.step ?? null});
  if (!state) return;
  for (const [id, key] of Object.entries(TILES)) one(id).textContent = state.tiles[key];
  const option = one('runs').selectedOptions[0], name = listing(run, state.mode);
  if (run in names && option?.value === run && option.text !== name) option.text = name;
  const {word, sentence, rule} = state.verdict;
  one('verdict').querySelector('strong').textContent = word;
  one('verdict').querySelector('span').textContent = sentence;
  one('verdict').querySelector('small').textContent = rule;
  announce();
}

function announce() {
  const {step, loss, validation, accuracy} = state.tiles;
  const text = `Step ${step}, training loss ${loss}, validation loss ${validation}, `
    + `validation accuracy ${accuracy}.`;
  one('chart').setAttribute('aria-label', `Chart of the losses. ${text}`);
  if (Date.now() - announced < 5000 && state.live) return;
  announced = Date.now();
  element.querySelector('.train-live').textContent = text;
}

function addRow(epoch) {
  const number = (value, digits = 3) => value === null ? '–' : value.toFixed(digits);
  const row = element.querySelector('tbody').insertRow();
  const accuracy = epoch.accuracy === null ? '–' : `${number(100 * epoch.accuracy, 1)} %`;
  for (const text of [row.sectionRowIndex + 1, epoch.step, number(epoch.train_loss), number(epoch.validation_loss), accuracy])
    row.insertCell().textContent = text;
}

// The slow things: which runs and data there are, and the download

async function look() {
  const asked = run, seen = await server.overview({run: asked});
  if (!seen || asked !== run) return;                  // no answer, or one about another run
  if (run && !seen.known) lost();
  showRuns(seen.runs);
  showData(seen.data);
  showDownload(seen.download);
  const next = run ?? seen.runs[0]?.run;
  if (next && next !== watched && !problem && !pending) watch(next, false);
}

function clock(seconds) {                              // today's runs by the hour, others by the day
  const then = new Date(seconds * 1000), today = then.toDateString() === new Date().toDateString();
  return today ? then.toLocaleTimeString([], {hour: '2-digit', minute: '2-digit'}) : then.toLocaleDateString();
}

function listing(id, mode) { return `${names[id]}: ${WORDS[mode] ?? mode}`; }

function showRuns(runs) {
  const select = one('runs');
  names = Object.fromEntries(runs.map(r => [r.run, `${clock(r.time)} ${r.name}`]));
  const options = runs.map(r => new Option(listing(r.run, r.mode), r.run));
  if (run && !runs.some(r => r.run === run)) options.push(new Option('an earlier run', run));
  if (!run) options.unshift(new Option('no run yet', ''));
  one('link').hidden = !run;
  if (run) one('link').href = `?run=${run}`;
  const all = list => list.map(o => `${o.value} ${o.text}`).join('\n');
  curves.offer(runs.filter(r => ENDED.includes(r.mode)).map(r => ({run: r.run, name: names[r.run]})), run);
  if (all(options) === all([...select.options]) && select.value === (run ?? '')) return;   // it may be open
  select.replaceChildren(...options);
  select.value = run ?? '';
  select.disabled = options.length < 2;
}

function showData(data) {
  const select = one('data'), old = [...select.options].map(o => o.value), chosen = select.value;
  if (old.join() === data.map(d => d.description).join()) return;
  select.replaceChildren(...data.map(d => new Option(d.name, d.description)));
  const added = data.find(d => old.length && !old.includes(d.description));
  select.value = added?.description ?? (old.includes(chosen) ? chosen : data[0].description);
  changed();
}

function showDownload(now) {
  download = now;
  const box = element.querySelector('.train-download'), bar = box.querySelector('progress');
  box.hidden = !now.offered;
  allow('download', !now.running);
  bar.hidden = !now.running;
  if (now.share === null) bar.removeAttribute('value'); else bar.value = now.share;
  box.querySelector('p').textContent = now.line;
}

one('runs').onchange = () => { pending = ''; watch(one('runs').value, true); };
one('link').onclick = async event => {
  if (!navigator.clipboard) return;                    // an ordinary link, then
  event.preventDefault();
  const copied = await navigator.clipboard.writeText(one('link').href).then(() => true, () => false);
  one('link').textContent = copied ? 'Link copied' : 'Copy it from the address bar';
  setTimeout(() => { one('link').textContent = 'Copy link'; }, 2000);
};
setInterval(() => { if (visible && (!run || download.running)) look(); }, 2000);

write(one('recipe').selectedOptions[0].dataset);
const listed = look();                                 // then there is data to choose
page.onVisibility('training', on => {
  visible = on;
  chart.look(on);
  stream.look(on);
});
page.onShow('training', setup => {
  write({recipe: 'plain', ...setup});
  listed.then(() => { filled = run; });                // no run that is found writes over this
  if (setup.action === 'step') own() ? steer('step', 'taking one step') : begin(true);
  if (setup.action === 'start') {
    if (!own()) begin(false);
    else if (stands()) steer('play', 'training');
  }
});
