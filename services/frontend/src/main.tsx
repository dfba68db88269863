import '@/app/tokens.css';
import '@/app/base.css';
import '@/app/frame.css';
import { StrictMode, startTransition } from 'react';
import { createRoot } from 'react-dom/client';
import { App, fetchPage } from '@/app/App';
import { createRealtime, loadSocket } from '@/lib/realtime';
import { watchRush } from '@/lib/rush';
import { followSystemTheme } from '@/lib/theme';
import { beginApp } from '@/pwa/install';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

followSystemTheme();
beginApp();
watchRush(document);
void fetchPage(location.pathname).then(() =>
  // In slices, so that a slow phone answers to a thumb meanwhile.
  startTransition(() =>
    createRoot(root).render(
      <StrictMode>
        <App realtime={createRealtime(loadSocket)} />
      </StrictMode>,
    ),
  ),
);
