// Feature maps in the panel "Why": a click on a place, or arrow keys on a map, open the number there.

// openNumber(layer, index): shows how the number came about.
function clickableMaps(maps, openNumber) {
  let at = [0, 0];
  const sizes = map => map.dataset.size.split(',').map(Number);

  function choose(map, row, column) {
    const [rows, columns] = sizes(map), last = (value, count) => Math.max(0, Math.min(count - 1, value));
    at = [last(row, rows), last(column, columns)];
    for (const other of maps.querySelectorAll('[data-channel]')) {
      other.setAttribute('aria-pressed', other === map);
      other.querySelector('i').style.display = 'none';
    }
    Object.assign(map.querySelector('i').style, {
      display: 'block', top: `${100 * at[0] / rows}%`, left: `${100 * at[1] / columns}%`,
      height: `${100 / rows}%`, width: `${100 / columns}%`,
    });
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
    const step = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]}[event.key];
    const map = event.target.closest('[data-channel][aria-pressed=true]');
    if (!step || !map) return;
    event.preventDefault();                              // the page must not scroll
    choose(map, at[0] + step[0], at[1] + step[1]);
  });
}
