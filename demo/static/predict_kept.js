// What was predicted, kept in this browser: guesses by the run they are of, and pairs of runs.
// Whatever is found there may be anything: what does not fit is left out.
function keptPredictions() {
  const KEY = 'my-first-neural-net.predictions', MOST = 30;
  const isLine = points => Array.isArray(points) && points.length > 1
    && points.every(p => Array.isArray(p) && p.length === 2 && p.every(Number.isFinite));
  const isDuel = duel => Array.isArray(duel?.runs) && duel.runs.length === 2 && [0, 1].includes(duel.said)
    && [...duel.runs, ...(duel.names ?? [null])].every(text => typeof text === 'string');
  const {guesses = {}, duels = []} = page.recall(KEY) ?? {};
  const kept = {
    guesses: Object.fromEntries(Object.entries(guesses ?? {}).filter(([, points]) => isLine(points))),
    duels: Array.isArray(duels) ? duels.filter(isDuel) : [],
  };

  function save() {
    kept.guesses = Object.fromEntries(Object.entries(kept.guesses).slice(-MOST));
    kept.duels = kept.duels.slice(-MOST);
    page.keep(KEY, kept);
  }

  return {
    guess(run) { return kept.guesses[run] ?? null; },  // [[share of the run, loss], ...]
    keep(run, points) {
      delete kept.guesses[run];                        // then it is the newest
      if (points) kept.guesses[run] = points;
      save();
    },
    duel(run) { return kept.duels.findLast(duel => duel.runs.includes(run)) ?? null; },
    keepDuel(duel) { kept.duels.push(duel); save(); },  // {runs: [A, B], names, said: 0 or 1}
  };
}
