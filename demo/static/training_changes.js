// What changes about a run while it trains: its settings, applied from the form, and how fast it goes.
// now: what the tab shows. form: what is written. own(): whether the run is live and one's own.
function runChanges(element, server, now, {form, own, chart, show}) {
  const NAMES = {lr: 'learning rate', momentum: 'momentum', decay: 'weight decay'};
  const SILENT = 'The server did not answer: reload the page.';
  const one = id => element.querySelector('#train-' + id), pace = one('pace');
  let refused = '', applying = null;                   // a sentence; what is in effect until it is applied
  let awaited = null;                                  // the speed that was asked for, until it is told

  const request = more => ({run: now.run, key: page.keyOf(now.run), ...more});

  // What the form has otherwise than the run: [name, as it is, as it would be].
  function differing() {
    const written = form.written(), {in_effect} = now.state;
    return Object.keys(NAMES).filter(name => Number(written[name]) !== Number(in_effect[name]))
      .map(name => [name, in_effect[name], written[name].trim()]);
  }

  function line(differs) {
    if (refused) return refused;
    if (!own()) return 'While your own run trains, you can change these three.';
    if (form.wrong) return form.wrong;
    if (differs.length) {
      const all = differs.map(([name, is, becomes]) => `${NAMES[name]} ${is} → ${becomes}`).join(', ');
      return applying === now.state.in_effect ? `Changing ${all}` : `Would change ${all}`;
    }
    const last = now.state.changes?.at(-1);
    return last ? `Changed after step ${last.step.toLocaleString('en')}: ${last.says}`
      : 'Change one of these three, then apply it.';
  }

  async function apply() {
    if (one('apply').getAttribute('aria-disabled') === 'true') return;
    const values = Object.fromEntries(differing().map(([name, , becomes]) => [name, becomes]));
    [refused, applying] = ['', now.state.in_effect];
    show();
    const answer = await server.change(request({values}));
    if (answer && !answer.error) return;
    [refused, applying] = [answer?.error ?? SILENT, null];
    show();
  }

  async function slow() {
    const asked = awaited = pace.value;
    const answer = await server.pace(request({pace: asked === '' ? null : Number(asked)}));
    if (answer && !answer.error) return;
    if (awaited === asked) awaited = null;
    now.problem = answer?.error ?? SILENT;
    show();
  }

  // The select says how fast one's own run goes, whoever has asked for it.
  function showPace() {
    const told = String(now.state.pace ?? '');
    if (told === awaited) awaited = null;
    if (awaited === null && pace.value !== told && [...pace.options].some(o => o.value === told)) pace.value = told;
  }

  one('apply').onclick = apply;
  pace.onchange = () => { if (own()) slow(); };        // else it is a wish, until a run is started

  return {
    show() {
      const mine = own(), differs = mine ? differing() : [], {state} = now;
      const ready = differs.length && !form.wrong && applying !== state.in_effect;
      one('apply').setAttribute('aria-disabled', !ready || ['waiting', 'stopping'].includes(state.mode));
      const text = line(differs), said = one('apply-line');
      if (said.textContent !== text) said.textContent = text;
      said.classList.toggle('problem', text === refused || text === form.wrong);
      one('in-effect').textContent = state?.live && state.in_effect ? `In effect now: ${state.in_effect.says}.` : '';
      if (mine) showPace();
    },
    // Another run is shown, or something else is written in the form.
    forget() { refused = ''; applying = null; },
    // One's own run has begun: it goes as fast as the select says.
    started() { if (pace.value !== '') slow(); },
    // The changes of the whole run, on the chart and as a list.
    list(changes) {
      chart.mark(changes);
      one('changes').replaceChildren(...changes.map(({step, says}) => {
        const item = document.createElement('li');
        item.textContent = `After step ${step.toLocaleString('en')}: ${says}`;
        return item;
      }));
    },
  };
}
