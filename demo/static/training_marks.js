// Changes of a run's settings on its chart: at each step a thin line through both panels, and a label
// where there is room for one. What has none is in the list under the chart.
// changes: {step, label, says}, the earliest first. at(step): its place along, from 0 to 1 of `width`
// pixels. taken: pixels at the start of the first row, that of the panel's title.
function changeMarks(changes, {x, at, width, taken, font}) {
  const guess = 12 * font.size;                        // the note on guessing, inside at the right
  const rows = [[[0, taken]], [[width - guess, width]]];   // above the panel, and just inside it

  function place(step, text) {
    const long = text.length * font.size * .56 + 8, from = at(step) * width, left = from + long > width;
    const [start, end] = left ? [from - long, from] : [from, from + long];
    const row = rows.findIndex(spans => spans.every(([a, b]) => end <= a || start >= b));
    if (row < 0 || start < 0) return null;
    rows[row].push([start, end]);
    return {row, left};
  }

  function label({step, label, says}) {
    const room = place(step, label);
    return room && {xref: 'x', x: x(step), xanchor: room.left ? 'right' : 'left', xshift: room.left ? -2 : 2,
      yref: 'y domain', y: 1, yanchor: room.row ? 'top' : 'bottom', text: label, hovertext: says, font,
      showarrow: false, bgcolor: page.token('--panel'), borderpad: 1};
  }

  return {
    shapes: changes.flatMap(({step}) => ['y', 'y2'].map(axis => ({
      type: 'line', xref: 'x', x0: x(step), x1: x(step), yref: `${axis} domain`, y0: 0, y1: 1, layer: 'below',
      line: {color: page.token('--dim'), width: 1, dash: 'solid'},
    }))),
    annotations: [...changes].reverse().map(label).filter(Boolean),   // the newest first to find room
  };
}
