// The page works without this: it sends forms and reloads. With it, lists
// follow what happens, and a form changes the page in place.
'use strict';

(() => {
  const live = document.getElementById('live');

  // sources are the parts as they came, before anybody opened anything in them.
  const sources = new Map();
  for (const part of document.querySelectorAll('.fresh')) sources.set(part.id, part.innerHTML);

  // fresh puts the parts of a new page that change in place of the old ones,
  // and keeps what is open and where the focus is.
  const fresh = (html, withMessage) => {
    const page = new DOMParser().parseFromString(html, 'text/html');
    const parts = [...document.querySelectorAll('.fresh')];
    if (withMessage) parts.push(document.getElementById('message'));
    for (const old of parts) {
      const next = page.getElementById(old.id);
      if (!next || next.innerHTML === sources.get(old.id)) continue;
      if (old.id !== 'message') sources.set(old.id, next.innerHTML); // the same message twice is said twice
      const open = [...old.querySelectorAll('details[open]')].map((d) => d.id);
      const focus = old.contains(document.activeElement) ? document.activeElement.id : '';
      old.innerHTML = next.innerHTML;
      for (const id of open) document.getElementById(id)?.setAttribute('open', '');
      if (focus) (document.getElementById(focus) || document.getElementById('message')).focus({ preventScroll: true });
    }
  };

  // One look at a time: what changes meanwhile is seen by the next.
  let looking = false;
  let again = false;
  const look = async () => {
    if (looking) { again = true; return; }
    looking = true;
    try {
      const answer = await fetch('/' + location.search);
      if (answer.ok) fresh(await answer.text(), false);
    } catch { /* the stream says that the connection is lost */ }
    looking = false;
    if (again) { again = false; setTimeout(look, 100); }
  };

  document.addEventListener('submit', async (event) => {
    const form = event.target;
    if (form.getAttribute('action') !== '/do') return;
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form, event.submitter));
    try {
      const answer = await fetch('/do', { method: 'POST', body });
      if (answer.headers.get('Content-Type').startsWith('text/html')) fresh(await answer.text(), true);
      else form.submit();
    } catch { live.textContent = document.body.dataset.lost; }
  });

  const provider = document.body.dataset.provider;
  const events = new EventSource('/api/events' + (provider ? '?provider=' + encodeURIComponent(provider) : ''));
  for (const name of ['request', 'delivery', 'order', 'console']) events.addEventListener(name, look);
  events.addEventListener('hello', () => { live.textContent = document.body.dataset.live; look(); });
  events.addEventListener('error', () => { live.textContent = document.body.dataset.lost; });
})();
