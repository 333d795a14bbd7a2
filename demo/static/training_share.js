// What is done with the run that is shown: its links, and its owner deletes it.
// now: what the tab shows. deleted() is called when it is gone, complain(sentence) when that failed.
function runShare(element, server, now, {deleted, complain}) {
  const one = id => element.querySelector('#train-' + id);
  const confirm = element.querySelector('.train-confirm');
  let asking = null;                                   // the run that may be deleted at the next click

  function copies(link) {
    const words = link.textContent;
    link.onclick = async event => {
      if (!navigator.clipboard) return;                // an ordinary link, then
      event.preventDefault();
      const copied = await navigator.clipboard.writeText(link.href).then(() => true, () => false);
      link.textContent = copied ? 'Link copied' : 'Copy it by its menu';
      setTimeout(() => { link.textContent = words; }, 2000);
    };
  }

  function ask(run) {
    asking = run;
    share.show();
  }

  const share = {
    show() {
      const {run, state} = now, key = run && page.keyOf(run), over = !!state && !state.live;
      if (asking !== run) asking = null;
      one('link').hidden = !run;
      one('owner-link').hidden = element.querySelector('.train-note').hidden = !key;
      one('delete').hidden = !key || !over || !!asking;
      confirm.hidden = !key || !over || !asking;
      if (run) one('link').href = `?run=${run}`;
      if (key) one('owner-link').href = `?run=${run}#key=${key}`; else one('owner-link').removeAttribute('href');
    },
  };

  copies(one('link'));
  copies(one('owner-link'));
  one('delete').onclick = () => { ask(now.run); one('keep').focus(); };
  one('keep').onclick = () => { ask(null); one('delete').focus(); };
  confirm.onkeydown = event => { if (event.key === 'Escape') one('keep').click(); };
  one('delete-now').onclick = async () => {
    const run = asking;
    ask(null);
    const answer = await server.remove({run, key: page.keyOf(run)});
    if (!answer || answer.error) complain(answer?.error ?? 'The server did not answer: reload the page.');
    else if (run === now.run) deleted();
  };
  return share;
}
