// How the chart is looked at, and which earlier runs are laid beside this one. Kept over a reload.
// fetchCurve({run}) answers with a curve or {error}.
function curveControls(element, chart, fetchCurve) {
  const KEPT_VIEW = 'my-first-neural-net.curves', VIEW = ['x', 'loss', 'smooth', 'extra'];
  const one = id => element.querySelector('#curve-' + id);
  const places = COMPARED.map(() => null);             // {run, name}, in the order of the colours
  let offered = [], shown = null;

  function keep() { page.keep(KEPT_VIEW, {view: view(), compared: places.filter(Boolean)}); }

  function view() { return Object.fromEntries(VIEW.map(name => [name, one(name).value])); }
  function see() {
    element.querySelector('.train-legend').dataset.smooth = one('smooth').value;
    chart.see(view());
  }

  const taken = run => places.some(place => place?.run === run);

  async function add({run, name}) {
    const place = places.indexOf(null);
    if (place < 0 || taken(run) || run === shown) return;
    places[place] = {run, name};                       // at once, so that nobody else takes it
    const curve = await fetchCurve({run});
    if (places[place]?.run !== run) return;            // removed meanwhile
    if (!curve || curve.error) {
      places[place] = null;
      one('note').textContent = curve?.error ?? 'The server did not answer: try again.';
    } else {
      one('note').textContent = '';
      chart.compare(place, curve);
    }
    list();
  }

  function remove(place) {
    places[place] = null;
    chart.compare(place, null);
    list();
  }

  // The chosen runs under the controls, and in the list those that are left.
  function list() {
    one('compared').replaceChildren(...places.flatMap((chosen, place) => chosen ? [entry(chosen, place)] : []));
    const free = places.includes(null), left = offered.filter(r => r.run !== shown && !taken(r.run));
    const first = !free ? 'four at most' : left.length ? 'choose a run' : 'no other run yet';
    const options = [new Option(first, ''), ...(free ? left : []).map(r => new Option(r.name, r.run))];
    const select = one('run'), texts = all => [...all].map(o => o.value + o.text).join('\n');
    if (texts(options) === texts(select.options)) return;   // it may be open
    const chosen = select.value;
    select.replaceChildren(...options);
    select.value = options.some(o => o.value === chosen) ? chosen : '';
    allowAdd();
  }

  function entry({name}, place) {
    const item = document.createElement('li'), label = document.createElement('span');
    const button = document.createElement('button'), {letter, colour, dash} = COMPARED[place];
    item.innerHTML = '<svg width="34" height="10" viewBox="0 0 34 10" aria-hidden="true">'
      + `<line x1="1" y1="5" x2="33" y2="5" style="stroke: var(${colour})" stroke-dasharray="${dash.replaceAll('px', '')}"/></svg>`;
    label.textContent = `${letter}  ${name}`;
    button.type = 'button';
    button.textContent = 'Remove';
    button.setAttribute('aria-label', `Remove ${name} from the chart`);
    button.onclick = () => { remove(place); keep(); one('run').focus(); };
    item.append(label, button);
    return item;
  }

  function allowAdd() { one('add').setAttribute('aria-disabled', !one('run').value); }

  for (const name of VIEW) one(name).onchange = () => { see(); keep(); };
  one('run').onchange = allowAdd;
  one('add').onclick = async () => {
    const chosen = offered.find(r => r.run === one('run').value);
    if (!chosen) return;
    await add(chosen);
    keep();
  };

  const kept = page.recall(KEPT_VIEW) ?? {};
  for (const name of VIEW)
    if ([...one(name).options].some(o => o.value === kept.view?.[name])) one(name).value = kept.view[name];
  see();
  const before = Array.isArray(kept.compared) ? kept.compared.filter(r => typeof r?.run === 'string') : [];
  Promise.all(before.map(add)).then(() => { one('note').textContent = ''; });   // some may be gone

  return {
    // Lays a run beside the one that is shown, as if it had been chosen; resolves to whether it is there.
    async beside(chosen) {
      await add(chosen);
      keep();
      return taken(chosen.run);
    },
    // run: the one that the chart is of from now on.
    show(run) {
      shown = run;
      const same = places.findIndex(place => place && place.run === shown);
      if (same >= 0) remove(same); else list();
    },
    // runs: {run, name} of those that have ended.
    offer(runs) {
      offered = runs;
      list();
    },
  };
}
