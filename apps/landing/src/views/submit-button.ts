import { html, type TemplateResult } from 'lit-html'

/** Stays focusable while busy, so that the keyboard's place is not lost. */
export function submitButton(label: string, busy: boolean): TemplateResult {
  return html`
    <button class="primary" aria-disabled=${busy ? 'true' : 'false'}>
      ${busy ? html`<span class="spinner small" aria-hidden="true"></span>` : ''}<span>${label}</span>
    </button>
  `
}
