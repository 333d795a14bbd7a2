// The list of runs above the chart.
// choose(run) is called when the visitor takes another one; curves are the runs to lay beside it.
function runList(element, curves, choose) {
  const WORDS = {running: 'training', completed: 'finished'};   // modes that the page calls otherwise
  const ENDED = ['completed', 'stopped', 'crashed', 'interrupted'];
  const select = element.querySelector('#train-runs');
  let names = {};                                      // run -> its name in the list

  function clock(seconds) {                            // today's runs by the hour, others by the day
    const then = new Date(seconds * 1000), today = then.toDateString() === new Date().toDateString();
    return today ? then.toLocaleTimeString([], {hour: '2-digit', minute: '2-digit'}) : then.toLocaleDateString();
  }

  function from(branch) {                              // of a run that goes on from another one
    if (!branch) return '';
    const origin = branch.time === null ? 'an earlier run' : `the run of ${clock(branch.time)}`;
    const rate = branch.lr === null ? '' : ` with learning rate ${branch.lr}`;
    return `from step ${branch.step.toLocaleString('en')} of ${origin}${rate}: `;
  }

  function listing(run, mode) { return `${names[run]}: ${WORDS[mode] ?? mode}`; }

  select.onchange = () => choose(select.value);
  return {
    // runs: those of the server, the newest first; run: the one that is shown, or null. Whether that is news.
    show(runs, run) {
      names = Object.fromEntries(runs.map(r => [r.run, `${clock(r.time)} ${from(r.branch)}${r.name}`]));
      const options = runs.map(r => new Option(listing(r.run, r.mode), r.run));
      if (run && !runs.some(r => r.run === run)) options.push(new Option('an earlier run', run));
      if (!run) options.unshift(new Option('no run yet', ''));
      const all = list => list.map(o => `${o.value} ${o.text}`).join('\n');
      curves.offer(runs.filter(r => ENDED.includes(r.mode)).map(r => ({run: r.run, name: names[r.run]})));
      if (all(options) === all([...select.options]) && select.value === (run ?? '')) return false;   // it may be open
      select.replaceChildren(...options);
      select.value = run ?? '';
      select.disabled = options.length < 2;
      return true;
    },
    // What the shown run does now.
    mark(run, mode) {
      const option = select.selectedOptions[0], name = listing(run, mode);
      if (run in names && option?.value === run && option.text !== name) option.text = name;
    },
  };
}
