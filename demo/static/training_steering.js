// Steering: the four buttons, what they ask of the server, and what the status line says of it.
// now: what the tab shows, {run, state, problem, silence}. started(run) is called when one's own run
// has begun; settings() resolves to what the form asks for; show() shows what has changed.
function runSteering(element, server, now, {settings, started, show}) {
  const KEPT = 'my-first-neural-net.runs';
  const one = id => element.querySelector('#train-' + id);
  const mine = new Set(recall());                      // runs started from this browser tab
  let pending = '', before = null;                     // what was asked for, until the line is no longer this

  function recall() {
    try { return JSON.parse(sessionStorage.getItem(KEPT)) ?? []; } catch { return []; }
  }
  function keep(id) {
    mine.add(id);
    try { sessionStorage.setItem(KEPT, JSON.stringify([...mine].slice(-20))); } catch { /* blocked */ }
  }

  const own = () => now.state?.live && mine.has(now.run);
  const stands = () => now.state?.live && ['paused', 'pausing'].includes(now.state.mode);

  // Shows at once what is asked for; the server's own word follows by the stream.
  async function ask(word, request) {
    [now.problem, pending, before] = ['', word, now.state?.line];
    show();
    const answer = await request();
    if (answer && !answer.error) return answer;
    pending = '';
    now.problem = answer?.error ?? 'The server did not answer: reload the page.';
    show();
  }

  async function begin(step) {
    const instead = own() ? now.run : null;
    const answer = await ask('starting', async () => server.begin({settings: await settings(), step, instead}));
    if (!answer) return;
    keep(answer.run);
    started(answer.run);
  }

  function steer(action, word) { return ask(word, () => server.steer({run: now.run, action})); }
  function proceed() { return steer('play', 'training'); }
  function step() { return stands() ? steer('step', 'taking one step') : begin(true); }

  // A button that is off keeps the keyboard's focus, which `disabled` would drop.
  function press(name, act) {
    one(name).onclick = () => { if (one(name).getAttribute('aria-disabled') !== 'true') act(); };
  }
  function allow(name, on) { one(name).setAttribute('aria-disabled', !on); }

  press('start', () => begin(false));
  press('pause', () => stands() ? proceed() : steer('pause', 'pausing'));
  press('step', step);
  press('stop', () => steer('stop', 'stopping'));

  return {
    // wrong: what is the matter with the form.
    show(wrong) {
      const {state} = now, live = state?.live, trouble = wrong || now.problem || now.silence;
      const line = trouble || pending || state?.line || (now.run ? 'loading' : 'no run yet');
      const status = one('status'), start = one('start'), pause = one('pause');
      if (status.textContent !== line) status.textContent = line;
      status.dataset.mode = trouble ? 'problem' : pending || (state?.mode ?? 'none');
      start.textContent = !live ? 'Start' : own() ? 'Start over' : 'Start your own';
      pause.textContent = stands() ? 'Continue' : 'Pause';
      start.classList.toggle('primary', !own());
      pause.classList.toggle('primary', !!own());
      const leaving = state?.mode === 'stopping' || pending === 'stopping';
      allow('pause', live && !leaving && state.mode !== 'waiting');
      allow('step', !own() || stands());
      allow('stop', live && !leaving);
    },
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
