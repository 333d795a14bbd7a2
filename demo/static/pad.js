// The drawing pad: strokes kept as vectors and painted on a white square. It knows nothing of nets.
//
// A stroke is {colour, size, points: [[x, y], ...]}, all in parts of the square's side, so that undo, another
// screen and another size are only a matter of painting again. {clear: true} stands for an emptied paper.
const PAPER = '#ffffff';                 // white in dark mode too: it is the picture that the net gets
const SMALL = 128;                       // side of the picture that is sent, in pixels
const KEY_STEP = 0.02;
const ARROWS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

// Returns {strokes(), isEmpty(), load(strokes), picture()}. Calls changed({fresh}) after each change; fresh where
// another drawing has begun.
function drawingPad(root, changed) {
  const one = selector => root.querySelector(selector);
  const canvas = one('#pad'), view = canvas.getContext('2d');
  const base = document.createElement('canvas'), finished = base.getContext('2d');   // all strokes but the open one
  const small = document.createElement('canvas'), sent = small.getContext('2d');
  small.width = small.height = SMALL;

  const pen = {colour: one('.pad-swatch').dataset.colour, size: 0.04, erases: false};
  const keys = {at: [0.5, 0.5], seen: false};
  let done = [], undone = [], stroke = null, pointer = null, queued = false;

  const shown = () => done.slice(done.findLastIndex(item => item.clear) + 1);

  function paint(context, side, {colour, size, points}) {
    context.lineCap = context.lineJoin = 'round';
    context.lineWidth = size * side;
    context.strokeStyle = colour;
    context.beginPath();
    const scaled = points.map(([x, y]) => [x * side, y * side]);
    context.moveTo(...scaled[0]);
    for (let i = 1; i < scaled.length - 1; i++) {        // a curve through the middles: no corners in a quick line
      const [x, y] = scaled[i], [nextX, nextY] = scaled[i + 1];
      context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
    }
    const [lastX, lastY] = scaled[scaled.length - 1];
    context.lineTo(points.length > 1 ? lastX : lastX + 0.01, lastY);   // a line of length 0 would not be painted
    context.stroke();
  }

  function paintAll(context, side) {
    context.fillStyle = PAPER;
    context.fillRect(0, 0, side, side);
    for (const item of shown()) paint(context, side, item);
  }

  function draw() {
    queued = false;
    view.drawImage(base, 0, 0);
    if (stroke) paint(view, canvas.width, stroke);
    if (keys.seen) cross();
  }
  function drawSoon() { if (!queued) { queued = true; requestAnimationFrame(draw); } }

  function cross() {                                     // where the keyboard's pen is
    const [x, y] = keys.at.map(part => part * canvas.width), arm = canvas.width / 30;
    for (const [width, colour] of [[5, PAPER], [2, page.token('--vermilion')]]) {
      view.lineWidth = width * devicePixelRatio;
      view.strokeStyle = colour;
      view.beginPath();
      view.moveTo(x - arm, y); view.lineTo(x + arm, y);
      view.moveTo(x, y - arm); view.lineTo(x, y + arm);
      view.stroke();
    }
  }

  function fit() {
    const side = Math.round(canvas.clientWidth * devicePixelRatio);
    if (!side || side === canvas.width) return;          // 0 while the tab is hidden
    canvas.width = canvas.height = base.width = base.height = side;
    repaint();
  }

  function repaint() {
    paintAll(finished, base.width);
    draw();
    const can = {undo: done.length, redo: undone.length, clear: shown().length};
    for (const [act, some] of Object.entries(can))      // not disabled: the focus must not fall off the button
      one(`#pad-${act}`).setAttribute('aria-disabled', !some);
    one('.pad-square').classList.toggle('used', shown().length > 0 || stroke !== null);
  }

  function begin(at, erases = pen.erases) {
    stroke = {colour: erases ? PAPER : pen.colour, size: pen.size, points: [at]};
    one('.pad-square').classList.add('used');
    drawSoon();
    changed({fresh: false});
  }
  function extend(at) {
    const [x, y] = stroke.points[stroke.points.length - 1];
    if (Math.hypot(at[0] - x, at[1] - y) < 0.003) return;
    stroke.points.push(at);
    drawSoon();
    changed({fresh: false});
  }
  function end() {
    if (!stroke) return;
    done.push(stroke);
    undone = [];
    stroke = null;
    repaint();
    changed({fresh: false});
  }

  function change(edit, fresh = false) {
    end();
    edit();
    repaint();
    changed({fresh});
  }
  const undo = () => done.length && change(() => undone.push(done.pop()));
  const redo = () => undone.length && change(() => done.push(undone.pop()));
  const clear = () => shown().length && change(() => { done.push({clear: true}); undone = []; }, true);

  function position(event) {
    const box = canvas.getBoundingClientRect();
    const part = (value, low, size) => Number(((value - low) / size).toFixed(4));
    return [part(event.clientX, box.left, box.width), part(event.clientY, box.top, box.height)];
  }

  canvas.addEventListener('pointerdown', event => {
    if (pointer !== null || (event.pointerType === 'mouse' && event.button !== 0)) return;
    end();                                               // of a stroke by the keyboard
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    keys.seen = false;
    begin(position(event), pen.erases || (event.buttons & 32) !== 0);   // 32: the other end of a pen
  });
  canvas.addEventListener('pointermove', event => {
    if (event.pointerId !== pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) extend(position(each));
  });
  for (const name of ['pointerup', 'pointercancel', 'lostpointercapture'])
    canvas.addEventListener(name, event => {
      if (event.pointerId === pointer) { pointer = null; end(); }
    });

  canvas.addEventListener('contextmenu', event => {
    if (event.pointerType !== 'mouse') event.preventDefault();          // a finger that rests, not a wish for a menu
  });

  canvas.addEventListener('keydown', event => {
    if (pointer !== null || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in ARROWS) {
      const step = KEY_STEP * (event.shiftKey ? 4 : 1);
      keys.at = keys.at.map((part, i) => Math.min(1, Math.max(0, part + step * ARROWS[event.key][i])));
      if (stroke) extend(keys.at);
    } else if (event.key === ' ' || event.key === 'Enter') {
      if (stroke) end(); else begin(keys.at);
    } else return;
    event.preventDefault();                              // the page must not scroll
    keys.seen = true;
    drawSoon();
  });
  canvas.addEventListener('blur', () => { keys.seen = false; if (pointer === null) end(); drawSoon(); });
  root.addEventListener('keydown', event => {
    if (!(event.ctrlKey || event.metaKey) || one('.pad-tools').disabled) return;
    const key = event.key.toLowerCase();
    if (key === 'z') { event.preventDefault(); if (event.shiftKey) redo(); else undo(); }
    if (key === 'y') { event.preventDefault(); redo(); }
  });

  function choose({colour, erases}) {
    Object.assign(pen, {colour: colour ?? pen.colour, erases});
    for (const swatch of root.querySelectorAll('.pad-swatch'))
      swatch.setAttribute('aria-pressed', !erases && swatch.dataset.colour === pen.colour);
    one('#pad-eraser').setAttribute('aria-pressed', erases);
  }
  one('.pad-inks').addEventListener('click', event => {
    const swatch = event.target.closest('.pad-swatch');
    if (swatch) choose({colour: swatch.dataset.colour, erases: false});
  });
  one('#pad-eraser').addEventListener('click', () => choose({erases: !pen.erases}));
  one('#pad-brush').addEventListener('input', event => {
    pen.size = event.target.value / 100;
    one('.pad-brush-size output').textContent = `${event.target.value} %`;
  });
  one('#pad-undo').addEventListener('click', undo);
  one('#pad-redo').addEventListener('click', redo);
  one('#pad-clear').addEventListener('click', clear);

  new ResizeObserver(fit).observe(canvas);
  fit();
  repaint();

  return {
    strokes: shown,
    isEmpty: () => !shown().length && !stroke,
    // Puts other strokes on the paper; undo brings the earlier drawing back.
    load(strokes) {
      change(() => { if (shown().length) done.push({clear: true}); done.push(...strokes); undone = []; }, true);
    },
    // The drawing as PNG, 128 x 128, in base64: some 3 kB, the same on every screen.
    picture() {
      paintAll(sent, SMALL);
      if (stroke) paint(sent, SMALL, stroke);
      return small.toDataURL('image/png').split(',')[1];
    },
  };
}
