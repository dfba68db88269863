/** When things happen on the page, on the page's own clock: what `bench/page.py` reads. */
const marks = { longTasks: [], typed: [] };
window.marks = marks;
/** The page as the script draws it, with a place for what comes; then what it is about. */
const FIRSTS = { painted: '#main', tiles: '[data-testid=channel]', programmes: '[data-kind=programme]' };
const now = () => performance.now();
/** Once what was just changed has been drawn. */
const drawn = (then) => requestAnimationFrame(() => setTimeout(then, 0));

addEventListener('click', () => {
  marks.click = now();
}, true);

let asked = null;
addEventListener('input', ({ target }) => {
  asked = { query: target.value.trim(), at: now() };
}, true);

new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) marks.longTasks.push([startTime, duration]);
}).observe({ type: 'longtask', buffered: true });

const videos = new WeakSet();
const look = () => {
  const video = document.querySelector('video');
  if (video && !videos.has(video)) {
    videos.add(video);
    video.requestVideoFrameCallback(() => {
      marks.frame = now();
    });
  }
  for (const [name, what] of Object.entries(FIRSTS)) {
    if (marks[name] !== undefined || !document.querySelector(what)) continue;
    marks[name] = 0;
    drawn(() => {
      marks[name] = now();
    });
  }
  if (asked && document.querySelector('[data-query]')?.dataset.query === asked.query) {
    const { at } = asked;
    asked = null;
    drawn(() => marks.typed.push(now() - at));
  }
};
const looking = new MutationObserver(look);
looking.observe(document, { childList: true, subtree: true, attributeFilter: ['data-query'] });
/** From now on nothing is looked for but long tasks: looking takes time itself. */
marks.scrolls = () => {
  looking.disconnect();
  marks.longTasks.length = 0;
};
