// One run's stream of updates: open while somebody looks, closed otherwise, reopened where it broke.
// receive(message) gets each update once. broken(refused) is called where there is no answer, or one
// that refuses: perhaps there is no such run, or no server behind the proxy. It is asked again until
// there is a stream, or another run, or none, to watch.
function runStream(receive, broken) {
  let run = null, source = null, looking = false, done = false, timer = null;
  let step = -1, epoch = -1;                           // up to where everything has been received

  function open() {
    if (source || !run || !looking || done) return;
    source = new EventSource(new URL(`live/stream?run=${run}&since=${step}`, document.baseURI));
    source.onmessage = event => take(JSON.parse(event.data));
    source.onerror = () => {
      const refused = source.readyState === EventSource.CLOSED;
      close();
      timer = setTimeout(open, 1500);
      broken(refused);
    };
  }

  function close() {
    clearTimeout(timer);
    source?.close();
    source = null;
  }

  function take(message) {
    if (message.reset) step = epoch = -1;
    const {points, epochs} = message, known = points.step.findIndex(s => s > step);
    const from = known < 0 ? points.step.length : known;
    for (const column of Object.keys(points)) points[column] = points[column].slice(from);
    message.epochs = epochs.filter(e => e.step > epoch);
    step = points.step.at(-1) ?? step;
    epoch = message.epochs.at(-1)?.step ?? epoch;
    done = !message.live;
    if (done) close();
    receive(message);
  }

  return {
    watch(id) { close(); run = id; step = epoch = -1; done = false; open(); },
    look(on) { looking = on; if (on) open(); else close(); },
    again() { this.watch(run); },                      // everything anew
  };
}
