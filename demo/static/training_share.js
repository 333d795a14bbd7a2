// What is done with the run that is shown: its links, and its owner deletes it.
// now: what the tab shows. deleted() is called when it is gone, complain(sentence) when that failed.
function runShare(element, server, now, {deleted, complain}) {
  const one = id => element.querySelector('#train-' + id);
  const confirm = element.querySelector('.train-confirm');
  let shown = null, asking = null;                                   // the run that may be deleted at the next click

  function copies(link) {
    const words = link.textContent, field = one('link-text');
    link.onclick = async event => {
      event.preventDefault();
      const copied = await page.copy(link.href);
      field.hidden = copied;
      field.value = copied ? '' : link.href;
      if (!copied) field.select();
      link.textContent = copied ? 'Link copied' : 'Copy it from the field';
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
      if (shown !== run) one('link-text').hidden = true;
      shown = run;
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
