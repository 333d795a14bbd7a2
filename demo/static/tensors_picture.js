// The picture of the Tensors tab: memory, graph, table and messages of a step.
// Space for the tallest step is there from the start.
const LEVELS = ['', 'under', 'chips'];                // where shape and stride stand; brackets or chips
const MEASURED = 4;                                   // versions whose height is looked at: the longest
const HIGHEST = 900;                                  // px that are kept free at most
const FIRST = 't = torch.ones(3)';                    // what a page without names offers
let nameless = false;                                 // no step has a name: nothing to compare or to list

// A step's pictures come as numbers of pieces, each piece with the first step that shows it.
function unfolded(program) {
  const pieces = program.flatMap(step => step.pieces), drawn = numbers => numbers.map(i => pieces[i]);
  return program.map(step => ({...step, strips: drawn(step.memory), grids: drawn(step.grids).join(''),
    broadcast: drawn(step.broadcast).join(''), graph: drawn(step.graph).join('')}));
}

function lay() {
  memory.classList.toggle('two', programs.length > 1);
  memory.innerHTML = programs.map((_, i) => '<section class="program">' +
    (programs.length > 1 ? `<h3><span class="mono">${heading(i)}</span><code></code></h3>` : '') + '<p class="sentence"></p><div class="drawn"></div></section>').join('');
  find('.graphs').innerHTML = programs.map((_, i) => `<div class="graph-of">${which('h3', i)}<div></div></div>`).join('');
  find('.graph-panel').hidden = !programs.some(program => program.some(({graph}) => graph));
  picked = null;
  find('.beside').hidden = programs.length < 2;
  if (programs.length > 1) {
    const lines = ran.source.split('\n');
    find('.beside p').innerHTML = `Beside: <span class="mono">${heading(1)}</span>:`;
    find('.beside pre').innerHTML = ran.beside.split('\n').map((line, i) =>
      `<span class="${line === lines[i] ? 'dim' : ''}">${escapeHtml(line)}\n</span>`).join('');
  }
  [...table.tBodies].forEach(body => body.remove());
  programs.forEach(() => table.append(document.createElement('tbody')));
  const names = [...new Set(programs.flatMap(program => program.flatMap(({facts}) => Object.keys(facts))))];
  const stored = names.filter(name => programs.some(program => program.some(({facts}) => facts[name]?.storage)));
  const [first = '', second = first] = stored.length ? stored : names;
  if (!pair.every(name => names.includes(name))) pair = [second, first];
  all('.pair select').forEach((list, i) => {
    list.innerHTML = names.map(name => `<option>${escapeHtml(name)}</option>`).join('');
    list.value = pair[i];
  });
  nameless = !names.length;
  find('.tensors').classList.toggle('nameless', nameless);
  find('#tensor-compare').hidden = find('.table').hidden = nameless;
  find('.output').hidden = !programs.some(program => program.some(({printed}) => printed));
  find('.names-panel').hidden = nameless && find('.output').hidden;
  reserve();
}

const rowsAt = (i, step) => (programs.length > 1 ? `<tr class="which"><th colspan="6" class="mono">${heading(i)}</th></tr>` : '') +
  frame(programs[i], step).rows;
const messageAt = step => fixedHtml() + programs.map((program, i) => step < program.length && program[step].message
  ? `<div data-program="${i}">${which('p', i)}${program[step].message}</div>` : '').join('');
const printedAt = step => programs.flatMap(program => program.slice(0, step + 1).map(({printed}) => printed)).join('');

function drawnAt(i, step) {
  const {strips, grids, broadcast} = frame(programs[i], step);
  return `<div class="strips">${strips.join('') || nothingAt(i, step)}</div><div class="beneath">` +
    `${grids && `<div class="grids">${grids}</div>`}${broadcast}</div>`;
}
function nothingAt(i, step) {
  const says = words => `<p class="empty">${words}</p>`;
  if (nameless && programs[i].at(-1).stopped) return frame(programs[i], step).unreadable ? '' : says('Nothing in memory yet.');
  return says('Nothing in memory yet.' + (nameless ? ' Make a tensor and give it a name:' : '')) +
    (nameless ? `<button type="button" class="button mono begin" data-do="begin" translate="no">${FIRST}</button>` +
      '<p class="dim">This line is added to your code, and run.</p>' : '');
}
const sentenceAt = (i, step) => nameless && !frame(programs[i], step).stopped ? '' : frame(programs[i], step).sentence;
const graphAt = (i, step) => frame(programs[i], step).graph || '<p class="dim">No tensor asks for gradients here.</p>';

function reserve() {
  const steps = [...Array(last() + 1).keys()];
  memory.classList.add('moved');                      // with the strips that leave
  all('.drawn').forEach((box, i) => { box.innerHTML = `<div class="strips">${fullest(programs[i])}</div>`; });
  for (const level of LEVELS) {                       // the first at which every strip of every step fits
    memory.dataset.level = level;
    if (all('.drawn').every(box => box.scrollWidth <= box.clientWidth)) break;
  }
  all('.drawn').forEach((box, i) => keep(box, steps.map(step => drawnAt(i, step))));
  if (!find('.graph-panel').hidden)
    all('.graph-of > div').forEach((box, i) => keep(box, steps.map(step => graphAt(i, step))));
  all('.sentence').forEach((box, i) => keep(box, steps.map(step => escapeHtml(sentenceAt(i, step)))));
  [...table.tBodies].forEach((body, i) => keep(body, steps.map(step => rowsAt(i, step)), find('.table')));
  keep(find('#tensor-message'), steps.map(messageAt));
  keep(find('#tensor-printed'), [escapeHtml(printedAt(last()))]);
  memory.classList.remove('moved');
}

function fullest(program) {                           // each storage at the step that says most of it
  const found = {};
  for (const strip of program.flatMap(({strips}) => strips)) {
    const [storage] = strip.match(/storage \w+/);
    if (strip.length > (found[storage]?.length ?? 0)) found[storage] = strip;
  }
  return Object.values(found).join('');
}

function keep(box, versions, outer = box) {           // as high as its highest version
  const longest = [...new Set(versions)].sort((a, b) => b.length - a.length).slice(0, MEASURED);
  let height = 0;
  outer.style.minHeight = '';
  for (const html of longest) {
    box.innerHTML = html;
    height = Math.max(height, outer.offsetHeight);
    if (height >= HIGHEST) break;
  }
  outer.style.minHeight = Math.min(height, HIGHEST) + 'px';
}

function draw() {
  const lines = ran.source.trimEnd().split('\n').length, {line, unreadable, raised} = frame(programs[0]);
  const first = at === 0 || unreadable;
  find('.after').textContent = !last() ? 'Memory' : first ? 'Memory before line 1' : `Memory ${raised === 'Refused' ? 'before' : 'after'} line ${line}`;
  find('.position').textContent = !last() ? 'no line to run yet'
    : (at === 0 ? 'before line 1' : `line ${line} of ${lines}`) + (last() === lines ? '' : `, step ${at} of ${last()}`);
  all(programs.length > 1 ? '.program h3 code' : '.picture h2 code').forEach((drawn, i) =>
    drawn.textContent = frame(programs[i]).unreadable ? '' : frame(programs[i]).source.split('\n')[0]);
  if (programs.length > 1) find('.picture h2 code').textContent = '';
  all('.program').forEach((box, i) => {
    box.querySelector('.sentence').textContent = sentenceAt(i, at);
    box.querySelector('.drawn').innerHTML = drawnAt(i, at);
    table.tBodies[i].innerHTML = rowsAt(i, at);
  });
  if (!find('.graph-panel').hidden) all('.graph-of > div').forEach((box, i) => box.innerHTML = graphAt(i, at));
  enterable();
  find('#tensor-message').innerHTML = messageAt(at);
  find('#tensor-printed').textContent = printedAt(at);
  light();
}
