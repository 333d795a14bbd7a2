// Feature maps in the panel "Why": a click on a place, or arrow keys on a map, open the number there.

// openNumber(layer, index): shows how the number came about.
function clickableMaps(maps, openNumber) {
  let at = [0, 0];
  const sizes = map => map.dataset.size.split(',').map(Number);

  function choose(map, row, column) {
    for (const other of maps.querySelectorAll('[data-channel]')) {
      other.setAttribute('aria-pressed', other === map);
      other.querySelector('i').style.display = 'none';
    }
    at = putMark(map.querySelector('i'), [row, column], sizes(map));
    const channel = Number(map.dataset.channel);
    openNumber(maps.dataset.layer, map.dataset.rank === '3' ? [channel, ...at] : [channel]);
  }

  maps.addEventListener('click', event => {
    const map = event.target.closest('[data-channel]');
    if (!map) return;
    const [rows, columns] = sizes(map), box = map.querySelector('img').getBoundingClientRect();
    if (event.detail === 0 || event.clientY > box.bottom)   // by key, or on the caption: where it is largest
      return choose(map, ...map.dataset.peak.split(',').map(Number));
    choose(map, Math.floor((event.clientY - box.top) / box.height * rows), Math.floor((event.clientX - box.left) / box.width * columns));
  });
  maps.addEventListener('keydown', event => {
    const map = event.target.closest('[data-channel][aria-pressed=true]');
    if (!(event.key in ARROWS) || !map) return;
    event.preventDefault();                              // the page must not scroll
    const [right, down] = ARROWS[event.key];
    choose(map, at[0] + down, at[1] + right);
  });
}

// Frames a place of a map, or the nearest one that it has, and returns it: [row, column].
function putMark(mark, place, [rows, columns]) {
  const within = (value, count) => Math.max(0, Math.min(count - 1, value));
  const [row, column] = [within(place[0], rows), within(place[1], columns)];
  Object.assign(mark.style, {
    display: 'block', top: `${100 * row / rows}%`, left: `${100 * column / columns}%`,
    height: `${100 / rows}%`, width: `${100 / columns}%`,
  });
  return [row, column];
}
