// The Training tab's form: what is written in it, what that would do, its data and their download.
// edited() is called when the visitor changes a setting; checked() when it is known what is wrong;
// replaces() gives the run that a start would stop, or null.
function runForm(element, server, {edited, checked, replaces}) {
  const FIELDS = ['recipe', 'model', 'data', 'lr', 'momentum', 'decay', 'batch', 'epochs', 'seed'];
  const one = id => element.querySelector('#train-' + id);
  const KEPT = 'my-first-neural-net.form';
  const faults = faultSwitches(element, () => { edited(); changed(); keep(); });
  let timer = null, filled = null;                     // the run whose settings the form shows
  let typed = page.recall(KEPT), wanted = null;                 // {run, values} since then; data that may come yet
  let listed = null;                                   // resolves when there is data to choose
  const form = {
    wrong: '',                                         // a sentence, while the settings do not fit
    downloading: false,

    written() {
      return {...Object.fromEntries(FIELDS.map(name => [name, one(name).value])), faults: faults.value};
    },

    write(values) {
      for (const name of FIELDS) {
        const field = one(name), value = values[name];
        if (value === undefined) continue;
        if (name === 'data') wanted = value;
        if (name === 'model' && String(value).startsWith('own:')) field.querySelector('[data-own]').value = value;
        if (field.tagName !== 'SELECT' || [...field.options].some(o => o.value === String(value))) field.value = value;
      }
      if (values.faults !== undefined) faults.value = values.faults;
      changed();
    },

    // Shows a run's settings, once; what is typed afterwards stays, over a reload too.
    fill(run, values) {
      if (filled === run) return;
      filled = run;
      if (!restored() && values) form.write(values);
    },

    again() { changed(); },                            // what was said of the settings may be old

    // What a recipe writes into the form: the chosen one, or one by its name.
    recipe(name = one('recipe').value) { return [...one('recipe').options].find(o => o.value === name).dataset; },

    waitFor(data) {
      listed = data;
      if (typed?.run === null) restored();
    },

    offer(data) {
      const select = one('data'), old = [...select.options].map(o => o.value), chosen = select.value;
      if (old.join() === data.map(d => d.description).join()) return;
      select.replaceChildren(...data.map(d => new Option(d.name, d.description)));
      const added = data.find(d => old.length && !old.includes(d.description));
      select.value = (added ?? data.find(d => d.description === (chosen || wanted)) ?? data[0]).description;
      changed();
    },

    showDownload(now) {
      form.downloading = now.running;
      const box = element.querySelector('.train-download'), bar = box.querySelector('progress');
      box.hidden = !now.offered;
      one('download').setAttribute('aria-disabled', now.running);
      bar.hidden = !now.running;
      if (now.share === null) bar.removeAttribute('value'); else bar.value = now.share;
      box.querySelector('p').textContent = now.line;
    },
  };

  function keep() {
    typed = {run: filled, values: form.written()};
    page.keep(KEPT, typed);
  }
  // Writes what was typed before a reload, if it was over this run's settings or over none.
  function restored() {
    const kept = typed;
    typed = null;
    if (!kept?.values || kept.run !== filled && kept.run !== null) return false;
    form.write(kept.values);
    return true;
  }

  function changed() {
    one('model-about').textContent = one('model').selectedOptions[0]?.dataset.summary ?? '';
    one('data-about').textContent = one('data').value;
    page.setNet({model: one('model').value, data: one('data').value});
    clearTimeout(timer);
    timer = setTimeout(check, 250);
  }

  function current({settings}) { return JSON.stringify(settings) === JSON.stringify(form.written()); }

  async function check() {
    await listed;                                      // without data nothing fits
    const asked = {settings: form.written(), instead: replaces()}, answer = await server.check(asked);
    if (!current(asked)) return;                       // the next answer is on its way
    const about = element.querySelector('.train-about');
    about.textContent = answer?.about ?? '';
    form.wrong = answer?.error ?? '';
    checked();
    if (!answer?.soon) return;
    const later = await server.measure(asked);
    if (current(asked)) about.textContent = later?.about ?? later?.error ?? '';
  }

  one('recipe').onchange = () => { edited(); form.write(form.recipe()); keep(); };
  for (const name of FIELDS.slice(1)) one(name).oninput = () => { edited(); changed(); keep(); };
  one('download').onclick = async () => {
    if (!form.downloading) form.showDownload(await server.download({}));
  };
  return form;
}
