// Your own net: rows of layers that you write, move and remove. The server runs the layers and says
// what each makes; the text of the net is the value of the Network list's own entry.
const box = element.querySelector('.builder'), part = name => element.querySelector('.builder-' + name);
const button = name => element.querySelector('#builder-' + name), rows = part('layers');
const templates = Object.fromEntries([...box.querySelectorAll('template')].map(t => [t.dataset.kind, t.content.firstElementChild]));
const NUMBER = /^(0|[1-9]\d*)?(\.\d+)?$/;
const MOST = Number(box.dataset.most);

let layers = [];                                       // {kind, numbers: [text]}
let seen = null;                                       // what the server says of them
let own = false, blind = false;                        // the form has chosen it; the run shown is a blind one
let data = '', at = 0, asked = 0, typing = false;
const KEPT = 'my-first-neural-net.net';                // what was built here last
const past = [recall()].filter(model => model?.startsWith('own:'));   // texts to go back to

const place = document.querySelector('#builder-panel');
const entry = () => document.querySelector('#train-model [data-own]');
const inputs = row => [...row.querySelectorAll('input')];
const fieldsOf = kind => inputs(templates[kind]);

// As cifar_core.models.own writes it; what is no number stands in quotes, for the server to say so.
function call({kind, numbers}) {
  const written = numbers.map((text, i) => {
    const {name, default: usual} = fieldsOf(kind)[i].dataset;
    const value = text && NUMBER.test(text) ? text : `"${text.replace(/["\\]/g, '')}"`;
    return usual === undefined ? value : value === usual ? null : `${name}=${value}`;
  });
  return `${kind}(${written.filter(value => value !== null).join(', ')})`;
}
const text = () => `own: ${layers.map(call).join(', ')}`;

function recall() {
  try { return localStorage.getItem(KEPT); } catch { return null; }
}

// Changes

function remember() {
  past.push(text());
  past.splice(0, past.length - 50);
}

function changed() {
  entry().value = text();
  document.querySelector('#train-model').dispatchEvent(new Event('input'));   // the form checks it, too
  try { localStorage.setItem(KEPT, text()); } catch { /* blocked */ }
  look();
}

function change(act) {
  remember();
  act();
  draw();
  changed();
}

// A layer that reads what the one before it makes; what it makes itself is yours to say.
function fresh(kind) {
  const numbers = fieldsOf(kind).map(field => field.value), sizes = seen?.layers[at]?.sizes;
  const reads = {Conv2d: 3, BatchNorm2d: 3, Linear: 1}[kind];        // so many sizes
  if (sizes && sizes.length === reads) numbers[0] = String(sizes[0]);
  return {kind, numbers};
}

const acts = {
  up: i => change(() => { layers.splice(i - 1, 0, ...layers.splice(i, 1)); at = i - 1; }),
  down: i => change(() => { layers.splice(i + 1, 0, ...layers.splice(i, 1)); at = i + 1; }),
  remove: i => change(() => { layers.splice(i, 1); at = Math.min(i, layers.length - 1); }),
};
const allowed = {up: i => i > 0, down: i => i < layers.length - 1, remove: () => layers.length > 1};

rows.onclick = event => {
  const pressed = event.target.closest('[data-do]');
  if (!pressed || pressed.getAttribute('aria-disabled') === 'true') return;
  const {do: act} = pressed.dataset, i = [...rows.children].indexOf(pressed.closest('li'));
  const name = seen?.layers[i]?.name ?? '';
  acts[act](i);
  rows.children[at].querySelector(`[data-do=${act}]`).focus();
  say(act === 'remove' ? `${name} is removed.` : `${name} is now layer ${at + 1}.`);
};
rows.oninput = event => {
  const row = event.target.closest('li');
  if (!typing) remember();
  typing = true;
  layers[[...rows.children].indexOf(row)].numbers = inputs(row).map(field => field.value.trim());
  changed();
};
rows.addEventListener('focusin', event => {
  typing = false;
  at = [...rows.children].indexOf(event.target.closest('li'));
  mark();
});
part('add').onclick = event => {
  const kind = event.target.closest('[data-add]')?.dataset.add;
  if (!kind || layers.length >= MOST) return;
  const layer = fresh(kind);
  change(() => layers.splice(++at, 0, layer));
  (rows.children[at].querySelector('input') ?? rows.children[at].querySelector('[data-do=remove]')).focus();
};
box.addEventListener('click', event => {
  if (!event.target.closest('[data-fit]')) return;
  const {layer, numbers, label} = seen.mistake.fit;
  change(() => { layers[layer].numbers = numbers; at = layer; });
  rows.children[layer].querySelector('input').focus();
  say(label.replace('Fit ', 'Set ') + '.');
});
button('start').onchange = () => {
  const chosen = button('start').value;
  button('start').value = '';
  if (chosen) load(chosen, true);
};
button('undo').onclick = () => { if (past.length) load(past.pop(), false); };
button('copy').onclick = async () => {
  const copied = await page.copy(button('code').textContent);
  button('copy').textContent = copied ? 'Copied' : 'Select and copy it';
  setTimeout(() => { button('copy').textContent = 'Copy code'; }, 2000);
};

// Another net: one to start from, one to go back to, or the one of a run.
async function load(model, keep, mine = true) {
  const ticket = ++asked, answer = await server.look({model, data});
  if (ticket !== asked) return;
  if (!answer || answer.error) return complain(answer?.error ?? 'The server did not answer: reload the page.');
  if (keep && layers.length) remember();
  layers = answer.layers.map(({kind, numbers}) => ({kind, numbers}));
  at = layers.length - 1;
  while (past.at(-1) === text()) past.pop();
  draw();
  if (mine) changed(); else show(answer);
}

let busy = false, late = false;
async function look() {                                // one request in flight, the newest net wins
  if (busy) { late = true; return; }
  busy = true;
  const ticket = ++asked, answer = await server.look({model: text(), data});
  busy = false;
  if (late) { late = false; return look(); }
  if (ticket !== asked) return;
  if (!answer || answer.error) return complain(answer?.error ?? 'The server did not answer: reload the page.');
  show(answer);
}

// What is shown

function draw() {
  rows.replaceChildren(...layers.map(({kind, numbers}) => {
    const row = templates[kind].cloneNode(true);
    inputs(row).forEach((field, i) => { field.value = numbers[i]; });
    return row;
  }));
  mark();
}

function mark() {
  [...rows.children].forEach((row, i) => {
    row.classList.toggle('current', i === at);
    for (const tool of row.querySelectorAll('[data-do]')) tool.setAttribute('aria-disabled', !allowed[tool.dataset.do](i));
  });
  part('about').textContent = rows.children[at]?.dataset.about ?? '';
  part('after').textContent = seen?.layers[at]?.name ?? '';
  for (const add of box.querySelectorAll('[data-add]')) add.setAttribute('aria-disabled', layers.length >= MOST);
  button('undo').setAttribute('aria-disabled', !past.length);
}

function show(answer) {
  seen = answer;
  complain('');
  seen.layers.forEach((layer, i) => {
    const row = rows.children[i], wrong = seen.mistake?.layer === i;
    row.querySelector('b').textContent = layer.name;
    row.firstElementChild.setAttribute('aria-label', `Layer ${i + 1}, ${layer.name}`);
    row.querySelector('code').textContent = wrong ? 'does not fit' : layer.shape || '–';
    row.querySelector('small').textContent = layer.parameters ? `${layer.parameters} parameters` : '';
    for (const tool of row.querySelectorAll('[data-do]')) {
      tool.title = `${tool.dataset.says}: ${layer.name}`;
      tool.setAttribute('aria-label', tool.title);
    }
    blame(row, wrong);
  });
  blame(part('loss'), seen.mistake?.layer === layers.length);
  part('wanted').textContent = seen.wanted;
  part('total').textContent = seen.total;
  if (button('code').textContent !== seen.code) button('code').textContent = seen.code;
  mark();
  say(seen.mistake ? `${seen.layers[seen.mistake.layer]?.name ?? 'cross_entropy'} does not fit.` : 'All layers fit.');
}

function blame(where, wrong) {
  const told = where.querySelector('.builder-mistake');
  where.classList.toggle('wrong', wrong);
  told.hidden = !wrong;
  if (!wrong) return told.replaceChildren();
  const {message, pytorch, hint, fit} = seen.mistake;
  const make = (tag, content, name) => Object.assign(document.createElement(tag), {textContent: content, className: name});
  const says = make('p', pytorch ? 'PyTorch says: ' : '', '');
  says.append(pytorch ? make('code', message, '') : message);
  told.replaceChildren(says, ...(hint ? [make('p', hint, '')] : []));
  if (!fit) return;
  const act = make('button', fit.label, 'button');
  act.type = 'button';
  act.dataset.fit = '';
  told.append(act);
}

let said = '';
function say(sentence) {
  if (sentence !== said) part('live').textContent = said = sentence;
}
function complain(sentence) { part('problem').textContent = sentence; }

if (past.length && !entry().selected) entry().value = past[0];
page.onNet(now => {
  const other = data !== now.data;
  own = now.model.startsWith('own:');
  data = now.data;
  appear();
  if (!own) return;
  if (now.model !== text() && now.model !== seen?.model || !layers.length) load(now.model, true, false);
  else if (other) look();
});
page.onRun(now => {
  if (now.run && !now.mode) return;                    // not known yet: it stays as it is
  blind = now.blind;
  appear();
});

function appear() {
  box.hidden = !own || blind;                          // of a blind run, only the answers follow the chart
  place.style.display = box.hidden ? 'none' : '';      // or the column would keep a gap for it
}
