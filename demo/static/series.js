// The numbers of one run in the browser: columns that grow, smoothed and placed along the axis as the
// reader wishes. It knows neither Plotly nor the page.
const LOOKS_BACK = {light: 200, strong: 10};           // smoothing: over which part of the run
const GUESSED_EPOCH = 100;                             // steps, before a run says how many there are

// As the server writes a loss: very large ones shortly.
const writtenLoss = loss => loss < 1e4 ? loss.toFixed(3) : loss.toExponential(1).replace('e+', 'e');

function runSeries() {
  const columns = {step: [], loss: [], mean: [], lr: [], speed: []}, epochs = [];
  let line = [], total = 1000, perEpoch = 0, view = {x: 'step', smooth: 'medium'};

  function forget() { line = []; }

  // Extends the smoothed line to where the losses end; like the server's mean it is plain at first.
  function smooth() {
    const {step, loss, mean} = columns, part = LOOKS_BACK[view.smooth];
    if (!part) line = view.smooth === 'off' ? loss : mean;
    else for (let i = line.length; i < loss.length; i++) {
      const gap = i ? step[i] - step[i - 1] : 1, before = i ? line[i - 1] : 0;
      const weight = Math.max(1 / (i + 1), Math.min(1, gap / Math.max(5, total / part)));
      line.push(before === null || loss[i] === null ? null : before + weight * (loss[i] - before));
    }
    return line;
  }

  const place = step => view.x === 'epoch' ? step / (perEpoch || GUESSED_EPOCH) : step;

  return {
    get length() { return columns.step.length; },
    get epochs() { return epochs.length; },
    get perEpoch() { return perEpoch; },
    get end() { return place(Math.max(total, columns.step.at(-1) ?? 0)); },
    place,
    see(wish) { view = wish; forget(); },
    plan(steps, epoch) { [total, perEpoch] = [steps, epoch]; forget(); },
    clear() {
      for (const column of Object.values(columns)) column.length = 0;
      epochs.length = 0;
      forget();
    },
    add(points, ends) {
      for (const [name, column] of Object.entries(columns))
        for (const value of points[name]) column.push(value);
      epochs.push(...ends);
    },
    // The smoothed loss at a step, as the server has it; undefined where nothing is known.
    lossAt(step) { return columns.mean[columns.step.findLastIndex(s => s <= step)]; },
    // What is drawn from the point `from` and the epoch `since` on.
    points(from = 0) {
      const {step, loss, lr, speed} = columns;
      return {x: step.slice(from).map(place), loss: loss.slice(from), line: smooth().slice(from),
        lr: lr.slice(from), speed: speed.slice(from)};
    },
    ends(since = 0) {
      const some = epochs.slice(since);
      return {x: some.map(e => place(e.step)), validation: some.map(e => e.validation_loss),
        accuracy: some.map(e => e.accuracy)};
    },
  };
}
