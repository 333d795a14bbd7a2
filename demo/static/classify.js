// The Classify tab: asks the server about the newest picture and shows its answer.
// Parts: pad.js (and pad_paint.js), pictures.js, several.js, square.js, stages.js, reliability.js, explain.js.
const PAUSE = [30, 500];                 // ms, least and most, between an answer and the next question
const LOST = 'The server does not answer: try again in a moment.';
const SPOKEN_PAUSE = 1000;               // a screen reader hears the answer when the pen rests
const QUESTION = 'What will the net answer, and how sure?', ASKED = 'The net is asked.', FAILED = 'No answer';

const one = selector => element.querySelector(selector);
const all = selector => [...element.querySelectorAll(selector)];
const INVITATION = one('h2.classify-says').textContent;
const root = one('.classify'), model = one('#model'), beside = one('#beside'), predict = one('#classify-predict');

const DRAWING = {drawing: true};         // a source: this, or {picture, title, file} or {example, title}
let source = DRAWING, wanted = null;     // wanted: chosen, and not answered yet
let nets = [], first = '', preferred = null, guess = null, reply = null, rows = '';
let busy = false, again = false, failed = false, timer = null, rested = 0, speaking = null;
let moment = {run: null, step: null}, kept = [];         // which run answers, as of which step, of which it keeps
let visible = false, lists = 0;                          // how often the list of nets was asked for

const pad = drawingPad(root, ({fresh}) => {
  if (fresh) guess = null;
  wanted = null;
  show(DRAWING);
  say('');
  if (pad.isEmpty()) { reply = null; render(); } else askSoon();
});
const several = severalPictures(root, {
  asking: () => ({net: model.value, ...moment}),
  ask: question => server.classify_several(question).catch(() => undefined)
    .then(answer => answer ?? {error: LOST}),
  choose: file => camera.take(file, file.name),
  read: base64,
  tooLarge: file => tooLarge(file, 'The file'),
});
const why = explanation(one('#explanation'), {
  edits: () => possibleEdits(source, reply.pictures.cut ?? reply.pictures[reply.cards[0].picture], {pad, choose}),
  baseline: () => source.drawing ? 'white' : 'grey',     // paper without the drawing
});
const camera = pictureSources(root, {
  choose,
  several: several.take,
  say,
  shows: what => {
    root.dataset.shows = what ?? (source.drawing ? 'drawing' : 'picture');
    if (!what) say(source.title ?? '');                  // what was said of the camera is over
    press();
  },
});
const stages = stageCards(root, ask), square = squareFrame(root, askSoon);

const believe = reliabilityPanel(root);

// --- what is asked

function choose(picked) {
  camera.close();
  wanted = picked;
  ask();
}

function askSoon() { timer ??= setTimeout(ask, Math.max(0, rested - performance.now())); settle(); }

// A server that took long is asked after as long again: so many can draw at once, and none waits long.
function rest(took) { rested = performance.now() + Math.min(PAUSE[1], Math.max(PAUSE[0], took)); }

// The answer is busy until what is shown belongs to what is drawn.
function settle() { one('.classify-answer').setAttribute('aria-busy', busy || timer !== null); }

async function ask() {
  clearTimeout(timer);
  timer = null;
  if (busy) { again = true; return; }
  const asked = wanted ?? source;
  several.keepUp();
  if (!nets.length || (asked.drawing && pad.isEmpty())) return settle();   // refresh() asks once there are nets
  if (net().problem) { if (wanted) refuse(net().problem); return settle(); }
  busy = true;
  settle();
  const told = context();
  const question = {net: model.value, beside: beside.value || null, ...moment, ...(wanted ? {} : guess)};
  question.without = stages.without();
  Object.assign(question, asked.example ? {example: asked.example} : {picture: asked.picture ?? pad.picture()});
  if (!asked.drawing) question.square = asked === source ? square.chosen() : null;
  const start = performance.now();
  const answer = await server.classify(question).catch(() => undefined) ?? {error: LOST};
  const took = performance.now() - start;
  try { await receive(asked, told, answer); } finally { busy = false; rest(took); }
  if (again) { again = false; askSoon(); }
  settle();
}

// All that an answer is of, beside the picture. A drawing goes on while it is answered: each answer is shown.
const context = () => JSON.stringify([model.value, beside.value, moment, guess, stages.without()]);

async function receive(asked, told, answer) {
  if (asked !== (wanted ?? source) || told !== context()) { again = true; return; }    // something was chosen meanwhile
  if (answer.error) return refuse(answer.error);
  if (asked === wanted) {
    guess = null;
    wanted = null;
    show(asked);
    say(asked.title);
  } else if (failed) say(source.title ?? '');
  failed = false;
  if (asked.drawing && pad.isEmpty()) return;
  learn(answer);
  reply = {...answer, of: kept[stop()]};
  if (answer.opened) asked.picture = answer.opened;      // the same pixels in fewer bytes
  if (!source.drawing) square.receive(answer);
  await render();
}

function refuse(sentence) {                              // the drawing, or the picture before, stays
  say(sentence, true);
  if (wanted) { wanted = null; return askSoon(); }       // what is there may have no answer of its own yet
  reply = null;                                          // it was of another drawing, or net
  failed = true;
  render();
}

// --- what is shown

function say(sentence, isError = false) {
  const place = one('.picture-message');
  place.textContent = sentence;
  place.classList.toggle('error', isError);
}

function show(what) {
  source = what;
  camera.close();
  root.dataset.shows = what.drawing ? 'drawing' : 'picture';
  press();
}

function press() {
  one('#draw').setAttribute('aria-pressed', root.dataset.shows === 'drawing');
  one('#upload').classList.toggle('pressed', root.dataset.shows === 'picture' && !source.example);
  one('#camera').setAttribute('aria-pressed', root.dataset.shows === 'camera');
  one('.pad-tools').disabled = root.dataset.shows !== 'drawing';
}

function render() {
  const asks = predict.checked && guess === null, {problem, about, trust, empty, question, reliability} = net() ?? {};
  const there = !source.drawing || !pad.isEmpty(), waits = !there ? INVITATION : failed ? FAILED : ASKED;
  const says = problem ? 'No net to ask' : asks ? QUESTION : reply?.headline ?? waits;
  for (const place of all('.classify-says')) place.textContent = says;
  const before = rows;
  rows = (asks ? question : reply?.bars ?? empty) ?? rows;
  if (rows !== before) one('#probabilities').innerHTML = rows;         // else a focused row would lose the focus
  one('.classify-said').textContent = asks ? '' : reply?.said ?? (guess ? `You said: ${guess.guess}, about ${guess.sure} %.` : '');
  one('#known').textContent = problem ?? (asks
    ? 'Pick a number in the row of a class. The answer then shows, and your pick stays beside it.'
    : reply?.known ?? (there ? '' : 'Its answer shows here while you draw.'));
  one('.classify-beside').textContent = asks ? '' : reply?.beside ?? '';
  one('.classify-answer').classList.toggle('two', beside.value !== '');
  one('.classify-next').textContent = asks ? '' : reply?.next ?? '';
  one('.classify-trust').textContent = trust ?? '';
  believe(reliability);
  one('#model-about').textContent = about ?? '';
  renderRewind();
  speakSoon(asks || !reply?.beside ? says : `${says}. ${reply.beside}.`);
  renderWhy(!asks && !problem);
  square.render(asks);
  several.render(predict.checked, asks ? null : source.file);
  return stages.render(reply, asks);
}

function renderWhy(answered) {
  const picture = reply?.pictures.small.split(',')[1];   // what the net saw, whatever it was made of
  const {run, step} = model.value === 'run' && reply?.run || moment;   // the weights that answered
  why.show(answered && reply ? {net: model.value, run, step, picture} : null, net()?.classes);
}

function speakSoon(sentence) {
  clearTimeout(speaking);
  speaking = setTimeout(() => { one('.classify-spoken').textContent = sentence; }, SPOKEN_PAUSE);
}

// --- the list of nets

const net = (chosen = model) => nets.find(({name}) => name === chosen.value);
const both = () => JSON.stringify([net(), net(beside)]);

async function refresh() {
  const list = ++lists, found = await server.choices(moment).catch(() => undefined);
  if (list !== lists) return;                            // a newer answer is on its way
  if (!found || found.error) return say(found?.error ?? 'The server does not answer: reload the page.', true);
  kept = found.kept;
  const before = preferred ?? model.value, bothBefore = both();
  preferred = null;
  nets = found.nets;
  model.replaceChildren(...nets.map(({name, title, problem}) => {
    const option = new Option(problem ? `${title} (not there yet)` : title, name);
    option.disabled = Boolean(problem);
    return option;
  }));
  model.value = (nets.find(({name, problem}) => name === before && !problem)
    ?? nets.find(({problem}) => !problem) ?? nets[0]).name;
  listBeside(beside.value);
  render();
  if (wanted || !reply || both() !== bothBefore) ask();
}

// A run goes on, and a newer one begins, while its net is asked: the page says which of them has answered.
function learn({run, kept: steps}) {
  if (!run) return;
  kept = steps;
  nets = nets.map(known => known.name === 'run' ? run : known);
  for (const option of all('.classify-ask [value=run]')) if (option.text !== run.title) option.text = run.title;
}

// Which nets can stand beside the chosen one, and which does. Where both would be one net, they change places.
function listBeside(chosen) {
  if (chosen === model.value) chosen = first;
  if (first !== model.value) guess = null;               // it was about the net before
  first = model.value;
  const others = nets.filter(({name, problem}) => name !== model.value && !problem);
  beside.replaceChildren(new Option('no other net', ''), ...others.map(({name, title}) => new Option(title, name)));
  beside.value = others.some(({name}) => name === chosen) ? chosen : '';
}

// --- as of which step

const stop = () => moment.step === null ? kept.length - 1 : kept.findLastIndex(step => step <= moment.step);
const ways = {earlier: () => stop() - 1, later: () => stop() + 1, now: () => kept.length};

function renderRewind() {
  const at = stop(), now = net({value: 'run'})?.step ?? 0, number = n => n.toLocaleString('en');
  const answered = reply?.run?.step, lost = answered && reply.of === kept[at] && answered < reply.of;
  one('.classify-rewind').hidden = ![model.value, beside.value].includes('run') || kept.length < 2;
  const where = lost ? `step ${number(answered)}: what it kept of step ${number(kept[at])} cannot be read.`
    : moment.step === null ? `as it is now, step ${number(now)}. Go back: when did it learn your picture?`
      : `as of step ${number(kept[at] ?? moment.step)}, stop ${at + 1} of ${kept.length}.`;
  one('.classify-as-of').textContent = `The run ${where}`;
  const allowed = {earlier: at > 0, later: at < kept.length - 1, now: moment.step !== null};
  for (const way in ways) one(`#classify-${way}`).setAttribute('aria-disabled', !allowed[way]);
}

for (const [way, to] of Object.entries(ways)) one(`#classify-${way}`).addEventListener('click', event => {
  if (event.currentTarget.getAttribute('aria-disabled') !== 'true') page.setRewind({...moment, step: kept[to()] ?? null});
});
page.onRewind(next => {
  if (next.step !== null && beside.value !== 'run') preferred = 'run';   // or what is chosen would not be asked
  moment = next;
  if (visible) refresh();
});

// --- what the learner does

model.addEventListener('change', () => { listBeside(beside.value); reply = null; render(); ask(); });
beside.addEventListener('change', () => { render(); ask(); });
predict.addEventListener('change', () => { guess = null; render(); ask(); });
one('#draw').addEventListener('click', () => {
  const fresh = !source.drawing;
  wanted = null;
  show(DRAWING);
  say('');
  if (!fresh) return;
  guess = reply = null;
  render();
  ask();
});
element.addEventListener('click', event => {
  const button = event.target.closest('[data-example], [data-drawing], [data-guess]');
  if (!button) return;
  const {example, strokes, guess: picked, sure} = button.dataset;
  if (example) choose({example, title: `An example, drawn by this program: ${example}`});
  else if (strokes) pad.load(JSON.parse(strokes));
  else if (picked) {
    guess = {guess: picked, sure: Number(sure)};
    reply = null;
    render();
    one('h2.classify-says').focus({preventScroll: true});   // the button that had the focus is gone
    ask();
  }
});

one('#probabilities').addEventListener('keydown', event => {             // arrow keys, over three numbers a row
  const [right, down] = ARROWS[event.key] ?? [], choices = all('[data-guess]');
  const to = choices[choices.indexOf(event.target) + right + down * choices.length / all('.bar-question').length];
  if (!to) return;
  event.preventDefault();
  to.focus();
});

page.onVisibility('classify', on => { visible = on; if (on) refresh(); });
page.onShow('classify', setup => {
  if (setup.model) { preferred = setup.model; refresh(); }
  if (setup.drawing) one(`[data-drawing="${CSS.escape(setup.drawing)}"]`)?.click();
  else if (setup.example) one(`[data-example="${CSS.escape(setup.example)}"]`)?.click();
});
press();
