import { html, nothing, type TemplateResult } from 'lit-html'
import { FAILURE_ACTIONS, type FailureAction, speaksForItself } from '../failure-action.ts'
import type { Journey } from '../journey.ts'
import type { FailedStep } from '../step.ts'
import type { Texts } from '../texts/texts.ts'
import { badge } from './badge.ts'

export function failedView({ error, waitSeconds }: FailedStep, texts: Texts, journey: Journey): TemplateResult {
  const { partnerSays, logIn, login, reference } = texts.failed
  const [happened, advice] = texts.failures[error.code]
  const partner = partnerSite(error)
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
      ${partner ? html`<a class="primary" href=${partner}><span>${logIn}</span></a>` : nothing}
      ${finePrint([
        [login, partner && error.userData?.login],
        [reference, error.registrationId],
      ])}
    </div>
  `
}

/** Where the visitor logs in by themselves, when the account is open and its link is missing. */
function partnerSite({ code, userData }: FailedStep['error']): string | undefined {
  if (code !== 'LINK_UNAVAILABLE' || !userData?.domain) return undefined
  try {
    return new URL(`https://${userData.domain.trim()}`).origin
  } catch {
    return undefined
  }
}

/** Names with what is known under them. The console finds a registration by its id, and by nothing else that is known here. */
function finePrint(entries: [name: string, value: string | number | undefined][]) {
  const known = entries.filter(([, value]) => value)
  return known.length > 0
    ? html`<dl class="fine-print">${known.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`
    : nothing
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
