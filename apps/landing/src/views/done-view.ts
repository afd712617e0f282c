import { html, type TemplateResult } from 'lit-html'
import type { DoneStep } from '../step.ts'
import type { Texts } from '../texts/texts.ts'
import { badge } from './badge.ts'

export function doneView({ registration }: DoneStep, texts: Texts): TemplateResult {
  const { heading, lead, link, submit } = texts.done
  return html`
    <div class="outcome">
      ${badge('good')}
      <h2 tabindex="-1" data-focus>${heading}</h2>
      <p class="lead">${lead}</p>
      <a class="primary" href=${registration.depositUrl}><span>${submit}</span></a>
      <dl class="fine-print">
        <dt>${link}</dt>
        <dd class="link">${registration.depositUrl}</dd>
      </dl>
    </div>
  `
}
