// Whether a net's percentages can be believed: a panel that stays open when another net is chosen.
function reliabilityPanel(root) {
  const panel = root.querySelector('#reliability'), body = panel.querySelector('.reliability-body');
  let shown = '';
  return (html = '') => {
    if (html === shown) return;
    shown = html;
    panel.hidden = !html;                // a net whose percentages nobody has checked
    body.innerHTML = html;
  };
}
