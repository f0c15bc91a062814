// The part of the browser tests that runs inside JupyterLab's page, as window.course. It knows when the kernel owes
// no more answers, what a cell's output shows apart from its controls, and when that last changed.
window.course = (() => {
  const KINDS = {                                  // how each kind of ipywidgets control is found, by its outermost element
    slider: '.widget-slider', dropdown: '.widget-dropdown', select: '.widget-select', radio: '.widget-radio',
    toggles: '.widget-toggle-buttons', checkbox: '.widget-checkbox', toggle: 'button.widget-toggle-button.jupyter-widgets',
    number: '.widget-text:has(input[type=number])', text: '.widget-text:not(:has(input[type=number])), .widget-textarea',
    play: '.widget-play', button: 'button.widget-button', upload: 'button.widget-upload',
  };
  const CONTROLS = Object.values(KINDS).join();
  const OPERABLE = 'input, select, textarea, button, [role=slider], [role=tab], [contenteditable=true]';
  const now = () => performance.now(), sleep = ms => new Promise(done => setTimeout(done, ms));
  const all = (selector, node) => [...node.querySelectorAll(selector)];
  const waiting = new Set();                       // ids of requests that the kernel has not finished
  let panel, notebook, watcher, errors = [], pressed = null, changed = 0, shown = 0, before = '';
  let chosen = () => true, progress = 0;           // which cells are run; when the last of them ended
  for (const event of ['keydown', 'pointerdown'])
    document.addEventListener(event, () => { pressed ??= now(); }, true);

  const open = async path => { await window.jupyterapp.commands.execute('docmanager:open', {path}); };

  function opened() {                              // true once the notebook is there and its kernel idle
    const w = window.jupyterapp?.shell?.currentWidget, kernel = w?.sessionContext?.session?.kernel;
    if (!kernel || kernel.status !== 'idle' || !w.content?.widgets?.length || !w.context?.isReady) return false;
    if (panel) return true;
    panel = w; notebook = w.content;
    kernel.anyMessage.connect((_, {msg, direction}) => {
      const type = msg.header.msg_type;
      if (direction === 'send' && /^(execute_request|comm_msg|comm_open)$/.test(type)) waiting.add(msg.header.msg_id);
      if (type === 'status' && msg.content.execution_state === 'idle') {
        waiting.delete(msg.parent_header.msg_id);
        if (msg.parent_header.msg_type === 'execute_request') progress = now();
      }
      if (type === 'error' && direction === 'recv')
        errors.push({name: msg.content.ename, text: `${msg.content.evalue}`.split('\n')[0], during: msg.parent_header.msg_type});
    });
    watcher = new MutationObserver(records => {
      changed = now();
      if (records.some(r => !(r.target.closest ? r.target : r.target.parentElement)?.closest(CONTROLS))) shown = changed;
    });
    watcher.observe(panel.node, {subtree: true, childList: true, characterData: true, attributes: true});
    return true;
  }

  async function close() {                         // end the kernel and close the notebook; the page takes the next one
    watcher.disconnect();
    await panel.sessionContext.shutdown();
    panel.context.model.dirty = false;             // nobody is asked whether to save
    panel.close();
    panel = null; errors = []; waiting.clear();
  }

  // A dialog or a notification in the way of the learner.
  const question = () => document.querySelector('.jp-Dialog, .Toastify__toast')?.textContent.slice(0, 120) || null;

  async function calm(quiet, limit) {              // wait for an idle kernel and a page that has been still for so long
    const end = now() + limit;
    while (waiting.size || now() - changed < quiet) {
      if (now() > end) return false;
      await sleep(15);
    }
    return true;
  }

  // Run the cells of these numbers, or all; null, or what it was at when no cell had ended for so long. However slow the
  // machine, a run that goes on is waited for. What was stored is cleared first, so that nothing old is taken for new.
  async function run(patience, cells) {
    const {commands} = window.jupyterapp;
    errors = []; chosen = i => !cells || cells.includes(i);
    await commands.execute('notebook:clear-all-cell-outputs');
    if (cells?.length === 0) return null;
    notebook.deselectAll();
    if (cells) {
      notebook.activeCellIndex = cells[0];
      for (const i of cells) notebook.select(notebook.widgets[i]);
    }
    let ended = false;
    progress = now();
    commands.execute(cells ? 'notebook:run-cell' : 'notebook:run-all-cells').catch(() => null).then(() => { ended = true; });
    while (!ended) {
      if (now() - progress > patience) {
        const at = notebook.widgets.findIndex(w => w.node.querySelector('.jp-InputPrompt')?.textContent.includes('[*]'));
        return at < 0 ? 'waiting for the kernel' : `running ${name(at)}`;
      }
      await sleep(25);
    }
    for (const end = now() + patience; panel.node.textContent.includes('Loading widget...') && now() < end;) await sleep(100);
    return await calm(300, patience) ? null : 'waiting for the page to be still';
  }

  const name = i => `cell ${i + 1} (${notebook.model.cells.get(i).sharedModel.source.trim().split('\n').pop().slice(0, 60)})`;

  function images() {                              // [all, broken ones by cell]
    const found = notebook.widgets.flatMap((w, i) => all('img', w.node).map(e => [e, i]));
    return {rendered: found.filter(([e]) => e.naturalWidth > 0).length,
            pending: found.some(([e]) => !e.complete),
            broken: found.filter(([e]) => e.complete && !e.naturalWidth).map(([e, i]) => `${name(i)}: broken image ${e.src.slice(0, 60)} ${e.alt}`)};
  }

  function faults() {                              // what is wrong with the page after a run
    const found = images().broken;
    notebook.widgets.forEach((w, i) => {
      for (const e of all('mjx-merror, mjx-mtext[style*="color: red"]', w.node))
        found.push(`${name(i)}: formula with an error: ${e.title || 'an unknown command'}`);
      const texts = document.createTreeWalker(w.node.querySelector('.jp-RenderedMarkdown') || document.createElement('p'), NodeFilter.SHOW_TEXT);
      while (texts.nextNode())
        if (/[$]|\\[a-z]/.test(texts.currentNode.data) && !texts.currentNode.parentElement.closest('code, pre, mjx-container'))
          found.push(`${name(i)}: formula that was not typeset: ${texts.currentNode.data.trim().slice(0, 80)}`);
      if (w.model.type !== 'code') return;
      const cell = w.model.sharedModel.toJSON();
      const expected = (cell.metadata.tags || []).includes('raises-exception');
      for (const o of cell.outputs)
        if (o.output_type === 'error' && !expected) found.push(`${name(i)}: cell error ${o.ename}: ${o.evalue.split('\n')[0]}`);
      if (chosen(i) && cell.execution_count === null && w.model.sharedModel.source.trim()) found.push(`${name(i)}: did not run`);
      const text = w.node.querySelector('.jp-Cell-outputWrapper')?.textContent || '';
      const failed = text.match(/Error displaying widget|Error creating widget|Could not create a (view|model)|Loading widget\.\.\./);
      if (failed || w.node.querySelector('.jupyter-widgets-error-widget')) found.push(`${name(i)}: failed widget: ${failed?.[0] || 'error widget'}`);
      else if (cell.outputs.some(o => o.data?.['application/vnd.jupyter.widget-view+json']) && !w.node.querySelector('.jupyter-widgets'))
        found.push(`${name(i)}: failed widget: shown as text only`);
    });
    for (const e of errors)
      if (e.during !== 'execute_request') found.push(`error in a widget's callback while running: ${e.name}: ${e.text}`);
    return found;
  }

  function typeset() {                             // are there no formulas left that wait to be set?
    return !faults().some(fault => fault.includes('not typeset'));
  }

  function cut() {                                 // formulas that are wider than their cell: the reader sees a part of them
    return notebook.widgets.flatMap((w, i) => all('mjx-container', w.node).flatMap(formula => {
      const edge = formula.closest('.jp-RenderedMarkdown, .jp-OutputArea-output').getBoundingClientRect().right;
      const right = Math.max(...[formula, ...all('mjx-math, mjx-mtable, mjx-itable', formula)].map(e => e.getBoundingClientRect().right));
      const text = formula.querySelector('mjx-assistive-mml')?.textContent.replace(/\s+/g, ' ').trim().slice(0, 60);
      return right > edge + 1 ? [`${name(i)}: formula cut by ${Math.round(right - edge)} pixels: ${text}`] : [];
    }));
  }

  function controls() {                            // every control of every cell; each gets a number by which Python finds it
    let number = 0;
    return notebook.widgets.flatMap((w, i) => {
      const output = w.model.type === 'code' && w.node.querySelector('.jp-Cell-outputWrapper');
      if (!output) return [];
      const known = all(CONTROLS, output).filter(e => !e.parentElement.closest(CONTROLS));
      const other = all('.jupyter-widgets', output).flatMap(e => all(OPERABLE, e)).filter(e => !e.closest(CONTROLS));
      return [...known, ...new Set(other)].map(e => {
        e.dataset.course = ++number;
        const kind = Object.keys(KINDS).find(k => e.matches(KINDS[k])) || 'unknown';
        const label = (e.matches('button') && e) || e.querySelector('.widget-label, .widget-label-basic') || e;
        return {number, cell: i, kind, where: name(i), parts: all('option, button, input[type=radio]', e).length,
                name: label.textContent.replace(/\u200b/g, '').trim() || e.title || e.className};
      });
    });
  }

  function picture(i) {                            // what cell i shows, apart from its controls
    const output = notebook.widgets[i].node.querySelector('.jp-Cell-outputWrapper'), copy = output.cloneNode(true);
    all(CONTROLS, copy).forEach(e => e.remove());
    return copy.innerHTML + all('canvas', output).map(c => c.toDataURL());
  }

  async function arm(cell, limit) {                // before a key press: remember what there is
    await calm(40, limit);
    before = picture(cell); errors = []; pressed = null; shown = 0;
  }

  async function moved(cell, limit) {              // wait until something that plays has changed the output
    for (const end = now() + limit; picture(cell) === before && now() < end;) await sleep(50);
  }

  async function outcome(cell, limit) {            // after a key press: has the output changed, when, and was anything raised?
    const start = now();
    let idle;
    do {                                           // a press that seems to do nothing gets a little more
      await sleep(25);
      idle = await calm(80, limit);
    } while (idle && picture(cell) === before && now() - start < 350);
    const alive = picture(cell) !== before;
    return {alive, idle, ms: alive && pressed !== null ? Math.round(Math.max(0, shown - pressed)) : null,
            errors: errors.map(e => `${e.name}: ${e.text}`)};
  }

  return {open, opened, close, calm, question, run, images, faults, typeset, cut, controls, picture, arm, moved, outcome};
})();
