// One memory cell lit up wherever it is drawn: on the ribbon, under brackets, in grids and in the table.
const HINT = 'Click a cell to see which names read it.';
const ARROWS = {ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0]};
let picked = null;                                    // {program, cell}: its number, and "A:3"

function pick(place) {                                // picked again, it is let go
  const program = all('.program').indexOf(place.closest('.program')), {cell} = place.dataset;
  picked = picked?.program === program && picked.cell === cell ? null : {program, cell};
  light();
}

function light() {
  all('.chosen').forEach(place => { place.classList.remove('chosen'); place.removeAttribute(state(place)); });
  all('.lit, .unlit').forEach(drawn => drawn.classList.remove('lit', 'unlit'));
  const box = picked && all('.program')[picked.program], same = picked && `[data-cell="${picked.cell}"]`;
  const told = box?.querySelector(`${same}[aria-label]`);
  find('.picked').textContent = told ? told.ariaLabel : find('.cell') ? HINT : '';
  if (!told) return;
  box.querySelectorAll(same).forEach(place => { place.classList.add('chosen'); place.setAttribute(state(place), true); });
  const reads = name => told.dataset.names.split('\n').includes(name);
  for (const reader of box.querySelectorAll('.reader')) {
    const others = [...reader.closest('.strip').querySelectorAll('.reader')];
    if (reads(reader.dataset.name)) reader.classList.add('lit');
    else if (others.some(other => reads(other.dataset.name))) reader.classList.add('unlit');
  }
  for (const row of table.tBodies[picked.program].rows)
    row.classList.toggle('lit', reads(row.querySelector('th .chip')?.textContent));
}

const state = place => place.matches('button') ? 'aria-pressed' : 'aria-selected';

// ---- Keys: one cell of a strip or grid is reached by Tab, the others from there by arrows.
function enterable() {
  for (const group of all('.strip, [role=grid]'))
    group.querySelector('button.cell, td[data-cell]')?.setAttribute('tabindex', '0');
  for (const box of all('.values > div, .graph-of'))   // what scrolls can be scrolled by keys
    if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0;
}

function moveCell(event) {                            // true where the key was meant for a cell
  const place = event.target.closest('button.cell, [role=grid] td[data-cell]'), way = ARROWS[event.key];
  if (!place) return false;
  if (way) moveTo(place, neighbour(place, ...way));
  else if (place.matches('td') && [' ', 'Enter'].includes(event.key)) pick(place);
  else return false;
  event.preventDefault();
  return true;
}

function neighbour(place, down, right) {
  if (place.matches('button')) {
    const cells = [...place.closest('.strip').querySelectorAll('.cell')];
    return cells[cells.indexOf(place) + right + down * place.parentElement.children.length];
  }
  const rows = [...place.closest('tbody').rows];
  let row = rows.indexOf(place.parentElement), column = place.cellIndex, next;
  do next = rows[row += down]?.cells[column += right]; while (next?.matches('.gap'));
  return next?.matches('td') ? next : null;
}

function moveTo(place, next) {
  if (!next) return;
  place.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}
