// The Training tab's form: what is written in it, what that would do, its data and their download.
// edited() is called when the visitor changes a setting; checked() when it is known what is wrong.
function runForm(element, server, {edited, checked}) {
  const FIELDS = ['recipe', 'model', 'data', 'lr', 'batch', 'epochs', 'seed'];
  const one = id => element.querySelector('#train-' + id);
  let timer = null, filled = null;                     // the run whose settings the form shows
  let listed = null;                                   // resolves when there is data to choose
  const form = {
    wrong: '',                                         // a sentence, while the settings do not fit
    downloading: false,

    written() { return Object.fromEntries(FIELDS.map(name => [name, one(name).value])); },

    write(values) {
      for (const name of FIELDS) {
        const field = one(name), value = values[name];
        if (value === undefined) continue;
        if (field.tagName !== 'SELECT' || [...field.options].some(o => o.value === String(value))) field.value = value;
      }
      changed();
    },

    // Shows a run's settings, once; what is typed afterwards stays.
    fill(run, values) {
      if (filled === run) return;
      filled = run;
      if (values) form.write(values);
    },

    recipe() { return one('recipe').selectedOptions[0].dataset; },

    waitFor(data) { listed = data; },

    offer(data) {
      const select = one('data'), old = [...select.options].map(o => o.value), chosen = select.value;
      if (old.join() === data.map(d => d.description).join()) return;
      select.replaceChildren(...data.map(d => new Option(d.name, d.description)));
      const added = data.find(d => old.length && !old.includes(d.description));
      select.value = added?.description ?? (old.includes(chosen) ? chosen : data[0].description);
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

  function changed() {
    one('model-about').textContent = one('model').selectedOptions[0]?.dataset.summary ?? '';
    one('data-about').textContent = one('data').value;
    clearTimeout(timer);
    timer = setTimeout(check, 250);
  }

  async function check() {
    await listed;                                      // without data nothing fits
    const asked = form.written(), answer = await server.check(asked);
    if (JSON.stringify(asked) !== JSON.stringify(form.written())) return;   // the next answer is on its way
    element.querySelector('.train-about').textContent = answer?.about ?? '';
    form.wrong = answer?.error ?? '';
    checked();
  }

  one('recipe').onchange = () => { edited(); form.write(form.recipe()); };
  for (const name of FIELDS.slice(1)) one(name).oninput = () => { edited(); changed(); };
  one('download').onclick = async () => {
    if (!form.downloading) form.showDownload(await server.download({}));
  };
  return form;
}
