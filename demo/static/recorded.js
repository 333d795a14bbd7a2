// The label of the recorded run: there while that run is the one on the chart.
function recordedLabel(element) {
  const label = element.querySelector('.train-recorded');
  if (label) page.onRun(({run}) => { label.hidden = run !== label.dataset.run; });
}
