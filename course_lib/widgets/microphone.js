// A button that records the microphone and hands the sound over as a WAV file, by way of the explorer's own file picker:
// the kernel gets it as if the learner had chosen a file. `element` is the place where this script may write.
// The samples go to the kernel of this notebook and nowhere else; nothing is saved.
(() => {
  const SECONDS = 1.5, LEAD = 0.3, PATIENCE = 5;      // LEAD: a microphone that was just opened clicks
  const ELSE = 'or choose a WAV file instead.';
  const REASONS = {
    NotAllowedError: `The browser refuses the microphone. Allow it for this page (the sign beside the address) and press again, ${ELSE}`,
    NotFoundError: `The browser finds no microphone. Connect one and press again, ${ELSE}`,
    NotReadableError: `The microphone does not answer; another program may hold it. Close that program and press again, ${ELSE}`,
  };
  const button = document.createElement('button'), words = document.createElement('span');
  button.className = 'jupyter-widgets jupyter-button widget-button mod-primary';
  button.style.width = 'auto';
  button.textContent = button.title = `Record ${SECONDS} seconds with the microphone`;
  words.setAttribute('role', 'status');
  words.style.marginLeft = '1em';
  element.append(button, words);

  let busy = false;
  button.onclick = async () => {
    if (busy) return;
    busy = true;
    try {
      words.textContent = 'The browser may ask whether it may use the microphone.';
      const {samples, rate} = await record();
      choose(new File([wav(samples, rate)], 'microphone.wav', {type: 'audio/wav'}));
      words.textContent = 'Recorded. The answer stands below the picture.';
    } catch (error) {
      words.textContent = REASONS[error.name] || `${error.message} Press again, ${ELSE}`;
    } finally {
      busy = false;
    }
  };

  async function record() {                           // plain samples, at the rate of the device
    if (!navigator.mediaDevices || !window.AudioWorkletNode)
      throw new Error('The browser opens the microphone only for this machine (localhost) and for https addresses.');
    const stream = await navigator.mediaDevices.getUserMedia({audio: {channelCount: 1, echoCancellation: false}});
    const context = new AudioContext();
    try {
      const tap = `registerProcessor('tap', class extends AudioWorkletProcessor {
        process([input]) { if (input.length) this.port.postMessage(input[0]); return true; } });`;
      await context.audioWorklet.addModule(URL.createObjectURL(new Blob([tap], {type: 'text/javascript'})));
      await context.resume();
      const node = new AudioWorkletNode(context, 'tap'), rate = context.sampleRate;
      const pieces = [], skip = Math.round(LEAD * rate), wanted = skip + Math.round(SECONDS * rate);
      let count = 0;
      const full = new Promise((done, fail) => {
        setTimeout(() => fail(new Error('The microphone sends no sound.')), PATIENCE * 1000);
        node.port.onmessage = ({data}) => {
          if (count < skip && count + data.length >= skip) words.textContent = '● Speak now.';
          pieces.push(data);
          count += data.length;
          if (count >= wanted) done();
        };
      });
      context.createMediaStreamSource(stream).connect(node);
      await full;
      const samples = new Float32Array(count);
      pieces.reduce((at, piece) => (samples.set(piece, at), at + piece.length), 0);
      return {samples: samples.subarray(skip, wanted), rate};
    } finally {
      stream.getTracks().forEach(track => track.stop());
      context.close();
    }
  }

  function wav(samples, rate) {                       // 16-bit PCM, mono: 44 bytes that say so, then the samples
    const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
    const letters = (at, text) => [...text].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
    const short = (at, value) => view.setUint16(at, value, true), long = (at, value) => view.setUint32(at, value, true);
    letters(0, 'RIFF'); long(4, 36 + 2 * samples.length); letters(8, 'WAVEfmt '); long(16, 16);
    short(20, 1); short(22, 1); long(24, rate); long(28, 2 * rate); short(32, 2); short(34, 16);
    letters(36, 'data'); long(40, 2 * samples.length);
    samples.forEach((x, i) => view.setInt16(44 + 2 * i, 32767 * Math.max(-1, Math.min(1, x)), true));
    return view;
  }

  function choose(file) {                             // ipywidgets keeps its <input type=file> out of the page: its click tells which it is
    const picker = element.closest('.microphone-explorer').querySelector('.widget-upload');
    const click = HTMLInputElement.prototype.click;
    let input;
    HTMLInputElement.prototype.click = function () { input = this; };
    try { picker.click(); } finally { HTMLInputElement.prototype.click = click; }
    const files = new DataTransfer();
    files.items.add(file);
    input.files = files.files;
    input.dispatchEvent(new Event('change'));
  }
})();
