// The figures of the run that is shown: tiles, verdict, the table, and what a screen reader is told.
function runFigures(element) {
  const TILES = {count: 'step', loss: 'loss', validation: 'validation', accuracy: 'accuracy', speed: 'speed'};
  const one = id => element.querySelector('#train-' + id);
  const nothing = one('verdict').innerHTML;
  let announced = 0;

  function announce({tiles, live}) {
    const {step, loss, validation, accuracy} = tiles;
    const text = `Step ${step}, training loss ${loss}, validation loss ${validation}, `
      + `validation accuracy ${accuracy}.`;
    one('chart').setAttribute('aria-label', `Chart of the losses. ${text}`);
    if (Date.now() - announced < 5000 && live) return;
    announced = Date.now();
    element.querySelector('.train-live').textContent = text;
  }

  return {
    show(state) {
      for (const [id, key] of Object.entries(TILES)) one(id).textContent = state.tiles[key];
      const {word, sentence, rule} = state.verdict;
      one('verdict').querySelector('strong').textContent = word;
      one('verdict').querySelector('span').textContent = sentence;
      one('verdict').querySelector('small').textContent = rule;
      one('broken').hidden = !state.broken;
      one('broken').textContent = state.broken;
      announce(state);
    },
    addRow(epoch) {
      const number = value => value === null ? '–' : writtenLoss(value);
      const row = element.querySelector('tbody').insertRow();
      const accuracy = epoch.accuracy === null ? '–' : `${(100 * epoch.accuracy).toFixed(1)} %`;
      for (const text of [row.sectionRowIndex + 1, epoch.step, number(epoch.train_loss), number(epoch.validation_loss), accuracy])
        row.insertCell().textContent = text;
    },
    clear() { element.querySelector('tbody').replaceChildren(); },
    // No run is shown any more.
    empty() {
      for (const id of Object.keys(TILES)) one(id).textContent = '–';
      one('verdict').innerHTML = nothing;
      one('chart').setAttribute('aria-label', 'Chart of the losses: no run is shown.');
    },
  };
}
