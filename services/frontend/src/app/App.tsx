import { QueryClientProvider } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Route, Switch, useLocation } from 'wouter';
import { ToastShelf } from '@/components/ToastShelf';
import { channelsOptions } from '@/features/channels';
import { useAccess } from '@/lib/access';
import { lazy } from '@/lib/lazy';
import type { Realtime } from '@/lib/realtime';
import { RealtimeContext } from '@/lib/useRealtime';
import { ErrorBoundary } from './ErrorBoundary';
import { FirstVisit } from './FirstVisit';
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
const GuidePage = lazy(() => import('./pages/GuidePage'));
const StatusPage = lazy(() => import('./pages/StatusPage'));
const SeveralPage = lazy(() => import('./pages/SeveralPage'));
const WelcomePage = lazy(() => import('./pages/WelcomePage'));
const NotFoundPage = lazy(() => import('./pages/NotFoundPage'));

/** Fetch what the address leads to, before anything is drawn. */
export async function fetchPage(path: string): Promise<void> {
  const place = path.split('/')[1] ?? '';
  const pages = {
    watch: WatchPage,
    guide: GuidePage,
    schedule: SchedulePage,
    playlist: PlaylistPage,
    status: StatusPage,
    several: SeveralPage,
    welcome: WelcomePage,
  };
  // Without its file the page says so itself.
  if (place in pages) await pages[place as keyof typeof pages].load().catch(() => {});
}

/** The page, assembled: one connection, one store of what the server said, one frame around every page. */
export function App({ realtime }: { realtime: Realtime }) {
  const [client] = useState(createQueryClient);
  useEffect(() => realtime.open(), [realtime]);
  // index.html has asked for it already: what nobody took would be taken for the present later.
  useEffect(() => void client.prefetchQuery(channelsOptions(true)), [client]);

  return (
    <QueryClientProvider client={client}>
      <RealtimeContext value={realtime}>
        <LiveUpdates />
        <Reminders />
        <StageProvider>
          <Shell>
            <Pages />
          </Shell>
        </StageProvider>
        <FirstVisit />
        <LinkBanner />
        <ToastShelf />
      </RealtimeContext>
    </QueryClientProvider>
  );
}

function Pages() {
  const [place] = useLocation();
  if (useAccess() === 'refused') return <LoginPage />;
  return (
    <ErrorBoundary place={place}>
      <Switch>
        <Route path="/" component={HomePage} />
        <Route path="/watch/:id">{({ id }) => <WatchPage id={decodeURIComponent(id)} />}</Route>
        <Route path="/schedule" component={SchedulePage} />
        <Route path="/playlist" component={PlaylistPage} />
        <Route path="/guide" component={GuidePage} />
        <Route path="/status" component={StatusPage} />
        <Route path="/several" component={SeveralPage} />
        <Route path="/welcome" component={WelcomePage} />
        <Route component={NotFoundPage} />
      </Switch>
    </ErrorBoundary>
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
