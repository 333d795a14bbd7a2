// What is on the paper: strokes and fills, painted in their order, the same at every size.
//
// A stroke is {colour, size, points: [[x, y], ...]}, its points [x, y, pressure] where a pen gave one, 0 to 1. A
// fill is {colour, fill: [x, y]}. Lengths are parts of the square's side; {clear: true} stands for emptied
// paper, and its items `instead`, where there are some, for what was put on it in one go.
const PAPER = '#ffffff';                 // white in dark mode too: it is the picture that the net gets
const EVEN = 0.5;                        // the pressure at which a line has the brush's own width
const FILL_SIDE = 512;                   // a fill spreads over pixels of this size, whatever the screen's are
const LIKE = 40;                         // of 255 that a colour channel may differ where a fill spreads

// Returns {paint(context, side, items), stroke(context, side, stroke), canFill(items, at, colour)}.
function paper() {
  const raster = document.createElement('canvas'), pixels = raster.getContext('2d', {willReadFrequently: true});
  raster.width = raster.height = FILL_SIDE;
  const areas = new WeakMap();           // fill -> a canvas; what lies below a fill never changes

  function paint(context, side, items) {
    for (const item of items) if (item.fill && !areas.has(item)) areas.set(item, area(items, item));
    context.fillStyle = PAPER;
    context.fillRect(0, 0, side, side);
    context.imageSmoothingQuality = 'high';
    for (const item of items) {
      if (item.fill) context.drawImage(areas.get(item), 0, 0, side, side);
      else stroke(context, side, item);
    }
  }

  function stroke(context, side, {colour, size, points}) {
    context.lineCap = context.lineJoin = 'round';
    context.strokeStyle = colour;
    const scaled = points.map(([x, y]) => [x * side, y * side]);
    const widths = points.map(([, , pressure = EVEN]) => size * side * (0.25 + 1.5 * pressure));
    const end = points.length - 1;
    context.beginPath();
    context.moveTo(...scaled[0]);
    for (let i = 1; i < end; i++) {                      // a curve through the middles: no corners in a quick line
      const [x, y] = scaled[i], middle = [(x + scaled[i + 1][0]) / 2, (y + scaled[i + 1][1]) / 2];
      context.quadraticCurveTo(x, y, ...middle);
      if (widths[i] === widths[i + 1]) continue;
      context.lineWidth = widths[i];
      context.stroke();
      context.beginPath();
      context.moveTo(...middle);
    }
    context.lineTo(scaled[end][0] + (end ? 0 : 0.01), scaled[end][1]);   // a line of length 0 would not be painted
    context.lineWidth = widths[end];
    context.stroke();
  }

  // The colours below a point of the paper, and which pixel it is.
  function look(items, [x, y]) {
    paint(pixels, FILL_SIDE, items);
    const place = part => Math.min(FILL_SIDE - 1, Math.max(0, Math.floor(part * FILL_SIDE)));
    return [pixels.getImageData(0, 0, FILL_SIDE, FILL_SIDE).data, place(y) * FILL_SIDE + place(x)];
  }

  // The pixels that a fill reaches, and one more all around: under the soft edge of a line.
  function area(items, {colour, fill}) {
    const [data, start] = look(items.slice(0, items.findIndex(item => item.fill === fill)), fill);
    const seed = data.slice(4 * start, 4 * start + 3), [red, green, blue] = channels(colour);
    const reached = new ImageData(FILL_SIDE, FILL_SIDE), waiting = [start];
    const ink = new Uint32Array(reached.data.buffer);
    const like = at => Math.abs(data[4 * at] - seed[0]) <= LIKE && Math.abs(data[4 * at + 1] - seed[1]) <= LIKE
      && Math.abs(data[4 * at + 2] - seed[2]) <= LIKE;   // false above the first row and below the last
    reached.data.set([red, green, blue, 255], 4 * start);
    const full = ink[start];
    const visit = at => {
      if (ink[at]) return;
      ink[at] = full;
      if (like(at)) waiting.push(at);
    };
    while (waiting.length) {
      const at = waiting.pop(), column = at % FILL_SIDE;
      if (column > 0) visit(at - 1);
      if (column < FILL_SIDE - 1) visit(at + 1);
      visit(at - FILL_SIDE);
      visit(at + FILL_SIDE);
    }
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = FILL_SIDE;
    canvas.getContext('2d').putImageData(reached, 0, 0);
    return canvas;
  }

  const channels = colour => [1, 3, 5].map(i => parseInt(colour.slice(i, i + 2), 16));

  return {
    paint,
    stroke,
    // Whether a fill would change anything there.
    canFill(items, at, colour) {
      const [data, start] = look(items, at);
      return channels(colour).some((channel, i) => data[4 * start + i] !== channel);
    },
  };
}
