// Break it: which mistakes the next run is to be trained with, as the text of TrainConfig.faults.
// changed() is called when the visitor turns a switch.
function faultSwitches(element, changed) {
  const boxes = [...element.querySelectorAll('.break-it input')];
  const count = element.querySelector('.break-it small');
  const on = () => boxes.filter(box => box.checked);

  function show() { count.textContent = on().length ? `${on().length} on` : 'all off'; }

  for (const box of boxes) box.onchange = () => { show(); changed(); };
  return {
    get value() { return on().map(box => box.value).join(','); },
    set value(text) {
      const names = text.split(',');
      for (const box of boxes) box.checked = names.includes(box.value);
      show();
    },
  };
}
