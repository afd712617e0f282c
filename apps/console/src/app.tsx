import { lazy, Suspense } from 'react'
import { Redirect, Route, Router, Switch } from 'wouter'
import { EventsPage } from './events/events-page.tsx'
import { Loading } from './parts/loading.tsx'
import { NotFound } from './parts/not-found.tsx'
import { RegistrationPage } from './registration/registration-page.tsx'
import { RegistrationsPage } from './registrations/registrations-page.tsx'
import { SessionGate } from './session/session-gate.tsx'
import { Shell } from './shell/shell.tsx'
import { SpeechProvider } from './texts/speech-provider.tsx'

// The charts are the larger half of the page, and nothing else needs them.
const OverviewPage = lazy(() => import('./overview/overview-page.tsx'))

export function App() {
  return (
    <Router base="/console">
      <SpeechProvider>
        <SessionGate>
          <Shell>
            <Suspense fallback={<Loading />}>
              <Switch>
                <Route path="/">
                  <Redirect to="/overview" replace />
                </Route>
                <Route path="/overview" component={OverviewPage} />
                <Route path="/registrations" component={RegistrationsPage} />
                <Route path="/registrations/:id">{({ id }) => <RegistrationPage key={id} id={id} />}</Route>
                <Route path="/events" component={EventsPage} />
                <Route component={NotFound} />
              </Switch>
            </Suspense>
          </Shell>
        </SessionGate>
      </SpeechProvider>
    </Router>
  )
}
