// Several pictures at once: a table of what the net says of each. A row makes its picture the one that is shown.
const MOST_PICTURES = 50, BYTES_TOGETHER = 12e6;         // in the table; of the files of one question
const ONE_LINE = 23;                                     // em: less is too little for a name beside its answer

// Returns {take(files), keepUp(), render(hides, seen)}: fills the table, asks once more if another net is chosen
// meanwhile, and keeps the answers back where `hides`, but of the files whose answer was `seen`. asking() gives the
// net and the run's step, ask(question) the server's answer; choose(file) shows a picture.
function severalPictures(root, {asking, ask, choose, read, tooLarge}) {
  const one = selector => root.querySelector(selector);
  const panel = one('.several'), about = one('#several-about'), body = one('.several tbody');
  let files = [], rows = [], busy = false, again = false, asked = '', given = 0;
  let hidden = false, told = new WeakSet();              // told: files whose answer by this net was seen

  function rowOf(file, i) {
    const row = body.insertRow(), name = document.createElement('button');
    const cells = ['thumbnail', 'file', 'answer', 'sure'].map(kind => {
      const cell = row.insertCell();
      cell.className = `several-${kind}`;
      cell.append(document.createElement('span'));
      return cell;
    });
    name.type = 'button';
    name.textContent = name.title = file.name;
    cells[1].replaceChildren(name);
    row.addEventListener('click', () => show(i));
    return {row, cells, file, said: {}};
  }

  function fill(entry, said) {
    entry.said = said;
    if (said.thumbnail) {
      const picture = new Image();
      picture.src = said.thumbnail;
      picture.alt = '';
      entry.cells[0].replaceChildren(picture);
    }
    write(entry);
  }

  function write({row, cells, file, said: {answer = '', sure, error}}) {
    const secret = hidden && sure !== undefined && !told.has(file);      // the learner is to guess it
    row.classList.toggle('failed', Boolean(error));
    cells[2].colSpan = error ? 2 : 1;
    for (const cell of cells.slice(3)) cell.hidden = Boolean(error);
    const texts = error ? [error, ''] : secret ? ['?', ''] : [answer, sure ?? ''];
    texts.forEach((text, i) => { cells[2 + i].firstChild.textContent = text; });
  }

  function show(i) {
    rows.forEach(({row}, at) => row.classList.toggle('chosen', at === i));
    choose(files[i]);
  }

  // Questions of several files each; the answers come in their order.
  async function pass() {
    asked = JSON.stringify(asking());
    const mine = files;
    told = new WeakSet();
    for (const row of rows) fill(row, {answer: 'waiting'});
    for (let from = 0; from < mine.length && !again;) {
      let to = from, bytes = 0;
      while (to < mine.length && (to === from || bytes + mine[to].size <= BYTES_TOGETHER)) bytes += mine[to++].size;
      const answers = await answersTo(mine.slice(from, to));
      if (files !== mine) return;
      answers.forEach((answer, i) => fill(rows[from + i], answer));
      from = to;
    }
    if (!again) about.textContent = summary(mine.length);
  }

  async function answersTo(some) {
    const refused = some.map(file => tooLarge(file));
    const pictures = await Promise.all(some.map((file, i) => refused[i] ? null : read(file).catch(() => '')));
    const question = {...asking(), pictures: pictures.filter(picture => picture !== null)};
    const reply = question.pictures.length ? await ask(question) : {rows: []};
    const found = (reply.rows ?? []).values();
    return refused.map(error => error ? {error} : reply.error ? {error: reply.error} : found.next().value);
  }

  function summary(count) {
    const failed = rows.filter(({row}) => row.classList.contains('failed')).length;
    const left = given > count ? ` The first ${count} of ${given}: more do not fit in one table.` : '';
    const bad = failed ? ` ${failed} could not be answered.` : '';
    return `${count - failed} pictures answered by the chosen net.${bad}${left} Click a row to look at its picture.`;
  }

  async function run() {
    if (busy) { again = true; return; }
    busy = true;
    panel.setAttribute('aria-busy', true);
    try { do { again = false; await pass(); } while (again); } finally {
      busy = false;
      panel.setAttribute('aria-busy', false);
    }
  }

  function close() {
    panel.hidden = true;
    files = rows = [];
    body.replaceChildren();
  }
  one('#several-close').addEventListener('click', () => { close(); one('#upload input').focus({preventScroll: true}); });
  new ResizeObserver(([{contentRect: {width}}]) => {
    panel.classList.toggle('narrow', width < ONE_LINE * parseFloat(getComputedStyle(panel).fontSize));
  }).observe(panel);

  return {
    take(all) {
      given = all.length;
      files = [...all].slice(0, MOST_PICTURES);
      body.replaceChildren();
      rows = files.map(rowOf);
      panel.hidden = false;
      about.textContent = `Reading ${files.length} pictures`;
      run();
    },
    render(hides, seen) {
      if (seen) told.add(seen);
      hidden = hides;
      rows.forEach(write);
    },
    keepUp() { if (files.length && JSON.stringify(asking()) !== asked) run(); },
  };
}
