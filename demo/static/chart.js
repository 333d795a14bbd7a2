// The chart of a run: Plotly, made once and extended from then on. It knows neither server nor form.
function lossChart(host, overfull) {
  const EACH = 0, MEAN = 1, VALIDATION = 2, ACCURACY = 3, NOW = 4, ALL = [0, 1, 2, 3, 4];
  const MOST = 40000;                                  // points; the server has fewer, thinned
  let classes = 10, span = 1000, perEpoch = 0, top = roof(), high = 0;
  let fresh = nothing(), due = false, visible = true, made = false;

  function nothing() { return ALL.map(() => ({x: [], y: []})); }
  function roof() { return 1.15 * Math.log(classes); }

  // Plotly's own script, once a page.
  function plotly() {
    return window.Plotly ? Promise.resolve() : new Promise((loaded, failed) => {
      const script = document.createElement('script');
      script.src = new URL('live/plotly.min.js', document.baseURI);
      script.onload = loaded;
      script.onerror = () => failed(new Error('The chart could not be loaded: reload the page.'));
      document.head.append(script);
    });
  }

  // What depends on light and dark, and on the size of the text.
  function look() {
    const style = getComputedStyle(host), token = page.token, size = parseFloat(style.fontSize) * .84;
    const line = {gridcolor: token('--line'), tickfont: {color: token('--dim')}};
    const words = color => ({color: token(color), size});
    return {
      layout: {
        font: {family: style.fontFamily, size, color: token('--dim')},
        paper_bgcolor: token('--panel'), plot_bgcolor: token('--panel'),
        hoverlabel: {bgcolor: token('--panel'), bordercolor: token('--border'), font: words('--ink')},
        xaxis: {...line, spikecolor: token('--dim')}, yaxis: line, yaxis2: line,
        shapes: ['y', 'y2'].map((axis, i) => ({
          type: 'line', xref: 'paper', x0: 0, x1: 1, yref: axis, layer: 'below',
          y0: [Math.log(classes), 1 / classes][i], y1: [Math.log(classes), 1 / classes][i],
          line: {color: token('--dim'), width: 1.5, dash: '3px,4px'},
        })),
        annotations: [
          note('y', Math.log(classes), `guessing: ln ${classes} = ${Math.log(classes).toFixed(3)}`, words('--dim')),
          note('y2', 1 / classes, `guessing: ${+(100 / classes).toFixed(1)} %`, words('--dim')),
          title('y', 'loss', words('--ink')), title('y2', 'validation accuracy', words('--ink')),
        ],
      },
      traces: {
        'line.color': ['--blue', '--blue', '--green', '--purple', '--blue'].map(token),
        'marker.color': ['--blue', '--blue', '--green', '--purple', '--blue'].map(token),
      },
    };
  }

  function note(axis, y, text, font) {
    return {xref: 'paper', x: 1, xanchor: 'right', yref: axis, y, yanchor: 'bottom', yshift: 2, text, font,
      showarrow: false, bgcolor: page.token('--panel'), borderpad: 1};
  }
  function title(axis, text, font) {
    return {xref: 'paper', x: 0, xanchor: 'left', yref: `${axis} domain`, y: 1, yanchor: 'bottom',
      text, font, showarrow: false};
  }

  function make() {
    const {layout, traces} = look(), size = layout.font.size;
    const trace = (i, name, more) => ({
      type: 'scatter', cliponaxis: false, name, x: [], y: [], mode: 'lines', hovertemplate: '%{y:.3f}', ...more,
      line: {...more.line, color: traces['line.color'][i]}, marker: {...more.marker, color: traces['marker.color'][i]},
    });
    const data = [
      trace(EACH, 'training, this step', {line: {width: 1}, opacity: .35}),
      trace(MEAN, 'training, running mean', {line: {width: 2.5}}),
      trace(VALIDATION, 'validation loss', {mode: 'lines+markers', line: {width: 2.5, dash: 'dot'}, marker: {size: 8}}),
      trace(ACCURACY, 'validation accuracy', {mode: 'lines+markers', line: {width: 2.5, dash: 'dash'},
        marker: {size: 8, symbol: 'square'}, yaxis: 'y2', hovertemplate: '%{y:.1%}'}),
      trace(NOW, 'now', {mode: 'markers', line: {}, marker: {size: 9}, hoverinfo: 'skip', hovertemplate: null}),
    ];
    const axis = {...layout.yaxis, zeroline: false, fixedrange: true, showspikes: false};
    return Plotly.newPlot(host, data, {
      ...layout,
      margin: {l: 3.2 * size, r: size, t: 1.9 * size, b: 3.2 * size}, showlegend: false, dragmode: false,
      hovermode: 'x unified', hoversubplots: 'axis',
      xaxis: {...axis, ...layout.xaxis, anchor: 'y2', range: [0, span], showgrid: false,
        showspikes: true, spikethickness: 1, unifiedhovertitle: {text: 'step %{x:,}'},
        title: {text: 'step', standoff: 6, font: {size}}, tickformat: ',d', nticks: 8},
      yaxis: {...axis, domain: [.4, 1], range: [0, top], nticks: 6},
      yaxis2: {...axis, domain: [0, .26], range: [0, 1], tickvals: [0, .5, 1], ticktext: ['0 %', '50 %', '100 %']},
    }, {displayModeBar: false, responsive: true, doubleClick: false});
  }

  function draw() {
    due = false;
    const {x, y} = {x: fresh.map(f => f.x), y: fresh.map(f => f.y)};
    fresh = nothing();
    Plotly.extendTraces(host, {x, y}, ALL, {x: [-1, -1, -1, -1, 1], y: [-1, -1, -1, -1, 1]});
    while (high > top) top *= 1.5;
    if (top !== host.layout.yaxis.range[1]) Plotly.relayout(host, {'yaxis.range': [0, top]});
    if (host.data[EACH].x.length > MOST) overfull();
  }
  function drawSoon() {
    if (due || !made || !visible) return;
    due = true;
    requestAnimationFrame(draw);
  }

  const ready = plotly().then(make).then(() => {
    made = true;
    page.onTheme(restyle);
    drawSoon();
  });

  function restyle() {
    const {layout, traces} = look();
    const {xaxis, yaxis, yaxis2, ...flat} = layout;
    for (const [axis, colours] of Object.entries({xaxis, yaxis, yaxis2}))
      for (const [key, colour] of Object.entries(colours)) flat[`${axis}.${key}`] = colour;
    Plotly.update(host, traces, flat, ALL);
  }

  return {
    ready,
    clear() {
      fresh = nothing();
      high = 0;
      top = roof();
      if (made) Plotly.restyle(host, {x: ALL.map(() => []), y: ALL.map(() => [])}, ALL);
    },
    // points: columns step, loss, mean. epochs: objects as demo/curve.py has them.
    extend(points, epochs) {
      const add = (i, x, y) => { fresh[i].x.push(...x); fresh[i].y.push(...y); };
      for (let i = 0; i < points.step.length; i += 1000) {   // a call takes only so many arguments
        const part = column => column.slice(i, i + 1000);
        add(EACH, part(points.step), part(points.loss));
        add(MEAN, part(points.step), part(points.mean));
      }
      if (points.step.length) fresh[NOW] = {x: [points.step.at(-1)], y: [points.mean.at(-1)]};
      add(VALIDATION, epochs.map(e => e.step), epochs.map(e => e.validation_loss));
      add(ACCURACY, epochs.map(e => e.step), epochs.map(e => e.accuracy));
      for (const values of [points.mean, epochs.map(e => e.validation_loss)])
        for (const value of values) high = Math.max(high, value ?? 0);
      drawSoon();
    },
    // The steps that the axis spans, those of an epoch, and how many classes there are to guess from.
    plan(steps, epoch, kinds) {
      if (steps === span && epoch === perEpoch && kinds === classes) return;
      if (kinds !== classes) { classes = kinds; top = roof(); }
      [span, perEpoch] = [steps, epoch];
      ready.then(() => {
        const {shapes, annotations} = look().layout;
        const title = perEpoch ? `step (${perEpoch.toLocaleString('en')} an epoch)` : 'step';
        Plotly.relayout(host, {'xaxis.range': [0, span], 'xaxis.title.text': title,
          'yaxis.range': [0, top], shapes, annotations});
      });
    },
    // While nobody can see it nothing is drawn; what came is drawn at once when somebody looks.
    look(on) {
      visible = on;
      if (on && made) { Plotly.Plots.resize(host); drawSoon(); }
    },
  };
}
