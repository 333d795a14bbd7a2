// Predictions, made before it is known: the training loss drawn on the chart, and which of two runs wins.
// tab: what the Training tab does for it: now {run, state}, watch(run, inLink), beside({run, name}),
// settings(), launch(settings, over) and restore(), which draws the shown run anew.
function runPredictions(element, server, chart, tab) {
  const NEXT = 'next', EARLY = .1;                     // a run not begun yet; the share in which one may guess
  const one = id => element.querySelector('#predict-' + id), find = name => element.querySelector('.predict-' + name);
  const stage = element.querySelector('.train-stage'), host = element.querySelector('#train-chart');
  const fields = [...element.querySelectorAll('[data-share]')];
  const forms = {guess: find('draw'), duel: find('choose')};
  const kept = keptPredictions(), line = lossLine(), said = {};   // said: run -> what was said at its end
  const alone = {};                                    // run -> why the other one of its pair did not start
  let open = null, shown = null;                       // which form is open; the run that is shown
  let coming = false, planned = null;                  // the chart waits for the next run; how long that will be
  let laid = '', drawing = false, watched = null;      // watched: the run that was seen to train
  let locking = false;                                 // the two runs of a prediction are being started

  const state = () => tab.now.state;
  const sheet = document.createElement('div');
  sheet.className = 'predict-sheet';
  sheet.hidden = true;
  sheet.setAttribute('aria-hidden', 'true');           // the fields are for those who do not draw
  sheet.innerHTML = '<span>draw here, from left to right</span>';
  stage.append(sheet);
  const sized = new ResizeObserver(spread);
  for (const part of [host, stage]) sized.observe(part);

  // Which run a guess would be of: one that has only begun, or the next; null where it is too late.
  function target() {
    const now = state();
    if (!now?.live) return tab.now.run && !now ? null : NEXT;
    return now.step < EARLY * now.total || !now.total ? tab.now.run : null;
  }
  function current() {                                 // the line that is on the chart
    if (open === 'guess') return line.points;
    return kept.guess(coming ? NEXT : tab.now.run);
  }
  const length = () => (coming ? 0 : state()?.total) || planned?.total || 1000;

  function lay() {
    const points = current() ?? [], total = length(), is = JSON.stringify([points, total]);
    if (is === laid) return;
    laid = is;
    chart.guess({step: points.map(([share]) => share * total), loss: points.map(([, loss]) => loss)});
    find('sample').hidden = !points.length;
  }

  // The drawing sheet over the loss axis.
  function spread() {
    sheet.hidden = open !== 'guess';
    if (sheet.hidden) return;
    const {left, top, width, height} = chart.area(), from = stage.getBoundingClientRect(), box = host.getBoundingClientRect();
    Object.assign(sheet.style, {width: `${width}px`, height: `${height}px`,
      left: `${box.left - from.left - stage.clientLeft + left}px`, top: `${box.top - from.top - stage.clientTop + top}px`});
    sheet.toggleAttribute('data-drawn', !!line.points);
  }
  function draw(event) {
    const {step, loss} = chart.at(event);
    line.to(step / length(), loss);
    write();
    spread();
    lay();
  }
  sheet.onpointerdown = event => {
    sheet.setPointerCapture(event.pointerId);
    drawing = true;
    line.down();
    draw(event);
  };
  sheet.onpointermove = event => { if (drawing) draw(event); };
  sheet.onpointerup = sheet.onpointercancel = () => { drawing = false; };

  // The fields say what is drawn, and draw what is said.
  function write() {
    for (const field of fields)
      field.value = line.points ? lossAt(line.points, Number(field.dataset.share)).toFixed(2) : '';
  }
  const written = () => fields.map(field => field.value.trim() === '' ? NaN : Number(field.value));
  const fits = loss => loss >= 0 && loss < 1e6;
  function read() {
    const losses = written();
    if (!losses.every(fits)) return;
    const start = Math.log(state()?.classes ?? planned?.classes ?? 10);   // where a net that knows nothing begins
    line.points = [[0, start], ...losses.map((loss, i) => [Number(fields[i].dataset.share), loss])];
  }
  for (const field of fields) field.oninput = () => { complain(''); read(); spread(); lay(); };

  function complain(sentence) { find('trouble').textContent = sentence; }

  async function openGuess(byKey) {
    const of = target(), total = of === NEXT ? 0 : state().total;
    if (!total) {
      const answer = await server.plan({settings: await tab.settings()});
      if (!answer || answer.error) return complain(answer?.error ?? 'The server did not answer: reload the page.');
      if (of !== target()) return;
      planned = answer;
    }
    await chart.ready;
    show.form('guess');
    coming = of === NEXT;
    line.points = kept.guess(of);
    if (coming) chart.clear();
    const {total: steps, per_epoch, classes} = total ? state() : planned;
    chart.plan(steps, per_epoch, classes);
    write();
    show();
    if (byKey) fields[0].focus({preventScroll: true}); // a finger would call up the phone's keyboard
    else requestAnimationFrame(() => { sheet.scrollIntoView({block: 'nearest'}); });
  }

  forms.guess.onsubmit = event => {
    event.preventDefault();
    const losses = written();
    if (!line.points && fields.every(field => !field.value.trim())) return complain('Draw a line on the chart, or write three losses, such as 2.1, 1.6 and 1.2.');
    if (!losses.every(fits)) return complain('Each loss is a number from 0 on, such as 1.6.');
    const of = target();
    if (!of) return complain('The run has gone too far meanwhile: guess before the next one.');
    kept.keep(of, line.points);
    show.form(null);
    one('guess').focus({preventScroll: true});
    show();
  };

  function cancel() {
    const before = open;
    show.form(null);
    if (coming && !kept.guess(NEXT)) leave();
    show();
    if (before) one(before).focus({preventScroll: true});
  }
  function leave() {                                   // back to the run that is shown
    coming = false;
    if (tab.now.run) tab.restore();
  }

  // Which wins?
  function changed(settings) {
    const [field, by] = one('change').value.split(' '), times = settings[field] * Number(by);
    if (field === 'model') return {...settings, model: by};
    return {...settings, [field]: String(field === 'lr' ? Number(times.toPrecision(3)) : Math.round(times))};
  }
  function names(a, b) {                               // what tells the two apart
    const field = one('change').value.split(' ')[0], name = {lr: 'learning rate', batch: 'batch size', model: 'network'}[field];
    return [a, b].map(settings => `${name} ${settings[field]}`);
  }
  async function both() {
    const a = await tab.settings(), [first, second] = names(a, changed(a));
    find('both').textContent = `A: ${first}. B: ${second}. All else is alike, the seed too.`;
  }
  one('change').onchange = () => { complain(''); both(); };

  forms.duel.onsubmit = async event => {
    event.preventDefault();
    if (locking) return;
    locking = true;
    try { await race(); } finally { locking = false; }
  };
  async function race() {
    const answer = forms.duel.querySelector('input:checked');
    if (!answer) return complain('Say which one wins: choose A or B.');
    const a = await tab.settings(), b = changed(a);
    if (JSON.stringify(a) === JSON.stringify(b)) return complain('B is the same as A: choose another change.');
    for (const [letter, settings] of [['A', a], ['B', b]]) {
      const checked = await server.check({settings});
      if (!checked || checked.error) return complain(`${letter}: ${checked?.error ?? 'the server did not answer: try again.'}`);
    }
    const first = await tab.launch(a, true), second = first && await tab.launch(b, false);
    if (!first) return;
    if (second) kept.keepDuel({runs: [first, second], names: names(a, b), said: Number(answer.value)});
    else alone[first] = `B did not start, so your prediction cannot be judged. ${tab.now.problem}`;
    show.form(null);
    began(first);
    tab.watch(first, true);
  }

  // What is shown
  function show() {
    if (tab.now.run !== shown) {
      shown = tab.now.run;
      coming = false;
      show.form(null);
    }
    if (state()?.live) watched = shown;
    stage.toggleAttribute('data-coming', coming);
    lay();
    const of = target(), begun = of !== NEXT && state()?.step > 0;
    one('guess').setAttribute('aria-disabled', !of || begun && !!kept.guess(of));
    one('guess').textContent = of && kept.guess(of) && !begun ? 'Guess again' : 'Guess first';
    tell(words());
    if (state() && !state().live && tab.now.run && !(tab.now.run in said)) judge(tab.now.run);
  }
  show.form = name => {
    open = name;
    for (const [key, form] of Object.entries(forms)) {
      form.hidden = key !== name;
      one(key).setAttribute('aria-expanded', key === name);
    }
    complain('');
    spread();
  };

  function tell(lines) {                               // [{sentence, rule}], one below the other
    const text = JSON.stringify(lines), place = one('line');
    if (place.dataset.text === text) return;
    place.dataset.text = text;
    place.replaceChildren(...lines.flatMap(({sentence, rule}) => [['span', sentence], ['small', rule]])
      .filter(([, text]) => text)
      .map(([tag, text]) => Object.assign(document.createElement(tag), {textContent: text})));
  }

  function words() {
    const {run} = tab.now, now = state(), guess = current(), duel = coming ? null : kept.duel(run);
    if (open === 'guess') return [{sentence: 'From the loss at the start, on the left, to the loss at the end, on the right.'}];
    if (!coming && said[run]?.length) return said[run];
    const marks = guess && `Your guess: ${fields.map(field => lossAt(guess, Number(field.dataset.share)).toFixed(2)).join(', ')}`
      + ' after a tenth, after half and at the end.';
    if (duel && now?.live)
      return [{sentence: `${'AB'[duel.runs.indexOf(run)]} trains, you said ${'AB'[duel.said]} wins. The other run `
        + `${run === duel.runs[0] ? 'comes next' : 'lies beside it'}.`}];
    if (coming && guess) return [{sentence: `${marks} It is locked in: start the run.`}];
    if (alone[run]) return [{sentence: alone[run]}];
    if (guess) return [{sentence: marks}];
    if (kept.guess(NEXT) && !now?.live) return [{sentence: 'A guess for your next run is locked in: start it, or guess again.'}];
    if (now?.live && !target()) return [{sentence: 'This run has gone too far to guess: guess before the next one.'}];
    return [{sentence: 'Where will the training loss be? Say it before you know.'}];
  }

  // At the end of a run: how the predictions about it did. Once a run.
  async function judge(run) {
    const duel = kept.duel(run), guess = kept.guess(run);
    said[run] = [];
    if (duel) {
      const answer = await server.duel(duel), other = duel.runs.find(id => id !== run);
      if (answer?.sentence) said[run] = [answer];
      else if (answer?.waiting && watched === run && tab.now.run === run) {
        delete said[run];                              // asked again when both have ended
        tab.watch(other, true);
        return tab.beside({run, name: nameIn(duel, run)});
      } else said[run] = [{sentence: answer?.error ?? 'The other run of “Which wins?” has not ended yet.'}];
      if (answer?.sentence) {
        delete said[other];
        if (tab.now.run === run) tab.beside({run: other, name: nameIn(duel, other)});
      }
    }
    if (guess) {
      const answer = await server.score({run, guess});
      if (answer) said[run].push({sentence: answer.sentence ?? answer.error, rule: answer.rule});
    }
    show();
  }

  function nameIn({runs, names}, run) { return `“Which wins?”: ${names[runs.indexOf(run)]}`; }

  // Your run has begun: the guess that waited is of it.
  function began(run) {
    const guess = kept.guess(NEXT);
    coming = false;
    if (!guess) return;
    kept.keep(NEXT, null);
    kept.keep(run, guess);
  }

  one('guess').onclick = event => {
    if (open === 'guess') return cancel();
    if (one('guess').getAttribute('aria-disabled') !== 'true') openGuess(event.detail === 0);
  };
  one('duel').onclick = () => {
    if (open === 'duel') return cancel();
    if (open === 'guess') cancel();
    show.form('duel');
    both();
    show();
    one('change').focus({preventScroll: true});
  };
  for (const form of Object.values(forms)) {
    form.querySelector('[data-cancel]').onclick = cancel;
    form.onkeydown = event => { if (event.key === 'Escape') cancel(); };
  }

  return {
    show, began,
    // Whether the chart waits for a run that has not begun: no other may take its place.
    get busy() { return coming || open !== null; },
    // Over how many steps a guess lies that is on the chart now; 0 where there is none.
    span(now) { return open === 'guess' || current() ? now.total || planned?.total || 0 : 0; },
  };
}
