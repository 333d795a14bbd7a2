// A line of losses over a run, from left to right: drawn point by point, or through three numbers.
// points: [[share of the run, loss], ...], from 0 to 1; null where there is none yet.
const GUESS_PARTS = 50;                                // as fine as a finger

function lossLine() {
  let parts = Array(GUESS_PARTS + 1).fill(null), last = null, points = null;

  // The line through what was drawn, level before its first point and after its last.
  function join() {
    const drawn = parts.flatMap((loss, i) => loss === null ? [] : [[i / GUESS_PARTS, loss]]);
    if (!drawn.length) return null;
    const [first, end] = [drawn[0], drawn.at(-1)];
    return [...(first[0] > 0 ? [[0, first[1]]] : []), ...drawn, ...(end[0] < 1 ? [[1, end[1]]] : [])];
  }

  return {
    get points() { return points; },
    set points(given) { points = given; parts.fill(null); },
    down() { last = null; },
    to(share, loss) {
      const part = Math.round(GUESS_PARTS * Math.min(1, Math.max(0, share))), from = last ?? {part, loss};
      const way = Math.abs(part - from.part), towards = Math.sign(part - from.part);
      for (let i = 0; i <= way; i++) {                 // a fast pen leaves no gap
        const value = way ? from.loss + (loss - from.loss) * i / way : loss;
        parts[from.part + towards * i] = Math.round(1000 * Math.max(0, value)) / 1000;
      }
      last = {part, loss};
      points = join();
    },
  };
}

function lossAt(points, share) {
  const after = points.findIndex(([at]) => at >= share), [end, high] = points.at(after);
  if (after <= 0) return high;
  const [start, low] = points[after - 1];
  return low + (high - low) * (share - start) / (end - start);
}
