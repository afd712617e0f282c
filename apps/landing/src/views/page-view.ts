import { html, nothing, type TemplateResult } from 'lit-html'
import type { Journey } from '../journey.ts'
import { progressSentence } from '../progress-sentence.ts'
import type { Step } from '../step.ts'
import { LANGUAGES, type Language } from '../texts/language.ts'
import type { Texts } from '../texts/texts.ts'
import { codeView } from './code-view.ts'
import { detailsView } from './details-view.ts'
import { doneView } from './done-view.ts'
import { failedView } from './failed-view.ts'
import { registeringView } from './registering-view.ts'

export interface Page {
  step: Step
  language: Language
  offline: boolean
  speak: (language: Language) => void
  journey: Journey
}

/** The whole page, as it looks at this step in this language. */
export function pageView({ step, language, offline, speak, journey }: Page): TemplateResult {
  const texts = LANGUAGES[language]
  return html`
    <header class="bar">
      <p class="demonstration">${texts.demonstration}</p>
      ${languageSwitch(language, texts, speak)}
    </header>
    <main>
      <section class="pitch">
        <h1>${texts.headline}</h1>
        <p class="lead">${texts.lead}</p>
        <ul class="promises">
          ${texts.promises.map(([promise, sentence]) => html`<li><strong>${promise}</strong> <span>${sentence}</span></li>`)}
        </ul>
      </section>
      <section class="card" aria-label=${texts.title}>
        ${offline ? html`<p class="notice warning" role="status">${texts.offline}</p>` : nothing}
        ${progress(step, texts)}
        ${stepView(step, texts, journey)}
        <p class="visually-hidden" role="status">
          ${step.at === 'registering' ? progressSentence(step, texts) : nothing}
        </p>
      </section>
    </main>
    <footer class="footer">${texts.footer}</footer>
  `
}

function stepView(step: Step, texts: Texts, journey: Journey): TemplateResult {
  switch (step.at) {
    case 'details':
      return detailsView(step, texts, journey)
    case 'code':
      return codeView(step, texts, journey)
    case 'registering':
      return registeringView(step, texts)
    case 'done':
      return doneView(step, texts)
    case 'failed':
      return failedView(step, texts, journey)
  }
}

function progress(step: Step, texts: Texts): TemplateResult {
  const names = Object.entries(texts.stepNames)
  const current = step.at === 'details' ? 0 : step.at === 'code' ? 1 : 2
  const passed = step.at === 'done' ? names.length : current
  return html`
    <ol class="steps" aria-label=${texts.steps}>
      ${names.map(
        ([, name], index) => html`
          <li class=${index < passed ? 'passed' : ''} aria-current=${index === current ? 'step' : nothing}>${name}</li>
        `,
      )}
    </ol>
  `
}

function languageSwitch(current: Language, texts: Texts, speak: (language: Language) => void): TemplateResult {
  const names = { en: 'English', ru: 'Русский' } satisfies Record<Language, string>
  return html`
    <div class="languages" role="group" aria-label=${texts.languages}>
      ${Object.entries(names).map(
        ([language, name]) => html`
          <button type="button" lang=${language} aria-pressed=${language === current ? 'true' : 'false'}
            @click=${() => speak(language as Language)}>${name}</button>
        `,
      )}
    </div>
  `
}
