import { warm } from '@registration/sdk'
import { html, render } from 'lit-html'
import { loadConfig } from './config.ts'
import { createJourney, type Journey } from './journey.ts'
import { moveFocus } from './move-focus.ts'
import type { Step } from './step.ts'
import { addressIn, LANGUAGES, type Language, preferredLanguage } from './texts/language.ts'
import { createVerification } from './verification.ts'
import { pageView } from './views/page-view.ts'

const page = document.querySelector<HTMLElement>('#page')
if (!page) throw new Error('index.html has lost its #page.')

let language = preferredLanguage(location.href, navigator.languages)
let shown: Step | null = null

function draw(journey: Journey, step: Step): void {
  if (!page) return
  const texts = LANGUAGES[language]
  document.documentElement.lang = language
  document.title = texts.title
  const speak = (chosen: Language) => {
    language = chosen
    history.replaceState(null, '', addressIn(chosen, location.href))
    draw(journey, step)
  }
  render(pageView({ step, language, offline: !navigator.onLine, speak, journey }), page)
}

const config = await loadConfig().catch((error: unknown) => {
  render(html`<p class="unconfigured" role="alert">${LANGUAGES[language].unconfigured}</p>`, page)
  throw error
})
const journey: Journey = createJourney(config.endpoint, createVerification(config.verification), (step) => {
  draw(journey, step)
  moveFocus(page, shown, step)
  shown = step
})
for (const change of ['online', 'offline']) {
  addEventListener(change, () => shown && draw(journey, shown))
}
warm({ endpoint: config.endpoint })
await journey.begin()
