import { html, nothing, type TemplateResult } from 'lit-html'
import { FAILURE_ACTIONS, type FailureAction, speaksForItself } from '../failure-action.ts'
import type { Journey } from '../journey.ts'
import type { FailedStep } from '../step.ts'
import type { Texts } from '../texts/texts.ts'
import { badge } from './badge.ts'

export function failedView({ error, waitSeconds }: FailedStep, texts: Texts, journey: Journey): TemplateResult {
  const { partnerSays, reference } = texts.failed
  const [happened, advice] = texts.failures[error.code]
  const name = error.requestId ?? error.registrationId
  return html`
    <div class="outcome">
      ${badge(error.retryable ? 'warning' : 'bad')}
      <h2 tabindex="-1" data-focus>${happened}</h2>
      ${
        speaksForItself(error.code)
          ? html`
              <figure class="quote">
                ${error.code === 'INVALID_INPUT' ? nothing : html`<figcaption>${partnerSays}</figcaption>`}
                <blockquote>${error.message}</blockquote>
              </figure>
            `
          : nothing
      }
      <p class="lead">${advice}</p>
      ${actionButton(FAILURE_ACTIONS[error.code], waitSeconds, texts, journey)}
      ${
        name
          ? html`
              <dl class="fine-print">
                <dt>${reference}</dt>
                <dd>${name}</dd>
              </dl>
            `
          : nothing
      }
    </div>
  `
}

function actionButton(action: FailureAction, waitSeconds: number, texts: Texts, journey: Journey) {
  const { retry, retryIn, otherEmail, edit, confirmAgain } = texts.failed
  const button = (label: string, act: () => unknown) =>
    html`<button type="button" class="primary" @click=${act}><span>${label}</span></button>`

  switch (action) {
    case 'retry':
      return html`
        ${
          waitSeconds > 0
            ? html`<button type="button" class="primary" disabled>
                <span>${retryIn(texts.wait(waitSeconds))}</span>
              </button>`
            : button(retry, journey.retry)
        }
        <button type="button" class="quiet" @click=${journey.changeDetails}>${edit}</button>
      `
    case 'other-email':
      return button(otherEmail, journey.changeDetails)
    case 'edit':
      return button(edit, journey.changeDetails)
    case 'confirm-again':
      return button(confirmAgain, journey.sendAgain)
    case 'nothing':
      return nothing
  }
}
