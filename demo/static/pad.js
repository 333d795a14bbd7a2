// The drawing pad: what is drawn is kept as vectors (see pad_paint.js) and painted on a white square, so that undo,
// another screen and another size are only a matter of painting again. It knows nothing of nets.
const SMALL = 128;                       // side of the picture that is sent, in pixels
const KEY_STEP = 0.02;
const ARROWS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

// Returns {strokes(), isEmpty(), load(strokes), replace(strokes), picture(), pictureOf(strokes)}. Calls changed({fresh}) after each change; fresh where
// another drawing has begun.
function drawingPad(root, changed) {
  const one = selector => root.querySelector(selector);
  const canvas = one('#pad'), view = canvas.getContext('2d');
  const base = document.createElement('canvas'), finished = base.getContext('2d');   // all strokes but the open one
  const small = document.createElement('canvas'), sent = small.getContext('2d');
  small.width = small.height = SMALL;

  const sheet = paper();
  const pen = {colour: one('.pad-swatch').dataset.colour, size: 0.04, tool: 'pen'};      // or fill, eraser
  const keys = {at: [0.5, 0.5], seen: false};
  let done = [], undone = [], stroke = null, pointer = null, queued = false;

  function shown() {
    const last = done.findLastIndex(item => item.clear);
    return [...(done[last]?.instead ?? []), ...done.slice(last + 1)];
  }

  function draw() {
    queued = false;
    view.drawImage(base, 0, 0);
    if (stroke) sheet.stroke(view, canvas.width, stroke);
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
    sheet.paint(finished, base.width, shown());
    draw();
    const can = {undo: done.length, redo: undone.length, clear: shown().length};
    for (const [act, some] of Object.entries(can))      // not disabled: the focus must not fall off the button
      one(`#pad-${act}`).setAttribute('aria-disabled', !some);
    one('.pad-square').classList.toggle('used', shown().length > 0 || stroke !== null);
  }

  function begin(at, erases = pen.tool === 'eraser') {
    stroke = {colour: erases ? PAPER : pen.colour, size: pen.size, points: [at]};
    one('.pad-square').classList.add('used');
    drawSoon();
    changed({fresh: false});
  }
  function extend(at) {
    if (!stroke) return;                                 // an undo has ended it, the button is still down
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

  function fill([x, y]) {
    if (sheet.canFill(shown(), [x, y], pen.colour))
      change(() => { done.push({colour: pen.colour, fill: [x, y]}); undone = []; });
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
    const at = [part(event.clientX, box.left, box.width), part(event.clientY, box.top, box.height)];
    return event.pointerType === 'pen' ? [...at, Number(event.pressure.toFixed(2))] : at;
  }

  canvas.addEventListener('pointerdown', event => {
    if (pointer !== null || (event.pointerType === 'mouse' && event.button !== 0)) return;
    end();                                               // of a stroke by the keyboard
    keys.seen = false;
    const turned = (event.buttons & 32) !== 0;           // the other end of a pen
    if (pen.tool === 'fill' && !turned) return fill(position(event));
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    begin(position(event), pen.tool === 'eraser' || turned);
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
      if (stroke) end(); else if (pen.tool === 'fill') fill(keys.at); else begin(keys.at);
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

  function choose(chosen) {
    Object.assign(pen, chosen);
    for (const swatch of root.querySelectorAll('.pad-swatch'))
      swatch.setAttribute('aria-pressed', pen.tool !== 'eraser' && swatch.dataset.colour === pen.colour);
    for (const tool of ['fill', 'eraser']) one(`#pad-${tool}`).setAttribute('aria-pressed', pen.tool === tool);
  }
  one('.pad-inks').addEventListener('click', event => {
    const swatch = event.target.closest('.pad-swatch');
    if (swatch) choose({colour: swatch.dataset.colour, tool: pen.tool === 'fill' ? 'fill' : 'pen'});
  });
  for (const tool of ['fill', 'eraser'])
    one(`#pad-${tool}`).addEventListener('click', () => choose({tool: pen.tool === tool ? 'pen' : tool}));
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

  function pictureOf(strokes) {
    sheet.paint(sent, SMALL, strokes);
    return small.toDataURL('image/png').split(',')[1];
  }

  return {
    strokes: shown,
    isEmpty: () => !shown().length && !stroke,
    // Puts other strokes on the paper; undo brings the earlier drawing back.
    load(strokes) {
      change(() => { if (shown().length) done.push({clear: true}); done.push(...strokes); undone = []; }, true);
    },
    // The drawing as an edit has changed it: one undo takes it back.
    replace(strokes) { change(() => { done.push({clear: true, instead: strokes}); undone = []; }); },
    // Other strokes as `picture` would send them.
    pictureOf,
    // The drawing as PNG, 128 x 128, in base64: some 3 kB, the same on every screen.
    picture: () => pictureOf(stroke ? [...shown(), stroke] : shown()),
  };
}
