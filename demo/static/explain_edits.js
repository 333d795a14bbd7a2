// "Help it": edits of a drawing (of its strokes) or of a picture (of its pixels), to be tried and taken with a click.
const EDITED_SIDE = 256;                 // of an edited picture, in pixels: the net gets 32

// Promises [{name, picture: base64, apply()}]. source: of the Classify tab. cut: the address of what was cut out of a
// picture for the net, a square.
async function possibleEdits(source, cut, {pad, choose}) {
  if (source.drawing) return drawingEdits(pad.strokes()).map(({name, strokes}) =>
    ({name, picture: pad.pictureOf(strokes), apply: () => pad.replace(strokes)}));
  const image = new Image();
  image.src = cut;
  await image.decode();
  return pictureEdits(image).map(({name, picture}) =>
    ({name, picture, apply: () => choose({picture, title: `${source.title} (${name.toLowerCase()})`})}));
}

// [{name, strokes}]. What would change next to nothing is left out. So is what would make it another picture: a fill
// spreads anew, over lines that must enclose what they did, with the paper's edge where they reach it.
function drawingEdits(items) {
  const inked = items.filter(({points, colour}) => points && colour !== PAPER), edits = [];
  const filled = items.some(({fill}) => fill);
  if (inked.length) {
    const [left, right] = extent(inked, 0), [top, bottom] = extent(inked, 1);
    const middle = [(left + right) / 2, (top + bottom) / 2], side = Math.max(right - left, bottom - top);
    const about = factor => mapped(items, (part, axis) => 0.5 + (part - middle[axis]) * factor, factor);
    if (!filled || (Math.min(left, top) > 0 && Math.max(right, bottom) < 1)) {
      if (Math.hypot(middle[0] - 0.5, middle[1] - 0.5) > 0.03) edits.push({name: 'Centre it', strokes: about(1)});
      if (side < 0.7) edits.push({name: 'Make it larger', strokes: about(Math.min(3, 0.8 / side))});
      if (side > 0.9) edits.push({name: 'Make it smaller', strokes: about(0.7 / side)});
    }
    const same = part => part;
    if (!filled) edits.push({name: 'Thicken the lines', strokes: mapped(items, same, 1.6)});
    if (!filled) edits.push({name: 'Thin the lines', strokes: mapped(items, same, 1 / 1.6)});
  }
  return [...edits, {name: 'Mirror it', strokes: mapped(items, (part, axis) => axis ? part : 1 - part, 1)}];
}

// From where to where the ink reaches, along x (axis 0) or y (1).
function extent(items, axis) {
  let low = Infinity, high = -Infinity;
  for (const {points, size} of items) for (const point of points) {
    low = Math.min(low, point[axis] - size / 2);
    high = Math.max(high, point[axis] + size / 2);
  }
  return [low, high];
}

// Other strokes and fills, with their places moved and their lines made wider by a factor.
function mapped(items, move, wider) {
  const moved = ([x, y, ...pressure]) => [move(x, 0), move(y, 1), ...pressure];
  return items.map(item => item.fill ? {...item, fill: moved(item.fill)}
    : {...item, size: item.size * wider, points: item.points.map(moved)});
}

// [{name, picture}]
function pictureEdits(image) {
  const canvas = document.createElement('canvas'), view = canvas.getContext('2d', {willReadFrequently: true});
  canvas.width = canvas.height = EDITED_SIDE;

  // part: of the picture's side that is kept, from its middle. level: what becomes of a colour, 0 to 255.
  function edited(name, {part = 1, mirror = false, level = null}) {
    const side = image.naturalWidth * part, from = (image.naturalWidth - side) / 2;
    view.setTransform(mirror ? -1 : 1, 0, 0, 1, mirror ? EDITED_SIDE : 0, 0);
    view.drawImage(image, from, from, side, side, 0, 0, EDITED_SIDE, EDITED_SIDE);
    if (level) {
      const all = view.getImageData(0, 0, EDITED_SIDE, EDITED_SIDE);
      for (let i = 0; i < all.data.length; i++) if (i % 4 < 3) all.data[i] = level(all.data[i]);
      view.putImageData(all, 0, 0);
    }
    return {name, picture: canvas.toDataURL('image/jpeg', 0.92).split(',')[1]};
  }

  return [
    edited('Zoom in', {part: 0.75}),
    edited('Lighten it', {level: value => value + (255 - value) / 4}),
    edited('Darken it', {level: value => value * 3 / 4}),
    edited('Add contrast', {level: value => 128 + (value - 128) * 1.5}),
    edited('Mirror it', {mirror: true}),
  ];
}
