// The chart of a run: Plotly, made once and extended from then on. It knows neither server nor form.
// Another view of what is there (log axis, epochs, smoothing, a run laid beside it) is one update.
const COMPARED = [                                     // fixed order, each with its own dash
  {letter: 'A', colour: '--vermilion', dash: '12px,5px'},
  {letter: 'B', colour: '--purple', dash: '8px,3px,2px,3px'},
  {letter: 'C', colour: '--green', dash: '14px,3px,2px,3px'},
  {letter: 'D', colour: '--orange', dash: '5px,3px'},
];

function lossChart(host, overfull) {
  const EACH = 0, NOW = 4, OWN = [0, 1, 2, 3, 4, 5, 6];         // the order is that of make()
  const COLOURS = ['--blue', '--blue', '--green', '--purple', '--blue', '--orange', '--orange',
    ...COMPARED.flatMap(({colour}) => [colour, colour]), '--orange'];
  const MOST = 40000;                                  // points; the server has fewer, thinned
  const LOWEST = 1e-5;                                 // of the log axis
  const BESIDE = 3;                                    // times its own height: what a run beside it may take of the linear axis
  const own = runSeries(), beside = COMPARED.map(() => null);
  let guessed = {step: [], loss: []};                  // where the reader thinks the training loss will be
  let view = {x: 'step', loss: 'linear', smooth: 'medium', extra: 'none'};
  let classes = 10, top = roof(), high = 0, bottom = .1;
  let drawn = 0, drawnEpochs = 0, stale = true;        // stale: all of it has to be drawn anew
  let marks = [];                                      // changes of the run's settings
  let planned = '', due = false, visible = true, made = false;
  let pins = [], pinsDue = false;                      // steps with a line through them

  function roof() { return 1.15 * Math.log(classes); }
  const log = () => view.loss === 'log';

  // What depends on light and dark, on the size of the text, and on what the reader wishes to see.
  function look() {
    const style = getComputedStyle(host), token = page.token, size = parseFloat(style.fontSize) * .84;
    const line = {gridcolor: token('--line'), tickfont: {color: token('--dim')}};
    const words = color => ({color: token(color), size});
    const margin = {l: 3.2 * size, r: (view.extra === 'none' ? 1 : 4) * size, t: 1.9 * size, b: 3.2 * size};
    const loss = log() ? 'loss, log axis' : `loss${offTheTop()}`;
    const changed = changeMarks(marks, {x: own.place, at: step => own.place(step) / along().range[1],
      width: host.clientWidth - margin.l - margin.r, taken: Math.max(7, .56 * loss.length) * size, font: words('--ink')});
    const guess = Math.log(classes), extra = {lr: 'learning rate', speed: 'pictures/s'}[view.extra];
    return {
      font: {family: style.fontFamily, size, color: token('--dim')},
      paper_bgcolor: token('--panel'), plot_bgcolor: token('--panel'),
      hoverlabel: {bgcolor: token('--panel'), bordercolor: token('--border'), font: words('--ink')},
      xaxis: {...line, spikecolor: token('--dim'), ...along()},
      yaxis: {...line, ...upwards()}, yaxis2: line,
      yaxis3: {...line, visible: view.extra === 'lr'}, yaxis4: {...line, visible: view.extra === 'speed'},
      shapes: [...['y', 'y2'].map((axis, i) => ({
        type: 'line', xref: 'paper', x0: 0, x1: 1, yref: axis, layer: 'below',
        y0: [guess, 1 / classes][i], y1: [guess, 1 / classes][i],
        line: {color: token('--dim'), width: 1.5, dash: '3px,4px'},
      })), ...changed.shapes, ...pins.map(({step, colour, dash}) => ({
        type: 'line', xref: 'x', x0: own.place(step), x1: own.place(step), yref: 'paper', y0: 0, y1: 1,
        line: {color: token(colour), width: 2, dash},
      }))],
      annotations: [
        note('y', log() ? Math.log10(guess) : guess, `guessing: ln ${classes} = ${guess.toFixed(3)}`, words('--dim')),
        note('y2', 1 / classes, `guessing: ${+(100 / classes).toFixed(1)} %`, words('--dim')),
        title('y', loss, words('--ink')),
        title('y2', 'validation accuracy', words('--ink')),
        ...(extra ? [{...title('y2', `${extra}, on the right`, words('--ink')), x: 1, xanchor: 'right'}] : []),
        ...changed.annotations,
        ...pins.map(({step, text, colour}) => ({...note('y domain', 0, text, words(colour)), xref: 'x',
          x: own.place(step), ...(own.place(step) > own.end / 2 ? {xanchor: 'right', xshift: -3} : {xanchor: 'left', xshift: 3})})),
      ],
      margin,
    };
  }

  // The axis along: as long as the planned run, and as any run that is laid beside it.
  function along() {
    const ends = beside.map(series => series?.end ?? 0), each = own.perEpoch.toLocaleString('en');
    const range = [0, Math.max(own.end, ...ends)];
    return view.x === 'epoch'
      ? {range, title: {text: own.perEpoch ? `epoch (of ${each} steps)` : 'epoch'}, tickformat: '~g',
        tickmode: 'auto', unifiedhovertitle: {text: 'epoch %{x:.2f}'}}
      : {range, title: {text: own.perEpoch ? `step (${each} an epoch)` : 'step'}, tickformat: ',d',
        ...(range[1] < 8 ? {tickmode: 'linear', tick0: 0, dtick: 1} : {tickmode: 'auto'}),   // no half steps
        unifiedhovertitle: {text: 'step %{x:,}'}};
  }
  function upwards() {
    return log()
      ? {type: 'log', range: [Math.log10(bottom), Math.log10(top)], tickmode: 'array', tickvals: decades()}
      : {type: 'linear', range: [0, top], tickmode: 'auto', tickvals: null};
  }
  function decades() {
    const wide = top / bottom > 300, ticks = [];
    for (let ten = bottom; ten <= top; ten *= 10) ticks.push(...(wide ? [1] : [1, 2, 5]).map(n => n * ten));
    return ticks;
  }

  function note(axis, y, text, font) {
    return {xref: 'paper', x: 1, xanchor: 'right', yref: axis, y, yanchor: 'bottom', yshift: 2, text, font,
      showarrow: false, bgcolor: page.token('--panel'), borderpad: 1};
  }
  function title(axis, text, font) {
    return {xref: 'paper', x: 0, xanchor: 'left', yref: `${axis} domain`, y: 1, yanchor: 'bottom',
      text, font, showarrow: false};
  }

  // Which of the runs beside it the loss axis does not hold.
  function offTheTop() {
    const letters = beside.filter(run => run && Math.max(...run.points().line) > top).map(run => run.letter);
    return letters.length ? ` (${letters.join(', ')} ${letters.length > 1 ? 'run' : 'runs'} off the top)` : '';
  }

  // Nested settings as Plotly.update takes them: {'xaxis.title.text': ...}.
  function flat(settings, path = '') {
    return Object.assign({}, ...Object.entries(settings).map(([key, value]) =>
      value?.constructor === Object ? flat(value, `${path}${key}.`) : {[path + key]: value}));
  }

  function make() {
    const now = look(), size = now.font.size, colours = COLOURS.map(page.token);
    const trace = (name, more) => ({type: 'scatter', cliponaxis: false, name, x: [], y: [], mode: 'lines',
      hovertemplate: '%{y:.4~f}', ...more});
    const dots = {mode: 'lines+markers', marker: {size: 8}};
    const data = [
      trace('training, this step', {line: {width: 1}, opacity: .35}),
      trace('training, smoothed', {line: {width: 2.5}}),
      trace('validation loss', {...dots, line: {width: 2.5, dash: 'dot'}}),
      trace('validation accuracy', {mode: 'lines+markers', line: {width: 2.5, dash: 'dash'},
        marker: {size: 8, symbol: 'square'}, yaxis: 'y2', hovertemplate: '%{y:.1%}'}),
      trace('now', {mode: 'markers', line: {}, marker: {size: 9}, hoverinfo: 'skip', hovertemplate: null}),
      trace('learning rate', {yaxis: 'y3', line: {width: 1.5}, hovertemplate: '%{y:.4~g}'}),
      trace('pictures/s', {yaxis: 'y4', line: {width: 1.5}, hovertemplate: '%{y:,.0f}'}),
      ...COMPARED.flatMap(({dash}) => [
        trace('', {line: {width: 2.5, dash}}),
        trace('', {...dots, line: {width: 2, dash}, marker: {size: 5}, yaxis: 'y2', hovertemplate: '%{y:.1%}'}),
      ]),
      trace('your guess', {line: {width: 3, dash: '2px,6px'}}),
    ];
    data.forEach((one, i) => {
      one.line = {...one.line, color: colours[i]};
      one.marker = {...one.marker, color: colours[i]};
    });
    const axis = {zeroline: false, fixedrange: true, showspikes: false};
    const right = {...axis, overlaying: 'y2', side: 'right', anchor: 'x', rangemode: 'tozero', showgrid: false,
      tickmode: 'auto', nticks: 3};
    return Plotly.newPlot(host, data, {
      ...now, showlegend: false, dragmode: false, hovermode: 'x unified', hoversubplots: 'axis',
      xaxis: {...axis, ...now.xaxis, anchor: 'y2', showgrid: false, showspikes: true, spikethickness: 1,
        title: {...now.xaxis.title, standoff: 6, font: {size}}, nticks: 8},
      yaxis: {...axis, ...now.yaxis, domain: [.4, 1], nticks: 6, tickformat: '~g'},
      yaxis2: {...axis, ...now.yaxis2, domain: [0, .26], range: [0, 1], tickvals: [0, .5, 1], ticktext: ['0 %', '50 %', '100 %']},
      yaxis3: {...right, ...now.yaxis3, tickformat: '.2~g'}, yaxis4: {...right, ...now.yaxis4, tickformat: ',.2~s'},
    }, {displayModeBar: false, responsive: true, doubleClick: false});
  }

  // The x and y of the run's own traces, from that point and that epoch on.
  function traces(from, since) {
    const {x, loss, line, lr, speed} = own.points(from), ends = own.ends(since);
    return {x: [x, x, ends.x, ends.x, x.slice(-1), x, x],
      y: [loss, line, ends.validation, ends.accuracy, line.slice(-1), lr, speed]};
  }

  // Lets the loss axis hold these values; it grows and does not shrink.
  function hold(values) {
    for (const value of values) {
      high = Math.max(high, value ?? 0);
      while (value > LOWEST && value < bottom) bottom /= 10;
    }
    while (high > top) top *= 1.5;
  }

  function draw() {
    due = false;
    if (stale) all(); else more();
    [drawn, drawnEpochs, stale] = [own.length, own.epochs, false];
    if (drawn > MOST) overfull();
  }
  function more() {
    const {x, y} = traces(drawn, drawnEpochs), before = [bottom, top].join();
    const most = OWN.map(i => i === NOW ? 1 : -1);
    Plotly.extendTraces(host, {x, y}, OWN, {x: most, y: most});
    hold([...y[1], ...y[2]]);
    if (before !== [bottom, top].join()) Plotly.relayout(host, flat(look()));
  }
  function all() {
    const {x, y} = traces(0, 0), names = OWN.map(i => host.data[i].name);
    [high, top, bottom] = [0, roof(), .1];
    for (const value of [y[1], y[2]]) hold(value);
    const most = log() ? Infinity : BESIDE * Math.max(high, roof());   // else one that diverged would flatten it
    for (const series of beside) {
      const points = series?.points() ?? {x: [], line: []}, ends = series?.ends() ?? {x: [], accuracy: []};
      hold(points.line.map(loss => Math.min(loss, most)));
      x.push(points.x, ends.x);
      y.push(points.line, ends.accuracy);
      names.push(`${series?.letter}, training loss`, `${series?.letter}, validation accuracy`);
    }
    hold(guessed.loss);
    x.push(guessed.step.map(own.place));
    y.push(guessed.loss);
    names.push('your guess');
    const colours = COLOURS.map(page.token), opacity = x.map(() => 1);
    opacity[EACH] = view.smooth === 'off' ? 0 : .35;     // the bold line is each step, then
    ['lr', 'speed'].forEach((extra, i) => { opacity[NOW + 1 + i] = view.extra === extra ? 1 : 0; });
    Plotly.update(host, {x, y, name: names, opacity, 'line.color': colours, 'marker.color': colours}, flat(look()));
  }
  function drawSoon() {
    if (due || !made || !visible) return;
    due = true;
    requestAnimationFrame(draw);
  }
  function drawAll() { stale = true; drawSoon(); }
  function drawPins() {                                // cheap: a drag does this at each move
    pinsDue = false;
    if (stale) return;
    const {shapes, annotations} = look();
    Plotly.relayout(host, {shapes, annotations});
  }

  const ready = page.plotly().then(make).then(() => {
    made = true;
    page.onTheme(drawAll);
    drawSoon();
  });

  return {
    ready,
    clear() { own.clear(); drawAll(); },
    // changes: {step, label, says} of the run's settings, all of them.
    mark(changes) { marks = changes; drawAll(); },
    // points: columns as demo/curve.py names them. epochs: objects as it has them.
    extend(points, epochs) { own.add(points, epochs); drawSoon(); },
    // The steps that the axis spans, those of an epoch, and how many classes there are to guess from.
    plan(steps, epoch, kinds) {
      const asked = [steps, epoch, kinds].join();
      if (asked === planned) return;
      [planned, classes] = [asked, kinds];
      own.plan(steps, epoch);
      drawAll();
    },
    // wish: x step|epoch, loss linear|log, smooth off|light|medium|strong, extra none|lr|speed.
    see(wish) {
      view = wish;
      for (const series of [own, ...beside]) series?.see(view);
      drawAll();
    },
    // wish: lines through steps, {step, text, colour, dash}.
    pin(wish) {
      if (JSON.stringify(wish) === JSON.stringify(pins)) return;
      pins = wish;
      if (!made || !visible) stale = true;
      else if (!pinsDue) { pinsDue = true; requestAnimationFrame(drawPins); }
    },
    lossAt(step) { return own.lossAt(step); },
    // Lays a run beside this one, in one of the places of COMPARED; null takes away what is there.
    compare(place, run) {
      beside[place] = null;
      if (run) {
        const series = Object.assign(beside[place] = runSeries(), {letter: COMPARED[place].letter});
        series.plan(run.total, run.per_epoch);
        series.see(view);
        series.add(run.points, run.epochs);
      }
      drawAll();
    },
    // Lays a guess of the training loss on the chart: {step, loss}, two columns; empty ones take it away.
    guess(columns) { guessed = columns; drawAll(); },
    // Where the losses are drawn, in pixels of the host, once the chart is made.
    area() {
      const {xaxis, yaxis} = host._fullLayout;
      return {left: xaxis._offset, top: yaxis._offset, width: xaxis._length, height: yaxis._length};
    },
    // The step and the loss at a place in the window, such as a pointer's.
    at({clientX, clientY}) {
      const box = host.getBoundingClientRect(), {xaxis, yaxis} = host._fullLayout;
      return {step: xaxis.p2d(clientX - box.left - xaxis._offset) / own.place(1),
        loss: yaxis.p2d(clientY - box.top - yaxis._offset)};
    },
    // While nobody can see it nothing is drawn; what came is drawn at once when somebody looks.
    look(on) {
      visible = on;
      if (on && made) { Plotly.Plots.resize(host); drawSoon(); }
    },
  };
}
