// The Training tab: which run it shows, and the parts that show it. Form, list of runs, buttons and
// figures are in training_*.js, the chart in chart.js, the live updates in stream.js.
const now = {
  run: new URLSearchParams(location.search).get('run'), state: null,   // what the server says of the run
  checkpoint: null,                                    // the step that the run can be resumed from
  problem: '', silence: '',                            // with what was asked, with the server
  note: '',                                            // why no run is shown
};
let watched = null, visible = false, beats = 0;
let standsIn = false;                                  // the recorded run is shown until there is one of yours
const chart = lossChart(element.querySelector('#train-chart'), () => stream.again());
recordedLabel(element);
const curves = curveControls(element, chart, server.curve);
const figures = runFigures(element);
const stream = runStream(receive, broken);
const form = runForm(element, server, {edited, checked: show, replaces: () => steering.own() ? now.run : null});
const list = runList(element, curves, run => { steering.forget(); watch(run, true); });
const settings = async () => { await listed; return form.written(); };
const steering = runSteering(element, server, now, {
  settings,
  started(run, asWritten = true) {                     // else the form shows what the run says of itself
    predict.began(run);
    if (asWritten) form.fill(run);
    watch(run, true);
    changes.started();
  },
  resumed() { stream.again(); look(); changes.started(); },
  show,
});
const changes = runChanges(element, server, now, {form, own: steering.own, chart, show});
const share = runShare(element, server, now, {deleted, complain});
const rewind = rewindSlider(element, chart, form.written, steering.branch);
const predict = runPredictions(element, server, chart, {
  now, watch, beside: curves.beside, settings,
  launch: steering.launch,
  restore: () => stream.again(),
});
chart.ready.catch(error => complain(error.message));

function complain(sentence) { now.problem = sentence; show(); }
function edited() { now.problem = ''; changes.forget(); show(); }

// Which run is watched

function watch(run, inLink) {
  now.run = watched = run;
  standsIn = false;
  now.state = now.checkpoint = null;
  now.problem = now.note = '';
  steering.forgetLine();
  changes.forget();
  curves.show(run);
  if (inLink) link(run);                               // then a reload shows this run too
  clear();
  stream.watch(run);
  look();
}

function link(run) {
  const url = new URL(location);
  if (run) url.searchParams.set('run', run); else url.searchParams.delete('run');
  history.replaceState(history.state, '', url);
}

function lost() {
  steering.forget();
  now.run = watched = now.state = now.checkpoint = null;
  curves.show(null);
  stream.watch(null);
  clear();
  figures.empty();
}

function deleted() {
  lost();
  link(null);
  now.note = 'This run was deleted: choose another, or start one.';
  show();
  look();
}

function broken(refused) {
  now.silence = 'The server does not answer: asking again.';
  show();
  if (refused) look();                                 // it may not know the run, or be starting
}

function clear() {
  chart.clear();
  figures.clear();
  changes.list([]);
}

function receive(message) {
  if (message.reset) clear();
  const before = now.state, ended = before?.live && !message.live;
  if (before && (before.mode !== message.mode || before.live !== message.live)) steering.moved();
  const state = now.state = {...before, ...message};
  if (now.silence) steering.answered();
  now.silence = '';
  steering.heard(message.line);
  chart.plan(predict.span(state) || spanOf(state), state.per_epoch, state.classes);
  chart.extend(message.points, message.epochs);
  for (const epoch of message.epochs) figures.addRow(epoch);
  if (message.changes) changes.list(message.changes);
  if (message.settings) form.fill(now.run, message.settings);
  if (message.settings || ended) { look(); form.again(); }
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

function show() {
  const {run, state} = now;
  steering.show(form.wrong);
  share.show();
  changes.show();
  page.setRun({run, mode: state?.mode ?? null, step: state?.step ?? null, settings: state?.in_effect?.says ?? null,
    blind: state?.blind ?? false});
  predict.show();
  rewind.show(run, state, steering.own());
  if (!state) return;
  list.mark(run, state.mode);
  figures.show(state);
}

// The slow things: which runs and data there are, and the download

async function look() {
  const asked = now.run, key = page.keyOf(asked), seen = await server.overview({run: asked, key});
  if (!seen || asked !== now.run) return;              // no answer, or one about another run
  if (!now.state?.live) steering.answered();           // else its stream will say so
  if (seen.deleted) { deleted(); return; }
  if (asked && !seen.known) {
    lost();
    complain('This run is not on this server: choose another, or start one.');
  }
  const stranger = seen.known && key !== null && !seen.owned;
  if (stranger) page.keepKey(asked, null);
  if (seen.live && now.state && !now.state.live) stream.again();   // its owner has resumed it
  now.checkpoint = seen.checkpoint;
  if (list.show(seen.runs, now.run)) form.again();       // how long one would take
  form.offer(seen.data);
  form.showDownload(seen.download);
  const first = seen.runs.find(({run, owner}) => !owner || page.keyOf(run) !== null);   // not who else trains
  const next = now.run && !standsIn ? now.run : first?.run;
  if (next && next !== watched && !now.problem && !now.note && !steering.asking && !predict.busy) {
    const recorded = !now.run && first.recorded;
    if (recorded) form.fill(next);                     // the form stays as it is
    watch(next, false);
    standsIn = recorded;
  } else show();
  if (stranger) complain('The key of this link does not fit this run: you can watch it.');
}
// Often while something is expected; now and then to see what became of a run that is over; and once
// a minute, so that the server knows that a live run's owner is there.
setInterval(() => {
  const every = !now.run || standsIn || form.downloading ? 1 : now.state?.live ? 30 : 5;
  if (visible && ++beats % every === 0) look();
}, 2000);

page.onWatch(run => { steering.forget(); watch(run, true); });
page.onCompare(curves.beside);
form.write(form.recipe());
page.lendForm(form.written);
const listed = look();                                 // then there is data to choose
form.waitFor(listed);
page.onVisibility('training', on => {
  visible = on;
  chart.look(on);
  stream.look(on);
  if (on) look();                                      // much may have happened meanwhile
});
page.onShow('training', setup => {
  const {momentum, decay} = form.recipe('plain');      // the walkthrough leaves them as they are there
  form.write({recipe: 'plain', momentum, decay, ...setup});
  listed.then(() => form.fill(now.run));               // no run that is found writes over this
  steering.do(setup.action);
});
