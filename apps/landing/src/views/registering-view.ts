import { html, nothing, type TemplateResult } from 'lit-html'
import { progressSentence } from '../progress-sentence.ts'
import type { RegisteringStep } from '../step.ts'
import type { Texts } from '../texts/texts.ts'

export function registeringView(step: RegisteringStep, texts: Texts): TemplateResult {
  const { heading, headingResumed, long, safe } = texts.registering
  return html`
    <div class="outcome">
      <span class="spinner" aria-hidden="true"></span>
      <h2 tabindex="-1" data-focus>${step.resumed ? headingResumed : heading}</h2>
      <p class="lead">${progressSentence(step, texts)}</p>
      ${step.isLong ? html`<p class="hint" role="status">${long}</p>` : nothing}
      ${step.isLong || step.status === 'waiting' ? html`<p class="hint">${safe}</p>` : nothing}
    </div>
  `
}
