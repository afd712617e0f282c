import { lazy, Suspense } from 'react'
import { Redirect, Route, Router, Switch } from 'wouter'
import { Loading } from './components/loading.tsx'
import { NotFound } from './components/not-found.tsx'
import { EventsPage } from './events/events-page.tsx'
import { I18nProvider } from './i18n/i18n-provider.tsx'
import { RegistrationPage } from './registration/registration-page.tsx'
import { RegistrationsPage } from './registrations/registrations-page.tsx'
import { SessionGate } from './session/session-gate.tsx'
import { Shell } from './shell/shell.tsx'

// Loaded on demand: the charts are the larger half of the code, and only the overview needs them.
const OverviewPage = lazy(() => import('./overview/overview-page.tsx'))

export function App() {
  return (
    <Router base="/console">
      <I18nProvider>
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
      </I18nProvider>
    </Router>
  )
}
