// From picture to tensor: a card a stage, a switch for each, what comes of one that is off, and its code.

// Returns {without(), render(reply, hidden)}: the switches that are off, and a new answer on the page, or null; what
// came of a stage left out stays hidden as long as the learner has to guess. Calls changed() after each switch.
function stageCards(root, changed) {
  const one = selector => root.querySelector(selector);
  const items = [...root.querySelectorAll('[data-stage]')];
  const switches = [...root.querySelectorAll('[data-switch]')];
  const view = one('#network-view'), note = one('.stage-note'), outcome = one('.stage-outcome');
  const empty = {view: view.src, note: note.textContent, facts: items.map(item => facts(item).innerHTML)};
  let reply = null, hidden = false, chosen = 1;          // chosen: the card whose sentence is shown

  function facts(item) { return item.querySelector('.stage-facts'); }
  const without = () => switches.filter(control => !control.checked).map(control => control.dataset.switch);
  const set = (place, html) => { if (place.innerHTML !== html) place.innerHTML = html; };   // else it is read out again

  async function render(next, secret) {
    [reply, hidden] = [next, secret];
    const pictures = next?.pictures ?? {small: empty.view};
    await Promise.all(Object.values(pictures).map(ready));
    if (reply !== next) return;
    for (const [name, address] of Object.entries(pictures)) root.style.setProperty(`--${name}`, `url(${address})`);
    view.src = pictures.small;
    items.forEach((item, i) => fill(item, next?.cards[i] ?? {facts: empty.facts[i]}));
    showNote();
    showOutcome();
  }

  function fill(item, {facts: words, look = 'none', picture, code, error = ''}) {
    facts(item).innerHTML = words;
    const place = item.querySelector('.stage-look');
    place.className = `stage-look ${look}`;
    place.style.setProperty('--picture', picture ? `var(--${picture})` : 'none');
    item.classList.toggle('failed', Boolean(error));
    set(item.querySelector('.stage-fault'), error);
    item.querySelector('.stage-code').setAttribute('aria-disabled', !code);
  }

  function showNote() {
    items.forEach((item, i) => item.querySelector('.stage-card').setAttribute('aria-pressed', i === chosen));
    note.textContent = reply?.cards[chosen].note ?? empty.note;
  }

  function showOutcome() {
    const off = without(), {sentence, panel} = (!hidden && reply?.off) || {};
    one('#stages-on').setAttribute('aria-disabled', !off.length);
    const waits = hidden ? 'Guess first: then it shows what the net says.' : 'Draw or choose a picture to see what happens.';
    set(outcome, !off.length ? '' : panel ?? (reply && !hidden ? outcome.innerHTML : `<p>${waits}</p>`));
    one('.classify-off').textContent = off.length && sentence ? `A stage is off below. ${sentence}` : '';
    for (const item of items) item.classList.toggle('off', off.includes(item.dataset.stage));
  }

  // A picture is decoded before it replaces the one before, or the page would flicker.
  function ready(address) {
    const picture = new Image();
    picture.src = address;
    return picture.decode().catch(() => {});
  }

  function openCode(i) {
    const {code} = reply?.cards[i] ?? {};
    if (!code) return;
    page.show('tensors', {code});
    requestAnimationFrame(() => document.querySelector('#tabs [role=tab][aria-selected=true]')?.focus());   // once it is open
  }

  for (const control of switches) control.addEventListener('change', () => {
    chosen = items.indexOf(control.closest('[data-stage]'));             // its sentence is what one wants to read now
    showNote();
    showOutcome();
    changed();
  });
  one('#stages-on').addEventListener('click', ({currentTarget}) => {
    if (currentTarget.getAttribute('aria-disabled') === 'true') return;
    for (const control of switches) control.checked = true;
    showOutcome();
    changed();
  });
  items.forEach((item, i) => {
    item.querySelector('.stage-card').addEventListener('click', () => { chosen = i; showNote(); });
    item.querySelector('.stage-code').addEventListener('click', () => openCode(i));
  });
  return {without, render};
}
