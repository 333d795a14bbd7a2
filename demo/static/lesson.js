// The walkthrough: which step is open and what was answered, both kept in the visitor's browser.
// All steps are in the panel from the start (demo/views/lesson.py); this turns them on and off.
const KEPT = 'my-first-neural-net.lesson';
const phone = matchMedia('(max-width: 640px)');
const one = selector => element.querySelector(selector);
const all = selector => [...element.querySelectorAll(selector)];

const texts = all('.lesson-text'), questions = all('.lesson-question'), path = all('.lesson-path i');
const toggle = one('.lesson-toggle'), jump = one('select'), live = one('.lesson-live');
const back = one('#lesson-back'), next = one('#lesson-next');
const ids = texts.map(text => text.dataset.lesson), last = ids.length - 1;

const fresh = () => ({lesson: ids[0], answers: {}, open: true});
let place = recall();

function recall() {
  const link = new URLSearchParams(location.search).get('lesson');
  const kept = page.recall(KEPT);
  const found = {...fresh(), ...kept, answers: {...kept?.answers}};
  if (kept && phone.matches) found.open = false;      // a small screen belongs to the tab
  if (ids.includes(link)) Object.assign(found, {lesson: link, open: true});
  if (!ids.includes(found.lesson)) found.lesson = ids[0];
  return found;
}

function keep() {
  page.keep(KEPT, place);
  const url = new URL(location);
  if (!url.searchParams.has('lesson')) return;
  url.searchParams.set('lesson', place.lesson);       // else a reload would go back to the link's step
  history.replaceState(history.state, '', url);
}

function draw() {
  const at = ids.indexOf(place.lesson);
  texts.forEach((text, i) => text.classList.toggle('now', i === at));
  questions.forEach((question, i) => question.classList.toggle('now', i === at));
  questions.forEach(mark);
  path.forEach((part, i) => {
    part.classList.toggle('now', i === at);
    part.classList.toggle('answered', ids[i] in place.answers);
  });
  one('.lesson-title').textContent = texts[at].dataset.title;
  one('.lesson-progress').textContent = `${at + 1} of ${ids.length}`;
  jump.value = place.lesson;
  back.disabled = at === 0;
  next.textContent = at === last ? 'Start over' : 'Next';
  toggle.setAttribute('aria-expanded', place.open);
  one('.lesson').classList.toggle('closed', !place.open);
}

// A chosen answer is locked, and stays beside the right one.
function mark(question) {
  const chosen = place.answers[question.dataset.lesson], right = Number(question.dataset.answer);
  const answered = chosen !== undefined;
  question.classList.toggle('answered', answered);
  question.querySelectorAll('.lesson-choice').forEach((button, i) => {
    const isRight = answered && i === right, mine = i === chosen;
    button.classList.toggle('right', isRight);
    button.setAttribute('aria-pressed', mine);
    button.setAttribute('aria-disabled', answered);
    button.querySelector('.lesson-mark').textContent =
      mine && isRight ? 'your answer, right' : mine ? 'your answer' : isRight ? 'the answer' : '';
  });
}

function change(what) {
  Object.assign(place, what);
  keep();
  draw();
}

function go(id) {
  change({lesson: id});
  live.textContent = `Step ${one('.lesson-progress').textContent}: ${one('.lesson-title').textContent}`;
}

function choose(button) {
  const question = button.closest('.lesson-question'), id = question.dataset.lesson;
  if (id in place.answers) return;
  change({answers: {...place.answers, [id]: Number(button.dataset.choice)}});
  const right = question.querySelector('.right span').textContent;
  live.textContent = `The answer: ${right}. ${question.querySelector('.lesson-because').textContent}`;
}

back.addEventListener('click', () => go(ids[ids.indexOf(place.lesson) - 1]));
next.addEventListener('click', () => {
  const at = ids.indexOf(place.lesson);
  if (at === last) place = fresh();
  go(at === last ? ids[0] : ids[at + 1]);
});
jump.addEventListener('change', () => { place.open = true; go(jump.value); });
toggle.addEventListener('click', () => change({open: !place.open}));
all('.lesson-choice').forEach(button => button.addEventListener('click', () => choose(button)));
one('#lesson-show').addEventListener('click', () => {
  const {tab, show} = one('.lesson-text.now').dataset;
  if (phone.matches) change({open: false});           // what is shown must be seen
  page.show(tab, JSON.parse(show));
});
draw();
