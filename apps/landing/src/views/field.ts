import { html, nothing, type TemplateResult } from 'lit-html'

/** What an input needs in order to be announced together with its hint and its problem. */
export interface FieldWiring {
  id: string
  describedBy: string | typeof nothing
  invalid: 'true' | 'false'
}

/** A labelled input, with a hint and, when there is one, the problem with what was typed. */
export function field(
  { id, label, hint, problem }: { id: string; label: string; hint?: string; problem: string | null },
  input: (wiring: FieldWiring) => TemplateResult,
): TemplateResult {
  const described = [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(' ')
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      ${input({ id, describedBy: described || nothing, invalid: problem ? 'true' : 'false' })}
      ${problem ? html`<p class="problem" id="${id}-problem">${problem}</p>` : nothing}
      ${hint ? html`<p class="hint" id="${id}-hint">${hint}</p>` : nothing}
    </div>
  `
}
