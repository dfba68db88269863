import { QueryClientProvider } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Route, Switch } from 'wouter';
import { ToastShelf } from '@/components/ToastShelf';
import { useAccess } from '@/lib/access';
import { lazy } from '@/lib/lazy';
import type { Realtime } from '@/lib/realtime';
import { RealtimeContext } from '@/lib/useRealtime';
import { ErrorBoundary } from './ErrorBoundary';
import { LinkBanner } from './LinkBanner';
import HomePage from './pages/HomePage';
import { LoginPage } from './pages/LoginPage';
import { createQueryClient } from './queryClient';
import { Shell } from './Shell';
import { StageProvider } from './StageProvider';
import { useDpad } from './useDpad';
import { useLiveUpdates } from './useLiveUpdates';
import { useReminders } from './useReminders';
import { WatchPage } from './warmUp';

const SchedulePage = lazy(() => import('./pages/SchedulePage'));
const PlaylistPage = lazy(() => import('./pages/PlaylistPage'));
const NotFoundPage = lazy(() => import('./pages/NotFoundPage'));

/** The page, assembled: one connection, one store of what the server said, one frame around every page. */
export function App({ realtime }: { realtime: Realtime }) {
  const [client] = useState(createQueryClient);
  useEffect(() => realtime.open(), [realtime]);

  return (
    <QueryClientProvider client={client}>
      <RealtimeContext value={realtime}>
        <LiveUpdates />
        <Reminders />
        <StageProvider>
          <Shell>
            <ErrorBoundary>
              <Pages />
            </ErrorBoundary>
          </Shell>
        </StageProvider>
        <LinkBanner />
        <ToastShelf />
      </RealtimeContext>
    </QueryClientProvider>
  );
}

function Pages() {
  if (useAccess() === 'refused') return <LoginPage />;
  return (
    <Switch>
      <Route path="/" component={HomePage} />
      <Route path="/watch/:id">{({ id }) => <WatchPage id={decodeURIComponent(id)} />}</Route>
      <Route path="/schedule" component={SchedulePage} />
      <Route path="/playlist" component={PlaylistPage} />
      <Route component={NotFoundPage} />
    </Switch>
  );
}

function Reminders() {
  useReminders();
  return null;
}

function LiveUpdates() {
  useLiveUpdates();
  useDpad();
  return null;
}
