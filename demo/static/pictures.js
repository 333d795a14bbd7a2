// Pictures from outside: files chosen, dropped or pasted, and a still from the camera. One is handed on as
// {picture: base64, title, file}, more are handed on as files, and forgotten; what was wrong is said in one sentence.
const MOST_BYTES = 20e6;

function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.split(',')[1] ?? '');
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

// A sentence where a file is too large to be sent, else null.
function tooLarge(blob, title) {
  return blob.size > MOST_BYTES ? `${title} is larger than 20 MB: make the picture smaller and choose it again.` : null;
}

// Returns {take(blob, title)}, and {close()}, which ends the camera and what is still being read. Calls choose(source), several(files), say(sentence, isError), and
// shows(what) with 'camera' or null when the camera is opened or closed.
function pictureSources(root, {choose, several, say, shows}) {
  const one = selector => root.querySelector(selector);
  const file = one('#upload input'), video = one('video');
  let stream = null, asked = 0;                          // asked: how often something was chosen or left

  async function take(blob, title) {
    const refused = tooLarge(blob, title);
    if (refused) return say(refused, true);
    say(`Reading ${title}`);
    const mine = ++asked;
    try {
      const picture = await base64(blob);
      if (mine === asked) choose({picture, title, file: blob});
    } catch {
      if (mine === asked) say(`${title} could not be read: choose it again.`, true);
    }
  }

  function takeAll(files) {
    if (files.length > 1) several([...files]);
    else if (files.length) take(files[0], files[0].name || 'The pasted picture');
    else say('That was no picture file: save the picture first, then choose the file.', true);
  }

  file.addEventListener('change', () => {
    if (file.files.length) takeAll(file.files);
    file.value = '';                                     // so that the same file can be chosen again
  });

  // Anywhere on the page while the tab is open: beside the tab, the browser would leave the page for the picture.
  const whileOpen = handler => event => { if (page.isOpen('classify')) handler(event); };
  document.addEventListener('dragover', whileOpen(event => {
    event.preventDefault();
    root.classList.add('dropping');
  }));
  document.addEventListener('dragleave', event => {
    if (!event.relatedTarget) root.classList.remove('dropping');
  });
  document.addEventListener('drop', whileOpen(event => {
    event.preventDefault();
    root.classList.remove('dropping');
    takeAll(event.dataTransfer.files);
  }));
  document.addEventListener('paste', whileOpen(event => {
    const files = event.clipboardData?.files ?? [];
    if (files.length) takeAll(files);
  }));

  const REFUSALS = {
    NotAllowedError: 'The browser does not allow the camera here: allow it beside the address, or upload a picture.',
    NotFoundError: 'No camera was found: connect one, or upload a picture.',
    NotReadableError: 'The camera is in use by another program: close that, or upload a picture.',
  };

  async function open() {
    if (!navigator.mediaDevices?.getUserMedia)           // the browser hides it from pages without encryption
      return say('The camera works on https pages and on this computer only: upload a picture instead.', true);
    const mine = ++asked;
    let got;
    try {
      got = await navigator.mediaDevices.getUserMedia({video: {facingMode: 'environment', width: {ideal: 640}}});
    } catch (error) {
      if (mine === asked) say(REFUSALS[error.name] ?? 'The camera could not be opened: upload a picture instead.', true);
      return;
    }
    if (mine !== asked) return got.getTracks().forEach(track => track.stop());   // left while it was asked for
    stream = got;
    video.srcObject = stream;
    say('Point the camera at something, then take the picture.');
    shows('camera');
    await video.play().catch(() => {});                  // refused where the tab was left meanwhile
    one('#camera-take').focus({preventScroll: true});
  }

  function close() {
    asked++;
    if (!stream) return;
    stream.getTracks().forEach(track => track.stop());
    stream = video.srcObject = null;
    shows(null);
  }

  function still() {
    const frame = document.createElement('canvas');
    [frame.width, frame.height] = [video.videoWidth, video.videoHeight];
    if (!frame.width) return say('The camera has not sent a picture yet: try again in a moment.', true);
    frame.getContext('2d').drawImage(video, 0, 0);
    frame.toBlob(blob => { close(); take(blob, 'The camera\u2019s picture'); }, 'image/jpeg', 0.92);
  }

  one('#camera').addEventListener('click', () => stream ? close() : open());
  one('#camera-take').addEventListener('click', still);
  page.onVisibility('classify', visible => { if (!visible) close(); });
  return {take, close};
}
