// The Tensors tab: what the learner does, by pointer and by key. The other tensors_*.js stand before it.
const NARROW = 34;                                    // em: less is too little for two programs side by side

listCases();
find('#tensor-case-back').addEventListener('click', () => openCase(nextCase(-1)));
find('#tensor-case-next').addEventListener('click', () => openCase(nextCase()));
find('#tensor-back').addEventListener('click', () => go(at - 1));
find('#tensor-forward').addEventListener('click', () => go(at + 1));
find('#tensor-run').addEventListener('click', runTyped);
code.addEventListener('input', () => { typed = true; number(); });
code.addEventListener('click', () => toLine(code.value.slice(0, code.selectionStart).split('\n').length));
element.addEventListener('change', ({target}) => {
  if (target.id === 'tensor-case-list') openCase(cases.find(({id}) => id === target.value));
  if (target.dataset.control) {
    keepTyped();
    values[target.dataset.control] = target.value;
    run(fillIn(here.code, values), here.step);
  }
  if (target.name?.startsWith('predict-')) enableLock();
  if (target.closest('.ask')) { asking[at + 1] = target.value; predict(); find('.ask select').focus(); }
  if (target.closest('.pair')) { pair = all('.pair select').map(list => list.value); compare(); }
});
element.addEventListener('input', ({target}) => {
  if (!target.dataset.typed) return;
  target.previousElementSibling.checked = true;
  enableLock();
});
element.addEventListener('click', ({target}) => {
  const cell = target.closest('[data-cell]');
  if (cell) pick(cell);
  if (target.dataset.line) toLine(Number(target.dataset.line));
  if (target.dataset.do === 'lock') lock();
  if (target.dataset.do === 'ahead') { ahead = true; predict(); find('#tensor-predict input')?.focus(); }
  if (target.dataset.do === 'next') { openCase(nextCase()); find('#tensor-case-list').focus(); }
  if (target.dataset.fix) fix(target);
  if (target.dataset.do === 'unfix') unfix();
  if (target.dataset.do === 'onward') { openCase(caseAfterFix()); find('#tensor-case-list').focus(); }
  if (target.dataset.do === 'clear') clearDone();
  if (target.dataset.do === 'begin') begin();
});
document.addEventListener('keydown', event => {
  const {key, target} = event;
  if (!page.isOpen('tensors') || event.altKey || event.metaKey) return;
  if (key === 'Enter' && event.ctrlKey && element.contains(target)) return runTyped();
  if (key === 'Escape' && target === code) return find('#tensor-run').focus();
  if (key === 'Enter' && target.closest('#tensor-predict fieldset')) {
    event.preventDefault();                           // else it would press the button that gets the focus next
    return find('[data-do=lock]')?.click();
  }
  if (moveCell(event)) return;
  const move = {ArrowRight: 1, ArrowLeft: -1}[key];
  if (!move || event.ctrlKey || event.shiftKey || !element.contains(target) && target !== document.body
    || target.closest('input, select, textarea, .values, pre')) return;
  event.preventDefault();
  if (!edited()) go(at + move);
});
let width = 0;
new ResizeObserver(() => {
  if (!memory.clientWidth || memory.clientWidth === width) return;
  width = memory.clientWidth;
  find('.tensors').classList.toggle('narrow', width < NARROW * parseFloat(getComputedStyle(memory).fontSize));
  if (!programs.length) return;
  memory.classList.remove('moved');
  reserve();
  draw();
  mark();
}).observe(memory);

let asked = false;                                    // the walkthrough may have asked before the tab was there
page.onShow('tensors', setup => {
  asked = true;
  if (!setup.code) return openCase(cases.find(({id}) => id === setup.case) ?? cases[0], setup.step);
  keepTyped();
  choose(own, {});
  run(setup.code, setup.step);
});
if (!asked && !followAddress()) openCase(cases[0]);
