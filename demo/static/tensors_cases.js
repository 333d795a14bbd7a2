// Cases of the Tensors tab: code with {places} that controls fill in, and typed code read back.
// Pure: a case and its values in, text or HTML out.
const escapeHtml = text => {
  const p = document.createElement('p');
  p.textContent = text;
  return p.innerHTML.replace(/"/g, '&quot;');
};
const fillIn = (text, values) => text.replace(/\{(\w+)\}/g, (_, id) => values[id]);
const firstValues = entry => Object.fromEntries(entry.controls.map(({id, options}) => [id, options[0][1]]));

// The controls' values in this code; null where it is not this case's code.
function readBack(entry, text) {
  if (!entry.code) return null;
  const literal = part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const met = new Set();
  const pattern = entry.code.split(/(\{\w+\})/).map(part => {
    const control = entry.controls.find(({id}) => part === `{${id}}`);
    if (!control) return literal(part);
    if (met.has(control.id)) return `\\k<${control.id}>`;
    met.add(control.id);
    const any = control.free ? '[^\\n]+?' : control.options.map(([, value]) => literal(value)).join('|');
    return `(?<${control.id}>${any})`;
  });
  const found = text.trimEnd().match(new RegExp(`^${pattern.join('')}$`));
  return found && {...found.groups};
}

function controlsHtml(entry, values) {
  return entry.controls.map(({id, label, options}) => {
    const now = values[id], known = options.some(([, value]) => value === now);
    const items = (known ? options : [...options, [now, now]]).map(([name, value]) =>
      `<option value="${escapeHtml(value)}"${value === now ? ' selected' : ''}>${escapeHtml(name)}</option>`);
    return `<label class="field"><span>${label}</span><select data-control="${id}">${items.join('')}</select></label>`;
  }).join('');
}
