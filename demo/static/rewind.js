// Rewinding the run that is shown: a slider over the steps at which it kept a checkpoint; its far
// right is now. written() is what the form says; goOn(step, changes) starts a run from a step.
function rewindSlider(element, chart, written, goOn) {
  const one = id => element.querySelector('#' + id), slider = one('train-rewind');
  const number = n => n.toLocaleString('en');
  let run = null, state = null, own = false;           // as show() was told
  let rewound = {run: null, step: null};               // as the page has it
  let stops = [];

  const at = () => rewound.step === null ? stops.length : stops.indexOf(rewound.step);
  function go(place) { if (run) page.setRewind({run, step: stops[place] ?? null}); }

  // The stop for a step: it may have been thinned away, or be where the run is now.
  function nearest(step) {
    return step >= state.step ? null : stops.findLast(stop => stop <= step) ?? stops[0] ?? null;
  }

  // Where a new run would go on, or null: a live one goes on by itself.
  function from() { return rewound.step ?? (state && !state.live ? state.kept.at(-1) ?? null : null); }

  // What of the form a new run takes: as text, for the server to read.
  function taken() { const {lr, epochs} = written(); return {lr, epochs}; }

  // What of that is otherwise than in the run that is shown, from this step on.
  function changes(step) {
    if (!state) return {};
    const has = {lr: state.rates.findLast(([from]) => from <= step)?.[1], epochs: state.settings.epochs};
    return Object.fromEntries(Object.entries(taken()).filter(([key, text]) => Number(text) !== Number(has[key])));
  }

  function says() {
    if (!run) return 'Start a run: then drag this back, and the net is again what it was.';
    if (!state) return 'Reading which steps this run has kept.';
    const {step} = rewound, here = step ?? state.step, loss = chart.lossAt(here);
    const where = `step ${number(here)} of ${number(state.total)}${loss ? `, smoothed training loss ${writtenLoss(loss)}` : ''}`;
    if (step !== null) return `Rewound to ${where}: Classify and Inside answer as of this step.`;
    if (!stops.length)
      return state.live ? 'Nothing to go back to yet: each of the first steps will be a stop here.'
        : 'Nothing to go back to: this run is over, and none of its earlier steps is kept.';
    return `${state.live ? 'Now' : 'The end'}, ${where}. Drag back, and the net is again what it was.`;
  }

  function how() {
    const step = from(), {lr, epochs} = changes(step), total = (epochs ?? state?.settings?.epochs) * state?.per_epoch;
    if (state?.blind) return 'What is wrong with this run is a secret: reveal it, then go on from here.';
    if (step === null && state && !state.live) return 'No step to go on from: start a new run.';
    if (step === null) return 'Rewind first: a new run can go on from any stop, with another learning rate.';
    if (step >= total) return 'All steps are taken: write more epochs in the form to go on from here.';
    const more = [lr && `learning rate ${lr}`, epochs && `${epochs} epochs`].filter(Boolean).join(' and ');
    return `A new run goes on from step ${number(step)} with ${more || 'the same settings'}${own ? '; this one ends' : ''}.`;
  }

  function render() {
    const place = at(), words = says(), branch = how();
    slider.disabled = !stops.length;
    slider.max = stops.length;
    slider.value = place;
    slider.style.setProperty('--at', stops.length ? place / stops.length : 1);
    slider.setAttribute('aria-valuetext', words);
    one('rewind-says').textContent = words;
    one('rewind-how').textContent = branch;
    one('rewind-now').textContent = state && !state.live ? 'Back to the end' : 'Back to now';
    allow('earlier', place > 0);
    allow('later', place < stops.length);
    allow('now', place < stops.length);
    allow('branch', branch.startsWith('A new run'));
    chart.pin([
      ...(state?.branch ? [{step: state.branch.step, text: 'branched here', colour: '--dim', dash: '6px,4px'}] : []),
      ...(state && rewound.step !== null
        ? [{step: rewound.step, text: `step ${number(rewound.step)}`, colour: '--ink', dash: 'solid'}] : []),
    ]);
  }

  // A button that is off keeps the keyboard's focus.
  function allow(name, on) { one('rewind-' + name).setAttribute('aria-disabled', !on); }
  function press(name, act) {
    one('rewind-' + name).onclick = () => { if (one('rewind-' + name).getAttribute('aria-disabled') !== 'true') act(); };
  }

  slider.oninput = () => go(Number(slider.value));
  press('earlier', () => go(at() - 1));
  press('later', () => go(at() + 1));
  press('now', () => go(stops.length));
  press('branch', () => goOn(from(), taken()));
  page.onRewind(moment => { rewound = moment; render(); });

  return {
    // state: what is known of the run, its steps with a checkpoint in `kept`; null while it loads.
    show(shown, known, isOwn) {
      [run, state, own] = [shown, known?.kept ? known : null, isOwn];
      stops = state ? state.kept.filter(step => step < state.step) : [];
      const step = rewound.run !== run ? null : state && rewound.step !== null ? nearest(rewound.step) : rewound.step;
      if (rewound.run !== run || rewound.step !== step) page.setRewind({run, step}); else render();
    },
  };
}
