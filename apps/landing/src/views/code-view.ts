import { html, nothing, type TemplateResult } from 'lit-html'
import type { Journey } from '../journey.ts'
import type { CodeStep } from '../step.ts'
import type { Texts } from '../texts/texts.ts'
import { field } from './field.ts'
import { submitButton } from './submit-button.ts'

export function codeView(step: CodeStep, texts: Texts, journey: Journey): TemplateResult {
  const { visitor, shownCode, sentAgain, busy, problems } = step
  const { heading, sentTo, label, demonstration, submit, again, sentAgain: codeSentAgain, otherEmail } = texts.code
  const problem = problems.find((found) => found === 'code' || found === 'wrongCode')

  function confirm(event: SubmitEvent): void {
    event.preventDefault()
    const typed = new FormData(event.currentTarget as HTMLFormElement)
    void journey.confirmCode(`${typed.get('code')}`)
  }

  return html`
    <form novalidate @submit=${confirm}>
      <h2>${heading}</h2>
      ${
        shownCode === undefined
          ? html`<p id="code-sent">${sentTo(visitor.email)}</p>`
          : html`<p class="notice" id="code-sent">${demonstration} <strong class="shown-code">${shownCode}</strong></p>`
      }
      ${field(
        { id: 'code', label, problem: problem ? texts.problems[problem] : null },
        ({ id, describedBy, invalid }) => html`
        <input id=${id} class="code" name="code" data-focus type="text" inputmode="numeric" autocomplete="one-time-code"
          maxlength="12" required aria-invalid=${invalid} aria-describedby="code-sent ${describedBy}" />
      `,
      )}
      ${problems.includes('noConnection') ? html`<p class="notice bad" role="alert">${texts.problems.noConnection}</p>` : nothing}
      <p class="hint" role="status">${sentAgain ? codeSentAgain : nothing}</p>
      ${submitButton(submit, busy)}
      <div class="choices">
        <button type="button" class="quiet" @click=${journey.sendAgain}>${again}</button>
        <button type="button" class="quiet" @click=${journey.changeDetails}>${otherEmail}</button>
      </div>
    </form>
  `
}
