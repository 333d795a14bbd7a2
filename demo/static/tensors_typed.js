// A shape or a value as a learner types it: [2, 3]; 6, 6. or tensor([6., 6.]). Pure: text in, plain lists out.
const READABLE = {
  shape: 'Type the sizes in brackets, like [2, 3], or [] for a single number.',
  value: 'Type a number like 6 or 6., or several in brackets, like [6., 6.].',
};

const LARGE = 1e5;                                    // from here on a choice shows 6 digits

// Nested lists of numbers and words ("nan", "true", "?"), or undefined where it cannot be read.
function readTyped(kind, text) {
  const call = text.trim().match(/^[\w.]+\s*\(([^]*)\)$/);           // tensor(...), torch.Size(...)
  const inner = (call ? call[1].replace(/,\s*(dtype|device|grad_fn|requires_grad|size)\s*=[^]*$/, '') : text).trim();
  const bare = inner.replace(/\(/g, '[').replace(/\)/g, ']').replace(/,\s*(?=\]|$)/g, '');
  const listed = bare.startsWith('[') || kind === 'value' && !bare.includes(',') ? bare : `[${bare}]`;
  const json = listed.toLowerCase()
    .replace(/-?\b(nan|inf|none|true|false)\b|\?/g, word => `"${word}"`)
    .replace(/(^|[^\d.])\.(?=\d)/g, '$10.').replace(/(\d)\.(?!\d)/g, '$1.0');
  let read;
  try { read = JSON.parse(json); } catch { return undefined; }
  const sizes = Array.isArray(read) && read.every(size => Number.isInteger(size) && size >= 0);
  return kind === 'shape' && !sizes ? undefined : read;
}

// Are they the same? Whole numbers are exact, of others two decimals will do.
function alike(typed, right) {
  if (Array.isArray(typed) && Array.isArray(right))
    return typed.length === right.length && typed.every((part, i) => alike(part, right[i]));
  if (typeof typed !== 'number' || typeof right !== 'number') return typed === right;
  const size = Math.abs(right), small = Number.isInteger(right) ? 0 : Math.min(0.005, 0.01 * size) + 1e-9;
  return Math.abs(typed - right) <= (size < LARGE ? small : 1e-5 * size);
}

// The choice that the typed text stands for; the text itself where it is none of them, undefined if unreadable.
function standsFor({kind, choices}, text) {
  const plain = text.trim(), read = readTyped(kind, plain);
  const spelled = choices.findIndex(choice => choice === plain || choice === `torch.${plain}`);
  if (spelled >= 0) return spelled;
  if (read === undefined || !plain) return undefined;
  const found = choices.findIndex(choice => alike(read, readTyped(kind, choice)));
  return found >= 0 ? found : plain;
}
