// The panel "Why" of the Classify tab: asks the server, one way at a time, why the net answers as it does.
// Parts: explain_maps.js, explain_edits.js.
const LATER = 1000;                      // ms until an answer that takes a while is asked for again

// Returns {show(question, classes)}. question: what the net has answered, {net, run, step, picture: the 32 x 32 that
// it saw, base64}, or null. Nothing is asked before a button is pressed.
// edits(): promises what can be tried, see possibleEdits. baseline(): from which picture integrated gradients start,
// unless another one is chosen.
function explanation(panel, {edits, baseline}) {
  const find = selector => panel.querySelector(selector);
  const line = find('.explain-line'), body = find('.explain-body'), chosen = find('#explain-class');
  const ways = [...panel.querySelectorAll('[data-way]')];
  const {invitation, ask} = line.dataset;
  let question = null, way = null, more = {}, ticket = 0, named = '[]', taken = false;

  function say(sentence, isError = false) {
    if (line.textContent !== sentence) line.textContent = sentence;   // else a screen reader would say it again
    line.classList.toggle('error', isError);
  }

  function show(now, classes) {
    list(classes ?? []);
    if (JSON.stringify(now) === JSON.stringify(question)) return;
    const before = question;
    question = now;
    ticket++;                                            // an answer on its way is of another picture
    panel.removeAttribute('aria-busy');
    for (const button of ways) button.setAttribute('aria-disabled', !question);
    if (question && taken) explain('help');              // an edit: its effect is what is asked about
    else if (question && before && way) {
      panel.classList.add('stale');
      say('Your picture or the net has changed since. Press a button to ask about what is there now.');
    } else close();
  }

  function close() {
    way = null;
    body.replaceChildren();
    panel.classList.remove('stale');
    press();
    say(question ? ask : invitation);
  }

  function list(classes) {                               // the first option, the net's own answer, stays
    if (JSON.stringify(classes) === named) return;
    named = JSON.stringify(classes);
    const before = chosen.value;
    chosen.replaceChildren(chosen.options[0], ...classes.map(name => new Option(name)));
    chosen.value = classes.includes(before) ? before : '';
  }

  function press() {
    for (const button of ways) button.setAttribute('aria-pressed', button.dataset.way === way);
  }

  async function explain(asked, details = {}, again = false) {
    if (!question) return;
    [way, more, taken] = [asked, details, false];
    press();
    const mine = ++ticket;
    panel.setAttribute('aria-busy', 'true');
    if (!again) say('The net is asked.');
    const tried = way === 'help' ? await edits().catch(() => []) : [];
    const answer = await (way === 'help' ? request('variants', {pictures: tried.map(({picture}) => picture)})
      : request('explain', {way, label: chosen.value || null, baseline: baseline(), ...more}));
    if (mine !== ticket) return;
    if (answer.wait) {
      say(answer.wait);
      body.replaceChildren();
      return void setTimeout(() => { if (mine === ticket) explain(asked, details, true); }, LATER);
    }
    panel.removeAttribute('aria-busy');
    panel.classList.remove('stale');
    if (answer.error) { body.replaceChildren(); return say(answer.error, true); }
    body.innerHTML = answer.html;
    say(ask);
    for (const map of body.querySelectorAll('.explain-map')) readable(map, find('.explain-reading'));
    for (const list of body.querySelectorAll('.explain-edits')) list.replaceChildren(...tried.map(editButton(answer.changes)));
    for (const maps of body.querySelectorAll('.explain-maps')) clickableMaps(maps, openNumber);
  }

  const stale = () => panel.classList.contains('stale');   // what is shown is of another picture: it is asked anew

  async function openNumber(layer, index) {
    if (panel.hasAttribute('aria-busy')) return;         // another way has been asked: its answer comes here
    if (stale()) return explain(way, more);
    const mine = ++ticket, place = find('.explain-number');
    place.setAttribute('aria-busy', 'true');
    const answer = await request('explain', {way: 'number', layer, index});
    if (mine !== ticket) return;
    place.removeAttribute('aria-busy');
    if (answer.error) return say(answer.error, true);
    place.innerHTML = answer.html;
    say(place.querySelector('h4').textContent);          // all of it would be long to listen to
  }

  const editButton = changes => ({name, picture, apply}, i) => {
    const button = document.createElement('button'), look = new Image(), title = document.createElement('b');
    button.type = 'button';
    look.src = `data:image;base64,${picture}`;
    look.alt = '';
    title.textContent = name;
    button.append(look, title, changes[i]);
    button.onclick = () => {
      find('.explain-title').focus({preventScroll: true});   // the button goes
      if (stale()) return explain(way, more);
      taken = true;
      apply();
    };
    return button;
  };

  async function request(name, details) {
    return await server[name]({...question, ...details}).catch(() => undefined)
      ?? {error: 'The server does not answer: try again in a moment.'};
  }

  panel.addEventListener('click', event => {
    const {way: asked, baseline: from} = event.target.closest('button')?.dataset ?? {};
    if (asked) explain(asked);
    if (from) explain(way, {baseline: from}).then(() => find(`[data-baseline=${from}]`)?.focus({preventScroll: true}));
  });
  chosen.addEventListener('change', () => { if (find('.explain-look')) explain(way, more); });   // maps are of no class
  body.addEventListener('change', event => {
    if (event.target.id === 'explain-layer')
      explain('maps', {layer: event.target.value}).then(() => find('#explain-layer')?.focus({preventScroll: true}));
  });

  return {show};
}

// A map whose numbers can be read: under the pointer, or by arrow keys.
function readable(map, reading) {
  const values = JSON.parse(map.dataset.values), [rows, columns] = [values.length, values[0].length];
  const mark = map.querySelector('i');
  let at = [0, 0];

  function read(row, column) {
    at = putMark(mark, [row, column], [rows, columns]);
    const value = values[at[0]][at[1]], number = `${value > 0 ? '+' : ''}${value}`.replace('-', '\u2212');
    reading.textContent = `row ${at[0]}, column ${at[1]}: ${number}${map.dataset.unit}`;
  }

  const under = event => {
    const box = map.getBoundingClientRect();
    read(Math.floor((event.clientY - box.top) / box.height * rows), Math.floor((event.clientX - box.left) / box.width * columns));
  };
  map.addEventListener('pointermove', under);
  map.addEventListener('pointerdown', under);
  map.addEventListener('keydown', event => {
    if (!(event.key in ARROWS)) return;
    event.preventDefault();                              // the page must not scroll
    const [right, down] = ARROWS[event.key];
    read(at[0] + down, at[1] + right);
  });
}
