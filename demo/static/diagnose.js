// Diagnose this curve: starts a blind run, keeps your answer, and shows what was wrong when it is revealed.
const panel = element.querySelector('.diagnose'), part = name => panel.querySelector('.diagnose-' + name);
const button = name => panel.querySelector('#diagnose-' + name);
const choices = [...panel.querySelectorAll('[name=diagnose]')];
const VISITOR = 'my-first-neural-net.visitor', VOTES = 'my-first-neural-net.votes';
const INVITATION = part('line').textContent;
const home = panel.parentElement;                      // the end of the tab
const ENDED = ['completed', 'stopped', 'crashed', 'interrupted'];
const EVERY = 3000;                                    // ms: is there a new answer, or the reveal?

let run = null, told = null, visible = false;          // the run that the tab shows; what the server says of it
let timer = null, asked = 0, busy = false;
let votes = page.recall(VOTES) ?? {};                  // run -> your answer

// 32 random hex digits that this browser made up for itself.
const visitor = (() => {
  const before = page.recall(VISITOR);
  if (/^[0-9a-f]{32}$/.test(before)) return before;
  const digits = [...crypto.getRandomValues(new Uint8Array(16))].map(n => n.toString(16).padStart(2, '0')).join('');
  page.keep(VISITOR, digits);
  return digits;
})();

async function ask(handler, request) {
  const answer = await handler(request).catch(() => null);
  part('problem').textContent = answer ? answer.error ?? '' : 'The server does not answer: try again.';
  return answer && !answer.error ? answer : null;
}

const open = () => told?.blind && !told.revealed;
const title = name => panel.querySelector(`label[for="diagnose-${name}"]`).textContent;

function line() {
  if (!told?.blind) return INVITATION;
  if (!told.revealed) return 'This is a blind run. Watch its curve, look inside, and say what is wrong with it.';
  return 'This run is revealed. Start another one and look at its curve with what you know now.';
}

function yours() {
  const answer = votes[run];
  return answer ? `Your answer: ${title(answer)}. You can change it until the reveal.` : 'Choose an answer.';
}

function show() {
  const owner = page.keyOf(run) !== null, count = told?.votes ?? 0;
  settle();
  write(part('line'), line());
  write(button('start'), told?.blind ? 'Start another blind run' : 'Start a blind run');
  part('vote').hidden = !open();
  part('outcome').hidden = part('beside').hidden = !told?.revealed;
  if (open()) {
    for (const choice of choices) choice.checked = choice.value === votes[run];
    button('reveal').hidden = !owner;
    const others = owner ? '' : ' Who started the run reveals it.';
    write(part('yours'), yours());
    write(part('count'), `${count === 1 ? '1 answer' : `${count.toLocaleString()} answers`} so far.${others}`);
  }
  if (told?.revealed) {
    if (part('outcome').dataset.run !== run) outcome();
    if (told.healthy) part('beside').hidden = true;
  }
}

// A blind run's answers stand below its chart, for the keyboard too, and what they come to as well.
function settle() {
  if (run && !told) return;                            // else it would jump there and back
  const below = told?.blind ?? false;
  if (below === (panel.parentElement !== home)) return;
  const held = panel.contains(document.activeElement) ? document.activeElement : null;
  if (below) document.querySelector('.train-stage').after(panel); else home.append(panel);
  held?.focus({preventScroll: true});
}
function write(place, text) { if (place.textContent !== text) place.textContent = text; }

function outcome() {
  part('outcome').innerHTML = told.html;
  part('outcome').dataset.run = run;
  part('beside').querySelector('p').textContent = '';
  const mine = part('outcome').querySelector(`[data-answer="${votes[run] ?? ''}"] th`);
  if (!mine) return;
  const mark = document.createElement('small');
  mark.textContent = ' your answer';
  mine.append(mark);
}

async function look() {
  clearTimeout(timer);
  const ticket = ++asked, about = run;
  if (!about || !visible) return;
  const answer = await server.diagnosis({run: about}).catch(() => null);
  if (ticket !== asked) return;                        // another run, or a newer question
  if (answer && !answer.error) hear(answer);
  if (open() || !answer) timer = setTimeout(look, EVERY);
}

function hear(answer) {
  const news = open() && answer.revealed;
  told = answer;
  show();
  if (news) page.watch(run);                           // its name, settings and learning rates may be known now
}

button('start').onclick = async () => {
  if (busy) return;
  busy = true;
  const data = document.querySelector('#train-data')?.value;
  const answer = await ask(server.begin_blind, {data});
  busy = false;
  if (!answer) return;
  page.keepKey(answer.run, answer.key);
  page.watch(answer.run);
  document.querySelector('#training-tab')?.scrollIntoView();
};

for (const choice of choices) choice.onchange = async () => {
  const about = run, answer = await ask(server.vote, {run: about, visitor, answer: choice.value});
  if (answer) {
    votes = Object.fromEntries([...Object.entries(page.recall(VOTES) ?? {}).filter(([id]) => id !== about).slice(-49), [about, choice.value]]);
    page.keep(VOTES, votes);
    if (about === run) told = {...told, votes: answer.votes};
  }
  show();                                              // what did not count is not checked
};

button('reveal').onclick = async () => {
  const about = run, answer = await ask(server.reveal, {run: about, key: page.keyOf(about)});
  if (!answer || about !== run) return;
  asked++;                                             // an answer under way is from before
  hear(answer);
  part('outcome').focus();
};

button('compare').onclick = async () => {
  if (busy) return;
  busy = true;
  const about = run, says = text => { if (about === run) part('beside').querySelector('p').textContent = text; };
  let answer = await ask(server.twin, {run: about});
  if (answer?.key) page.keepKey(answer.run, answer.key);
  while (answer && about === run && !ENDED.includes(answer.mode)) {
    says('The same run trains without the mistake; its curve comes when it is done.');
    await new Promise(later => setTimeout(later, 1000));
    answer = await ask(server.twin, {run: about});
  }
  busy = false;
  if (!answer || about !== run) return;
  const there = await page.compare({run: answer.run, name: 'the same run, healthy'});
  says(there ? 'The healthy run lies on the chart, above.' : 'Four runs lie on the chart already: remove one first.');
};

page.onVisibility('training', on => { visible = on; look(); });
page.onRun(shown => {
  if (shown.run === run) return;
  [run, told] = [shown.run, null];
  part('problem').textContent = '';
  show();
  look();
});
