// The square of a picture that the net is shown: moved by pointer, by key, or to one of the usual places.
const SMALLEST_SQUARE = 0.05;            // of the picture's short side, as is its size

// Returns {chosen(), receive(answer), render(hidden)}: the square as parts of the picture or null, a new answer to a
// question about it, and whether what the net says of other squares is still a secret. Calls changed() after a move.
function squareFrame(root, changed) {
  const one = selector => root.querySelector(selector);
  const area = one('.picture-framed'), picture = one('.picture-chosen'), frame = one('.square-frame');
  const size = one('#square-size'), usual = one('.square-usual');
  let square = null, ratio = 1, offered = [], pointer = null, grip = [0, 0];

  // The picture within the area, and the square's side, in parts of the area's side.
  function layout() {
    const width = Math.min(1, ratio), height = Math.min(1, 1 / ratio);
    return {width, height, x: (1 - width) / 2, y: (1 - height) / 2, side: (square?.side ?? 1) * Math.min(width, height)};
  }

  function place() {
    const {width, height, x, y, side} = layout(), percent = part => `${100 * part}%`;
    frame.style.left = percent(x + square.left * width);
    frame.style.top = percent(y + square.top * height);
    frame.style.width = frame.style.height = percent(side);
    size.value = Math.round(100 * square.side);
    one('.square-size output').textContent = `${size.value} %`;
    mark();
  }

  const same = (a, b) => ['left', 'top', 'side'].every(key => Math.abs(a[key] - b[key]) < 1e-6);
  function mark() {
    offered.forEach((one, i) => usual.children[i]?.setAttribute('aria-pressed', same(one, square)));
  }

  // To a place in parts of the area, or as near to it as the picture goes.
  function move(left, top, side = square.side) {
    side = Math.min(1, Math.max(SMALLEST_SQUARE, side));
    const {width, height, x, y} = layout(), long = side * Math.min(width, height);
    const within = (at, from, whole) => Math.min(1 - long / whole, Math.max(0, (at - from) / whole));
    const next = {left: Math.max(0, within(left, x, width)), top: Math.max(0, within(top, y, height)), side};
    if (same(next, square)) return;
    square = next;
    place();
    changed();
  }

  function corner() {
    const {width, height, x, y} = layout();
    return [x + square.left * width, y + square.top * height];
  }
  function resize(side) {                                // about its own middle
    const before = layout().side, [left, top] = corner();
    const after = Math.min(1, Math.max(SMALLEST_SQUARE, side)) / square.side * before;
    move(left + (before - after) / 2, top + (before - after) / 2, side);
  }

  function position(event) {
    const box = area.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }
  area.addEventListener('pointerdown', event => {
    if (!square || pointer !== null || (event.pointerType === 'mouse' && event.button !== 0)) return;
    event.preventDefault();                              // neither text nor the picture itself is dragged
    pointer = event.pointerId;
    area.setPointerCapture(pointer);
    frame.focus({preventScroll: true});
    const at = position(event), {side} = layout();
    grip = at.map((part, i) => part - corner()[i]);
    if (grip.some(part => part < 0 || part > side)) {    // beside it: it comes to the pointer
      grip = [side / 2, side / 2];
      move(at[0] - grip[0], at[1] - grip[1]);
    }
  });
  area.addEventListener('pointermove', event => {
    if (event.pointerId !== pointer) return;
    const at = position(event);
    move(at[0] - grip[0], at[1] - grip[1]);
  });
  for (const name of ['pointerup', 'pointercancel', 'lostpointercapture'])
    area.addEventListener(name, event => { if (event.pointerId === pointer) pointer = null; });

  frame.addEventListener('keydown', event => {
    if (!square || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = 0.02 * (event.shiftKey && event.key in ARROWS ? 4 : 1), [left, top] = corner();
    if (event.key in ARROWS) move(left + step * ARROWS[event.key][0], top + step * ARROWS[event.key][1]);
    else if (event.key === '+' || event.key === '=') resize(square.side + step);
    else if (event.key === '-') resize(square.side - step);
    else return;
    event.preventDefault();                              // the page must not scroll
  });
  size.addEventListener('input', () => { if (square) resize(size.value / 100); });
  usual.addEventListener('click', event => {
    const i = [...usual.children].indexOf(event.target.closest('button'));
    if (i < 0 || same(offered[i], square)) return;
    const {left, top, side} = offered[i];
    square = {left, top, side};
    place();
    changed();
  });

  return {
    chosen: () => square,
    receive({whole, square: used}) {
      if (!used) return;
      if (whole) {                                       // of another picture
        picture.src = whole;
        const {left, top, side} = used;
        square = {left, top, side};
        ratio = used.ratio;
        pointer = null;
      }
      offered = used.usual;
      one('.square-room').hidden = !used.room;
      place();
    },
    render(hidden) {
      const words = offered.map(({name, says}) => `${name[0].toUpperCase()}${name.slice(1)}: ${hidden ? '?' : says}`);
      while (usual.children.length > words.length) usual.lastChild.remove();
      words.forEach((text, i) => {
        const button = usual.children[i] ?? usual.appendChild(document.createElement('button'));
        button.type = 'button';
        button.textContent = text;
      });
      if (square) mark();
    },
  };
}
