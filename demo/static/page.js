// What widgets share in the browser: which tab is open, which run is shown, and "show me" from the
// walkthrough to a tab.
// A tab is mounted at its first visit, so what is meant for it may have to wait here until then.
window.page = (() => {
  const handlers = {}, waiting = {}, runHandlers = [], rewindHandlers = [];
  const netHandlers = [];
  let net = null;                                      // what the form has chosen
  let plotly = null;                                   // a promise of its script
  let formSettings = null;                             // reads the Training tab's form
  let watchRun = null, compareRun = null;
  let shown = null;                                    // the run that the Training tab shows
  let rewound = inLink(), linkTimer = null;            // as of which step it answers; null is now
  const KEYS = 'my-first-neural-net.keys';
  let held = {};                                       // keys, where the browser keeps nothing

  // What this browser keeps over a reload, as plain data; null where it has nothing, or keeps nothing.
  function recall(name) {
    try { return JSON.parse(localStorage.getItem(name)); } catch { return null; }
  }
  function keep(name, value) {
    try { localStorage.setItem(name, JSON.stringify(value)); } catch { /* blocked: lasts until a reload */ }
  }

  function keys() { return {...held, ...recall(KEYS)}; }
  function keyOf(run) { return keys()[run] ?? null; }
  function keepKey(run, key) {
    const {[run]: old, ...others} = keys(), kept = Object.entries(others).slice(-49);
    held = Object.fromEntries(key === null ? kept : [...kept, [run, key]]);
    keep(KEYS, held);
  }

  // The key of an owner's link goes from the address bar at once: that is what people copy.
  function takeKey() {
    const run = new URLSearchParams(location.search).get('run'), key = /^#key=(\w+)$/.exec(location.hash)?.[1];
    if (!run || !key) return false;
    history.replaceState(history.state, '', location.pathname + location.search);
    if (keyOf(run) === null) keepKey(run, key);
    return true;
  }
  takeKey();
  addEventListener('hashchange', event => {            // pasted where the run was watched
    if (!takeKey()) return;
    event.stopImmediatePropagation();
    location.reload();
  });

  // A link to a run or to settings opens the tab that shows them; any other address says itself which tab is open.
  const given = new URLSearchParams(location.search);
  if ((given.has('run') || given.has('settings')) && !location.hash) {
    const coming = new MutationObserver(() => {
      if (!tabButton('training')) return;
      coming.disconnect();
      tabButton('training').click();
    });
    coming.observe(document, {subtree: true, childList: true});
  }

  function inLink() {                                  // ?run=ID&step=40
    const asked = new URLSearchParams(location.search), step = asked.get('step');
    return {run: asked.get('run'), step: /^\d{1,9}$/.test(step ?? '') && asked.get('run') ? Number(step) : null};
  }

  // Then a reload shows this step too. Not at every move of a drag: browsers refuse so many.
  function link() {
    const url = new URL(location);
    if (rewound.step === null) url.searchParams.delete('step');
    else for (const [key, value] of Object.entries(rewound)) url.searchParams.set(key, value);
    history.replaceState(history.state, '', url);
  }

  // By its id: a browser that translates the page writes other words on it.
  function tabButton(name) { return document.querySelector(`#tabs [data-tab-id="${name}"]`); }

  return {
    recall,
    keep,
    // A tab's widget says how it sets itself up: setup is plain data from demo/lessons.
    onShow(tab, handler) {
      handlers[tab] = handler;
      if (tab in waiting) { handler(waiting[tab]); delete waiting[tab]; }
    },
    // Opens a tab and sets it up.
    show(tab, setup) {
      this.open(tab);
      if (handlers[tab]) handlers[tab](setup); else waiting[tab] = setup;
    },
    open(tab) { tabButton(tab)?.click(); },
    isOpen(tab) { return tabButton(tab)?.getAttribute('aria-selected') === 'true'; },
    // Calls back when a tab is opened or left, and when the browser's window is hidden or shown.
    onVisibility(tab, handler) {
      let last = null;
      const check = () => {
        const now = !document.hidden && page.isOpen(tab);
        if (now !== last) { last = now; handler(now); }
      };
      document.addEventListener('visibilitychange', check);
      new MutationObserver(check).observe(document.querySelector('#tabs'),
        {subtree: true, attributes: true, attributeFilter: ['aria-selected']});
      check();
    },
    // The Training tab says which run it shows: {run: id or null, mode, step, settings,
    // blind: whether nobody may know yet what is wrong with it}.
    setRun(now) {
      if (shown && ['run', 'mode', 'step', 'settings', 'blind'].every(key => shown[key] === now[key])) return;
      shown = now;
      for (const handler of runHandlers) handler(shown);
    },
    // Calls back with the run that is shown: at once if one is known, and whenever it changes.
    onRun(handler) {
      runHandlers.push(handler);
      if (shown) handler(shown);
    },
    // The Training tab lends its form: read() gives what is written in it.
    lendForm(read) { formSettings = read; },
    formSettings() { return formSettings?.() ?? null; },
    // The form says which network it has chosen: {model, data}; "own: ..." is one that is built here.
    setNet(now) {
      net = now;
      for (const handler of netHandlers) handler(net);
    },
    onNet(handler) {
      netHandlers.push(handler);
      if (net) handler(net);
    },
    // Asks the Training tab to show a run, anew if it is the one that is shown.
    watch(run) { watchRun?.(run); },
    onWatch(handler) { watchRun = handler; },
    // Asks it to lay a run beside the one that is shown: {run, name}. Resolves to whether it is there.
    async compare(other) { return compareRun?.(other); },
    onCompare(handler) { compareRun = handler; },
    // The slider under the chart, or Classify's buttons, say how far the run is rewound: {run: id or
    // null, step: of a checkpoint, or null for now}.
    setRewind(now) {
      if (rewound.run === now.run && rewound.step === now.step) return;
      rewound = now;
      if (linkTimer === null) { link(); linkTimer = setTimeout(() => { linkTimer = null; link(); }, 300); }
      for (const handler of rewindHandlers) handler(rewound);
    },
    // Calls back with that: at once if a run is known, and whenever it changes.
    onRewind(handler) {
      rewindHandlers.push(handler);
      if (rewound.run) handler(rewound);
    },
    // Owner keys: whoever starts a run gets its key, and only the key steers it. Kept over a reload.
    // keepKey(run, null) forgets one that does not fit.
    keyOf,
    keepKey,
    // Calls back when light turns to dark or back.
    onTheme(handler) {
      new MutationObserver(handler).observe(document.body,
        {attributes: true, attributeFilter: ['class']});
    },
    // Copies a text. Resolves to whether it could: a page that is not served by https may not.
    async copy(text) { return await navigator.clipboard?.writeText(text).then(() => true, () => false) ?? false; },
    // Copies a link, or else shows it in a field. Resolves to what there is to say of it.
    async copyLink(link, field) {
      field.value = link;
      field.hidden = await page.copy(link);
      if (!field.hidden) field.select();
      return field.hidden ? 'Link copied.' : 'Copy the link from the field.';
    },
    // Plotly's own script, once a page.
    plotly() {
      return plotly ??= new Promise((loaded, failed) => {
        const script = document.createElement('script');
        script.src = new URL('live/plotly.min.js', document.baseURI);
        script.onload = loaded;
        script.onerror = () => failed(new Error('The chart could not be loaded: reload the page.'));
        document.head.append(script);
      });
    },
    token(name) { return getComputedStyle(document.body).getPropertyValue(name).trim(); },
  };
})();

// Plotly takes a second to be read: that is done before the Training tab is opened, while nothing else is.
(() => {
  const warm = () => page.plotly().catch(() => {});    // the chart says so
  const idle = window.requestIdleCallback ?? setTimeout;
  document.addEventListener('pointerover', ({target}) => {
    if (target.closest?.('#tabs [data-tab-id=training]')) warm();
  });
  setTimeout(() => idle(warm), 4000);
})();

// ?size=xl: everything larger, for a projector.
if (new URLSearchParams(location.search).get('size') === 'xl')
  document.documentElement.classList.add('xl');
