// Steering: the four buttons, what they ask of the server, and what the status line says of it.
// now: what the tab shows, {run, state, checkpoint, problem, silence, note}. started(run) is called when
// one's own run has begun, resumed() when this one goes on; settings() resolves to what the form asks
// for; show() shows what has changed.
function runSteering(element, server, now, {settings, started, resumed, show}) {
  const NO_ANSWER = 'The server did not answer: reload the page.';
  const one = id => element.querySelector('#train-' + id);
  let pending = '', before = null;                     // what was asked for, until the line is no longer this
  let launching = false;                               // until it is answered
  let refused = '';                                    // the sentence to what was asked of this run

  const owner = () => now.run !== null && page.keyOf(now.run) !== null;
  const own = () => now.state?.live && owner();
  const stands = () => now.state?.live && ['paused', 'pausing'].includes(now.state.mode);
  const starting = () => launching || pending === 'starting';
  const resumable = () => owner() && now.state && !now.state.live && now.checkpoint !== null;

  // Shows at once what is asked for; the server's own word follows by the stream.
  async function ask(word, request) {
    [now.problem, pending, before] = ['', word, now.state?.line];
    if (word === 'starting') launching = true;
    show();
    const answer = await request().catch(() => null);
    if (word === 'starting') launching = false;
    if (answer && !answer.error) return answer;
    pending = '';
    now.problem = answer?.error ?? NO_ANSWER;
    if (word !== 'starting') refused = now.problem;
    show();
  }

  // Starts a run, in place of one of one's own that is shown where `over` is true. asked: its settings,
  // or a promise of them. Resolves to its id, or to nothing where it was refused, or another is being started.
  async function launch(asked, over, step = false) {
    if (launching) return;
    const replaced = over && own() ? {instead: now.run, key: page.keyOf(now.run)} : {};
    const answer = await ask('starting', async () => server.begin({settings: await asked, step, ...replaced}));
    if (answer) page.keepKey(answer.run, answer.key);
    return answer?.run;
  }

  async function begin(step) {
    if (starting()) return;
    const run = await launch(settings(), true, step);
    if (run) started(run);
  }

  async function resume() {
    const {run} = now, answer = await ask('resuming', () => server.resume({run, key: page.keyOf(run)}));
    if (answer && run === now.run) resumed();
  }

  function steer(action, word) {
    const {run} = now;
    return ask(word, () => server.steer({run, key: page.keyOf(run), action}));
  }
  function proceed() { return steer('play', 'training'); }
  function step() { return own() && stands() ? steer('step', 'taking one step') : begin(true); }

  // A button that is off keeps the keyboard's focus, which `disabled` would drop.
  function press(name, act) {
    one(name).onclick = event => { if (one(name).getAttribute('aria-disabled') !== 'true') act(event); };
  }
  function allow(name, on) { one(name).setAttribute('aria-disabled', !on); }

  // Why buttons are off, or what the one that goes on will do.
  function explain() {
    const {state, checkpoint} = now;
    if (!state || state.mode === 'completed') return '';
    if (!owner()) return state.live ? 'You are watching: only who started this run can steer it.' : '';
    if (state.mode === 'waiting') return 'It starts by itself when its turn comes.';
    if (!resumable()) return '';
    return checkpoint ? `Resume goes on from step ${checkpoint.toLocaleString('en')}.` : 'Resume begins it anew.';
  }

  press('start', event => { if (event.detail < 2) begin(false); });   // a double click is one wish
  press('pause', () => resumable() ? resume() : stands() ? proceed() : steer('pause', 'pausing'));
  press('step', step);
  press('stop', () => steer('stop', 'stopping'));

  return {
    own,
    // wrong: what is the matter with the form.
    show(wrong) {
      const {state} = now, live = state?.live, trouble = wrong || now.problem || now.silence;
      const line = trouble || pending || state?.line || (now.run ? 'loading' : now.note || 'no run yet');
      const status = one('status'), start = one('start'), pause = one('pause');
      if (status.textContent !== line) status.textContent = line;
      status.dataset.mode = trouble ? 'problem' : pending || (state?.mode ?? 'none');
      const resume = resumable(), goesOn = own() || resume && state.mode !== 'stopped';
      start.textContent = !live ? 'Start' : own() ? 'Start over' : 'Start your own';
      pause.textContent = resume ? 'Resume' : stands() ? 'Continue' : 'Pause';
      start.classList.toggle('primary', !goesOn);
      pause.classList.toggle('primary', !!goesOn);
      const leaving = state?.mode === 'stopping' || pending === 'stopping';
      allow('pause', resume ? !pending : own() && !leaving && state.mode !== 'waiting');
      allow('start', !starting());
      allow('step', own() ? stands() : !starting());
      allow('stop', own() && !leaving);
      const hint = explain();
      if (one('why').textContent !== hint) one('why').textContent = hint;
    },
    launch,
    // A run that goes on from a step of the one that is shown, which ends if it is one's own.
    async branch(step, changes) {
      if (starting()) return;
      const {run} = now, left = own() ? run : null;
      const answer = await ask('starting', () => server.branch({run, step, changes}));
      if (!answer) return;
      page.keepKey(answer.run, answer.key);
      if (left) server.steer({run: left, key: page.keyOf(left), action: 'stop'});
      started(answer.run, false);
      page.compare({run, name: 'the run that it goes on from'});
    },
    // The server is there again: it is not to be said that it did not answer.
    answered() { if (now.problem === NO_ANSWER) now.problem = ''; },
    // The run stands otherwise than when it refused.
    moved() { if (now.problem === refused) now.problem = ''; },
    get asking() { return pending !== ''; },
    forget() { pending = ''; },
    forgetLine() { before = null; },
    heard(line) { if (line !== before) pending = ''; },
    // What "show me" of the walkthrough asks for: a step, or a run of one's own that goes on.
    do(action) {
      if (action === 'step') own() ? steer('step', 'taking one step') : begin(true);
      if (action === 'start' && !own()) begin(false);
      if (action === 'start' && own() && stands()) proceed();
    },
  };
}
