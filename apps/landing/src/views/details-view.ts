import { html, nothing, type TemplateResult } from 'lit-html'
import type { Journey } from '../journey.ts'
import type { DetailsStep } from '../step.ts'
import type { Texts } from '../texts/texts.ts'
import { field } from './field.ts'
import { submitButton } from './submit-button.ts'

export function detailsView({ visitor, busy, problems }: DetailsStep, texts: Texts, journey: Journey): TemplateResult {
  const { heading, name, email, emailHint, submit } = texts.details
  const problemWith = (id: 'name' | 'email') => (problems.includes(id) ? texts.problems[id] : null)

  function send(event: SubmitEvent): void {
    event.preventDefault()
    const typed = new FormData(event.currentTarget as HTMLFormElement)
    void journey.sendCode({ name: `${typed.get('name')}`, email: `${typed.get('email')}` })
  }

  return html`
    <form novalidate @submit=${send}>
      <h2>${heading}</h2>
      ${field(
        { id: 'name', label: name, problem: problemWith('name') },
        ({ id, describedBy, invalid }) => html`
        <input id=${id} name="name" type="text" autocomplete="name" maxlength="200" required
          .value=${visitor.name} aria-invalid=${invalid} aria-describedby=${describedBy} />
      `,
      )}
      ${field(
        { id: 'email', label: email, hint: emailHint, problem: problemWith('email') },
        ({ id, describedBy, invalid }) => html`
        <input id=${id} name="email" type="email" autocomplete="email" inputmode="email" maxlength="254" required
          spellcheck="false" autocapitalize="off" data-focus
          .value=${visitor.email} aria-invalid=${invalid} aria-describedby=${describedBy} />
      `,
      )}
      ${problems.includes('noConnection') ? html`<p class="notice bad" role="alert">${texts.problems.noConnection}</p>` : nothing}
      ${submitButton(submit, busy)}
    </form>
  `
}
